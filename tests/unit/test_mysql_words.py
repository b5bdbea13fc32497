"""How MySQL and MariaDB are recognised, and what is run on them."""

from __future__ import annotations

import pytest

from devkit.data import mysql
from devkit.data.database import Database
from devkit.data.dialects import dialect_of
from devkit.data.tools import tool
from devkit.project import Software

DATABASE = Database(
    software=Software.MARIADB, project="shop", service="database_default", container="abc",
    container_name="shop-database_default-1", image="sha256:1", image_name="mariadb:11",
    folder="/var/lib/mysql", running=True, kept_outside=True, user="root", name="o`d'd",
    password="secret",
)  # fmt: skip
PORT = ["3306/tcp"]


@pytest.mark.parametrize(
    ("variables", "image", "ports", "software"),
    [
        (["MARIADB_VERSION"], "acme/db", PORT, Software.MARIADB),
        (["MYSQL_VERSION", "MYSQL_MAJOR"], "acme/db", PORT, Software.MYSQL),
        ([], "mariadb:10.11", PORT, Software.MARIADB),
        ([], "mysql/mysql-server:8.0", PORT, Software.MYSQL),
        ([], "percona:8@sha256:00", PORT, Software.MYSQL),
        # Such variables are an application's, too, where it shares an .env file with the server.
        (["MYSQL_VERSION"], "shop-web", ["80/tcp"], None),
        (["MYSQL_ROOT_PASSWORD"], "phpmyadmin:5", ["80/tcp"], None),
        ([], "prom/mysqld-exporter", ["9104/tcp"], None),
        ([], "registry.mysql.org/team/own:15", PORT, None),
    ],
)
def test_a_server_is_recognised(
    variables: list[str], image: str, ports: list[str], software: Software | None
) -> None:
    found = mysql.recognized(dict.fromkeys(variables, "8"), image=image, ports=ports)
    assert found is software


@pytest.mark.parametrize(
    ("variables", "account"),
    [
        (
            {"MYSQL_ROOT_PASSWORD": "r", "MYSQL_USER": "u", "MYSQL_DATABASE": "d"},
            ("root", "r", "d"),
        ),
        ({"MARIADB_ALLOW_EMPTY_ROOT_PASSWORD": "1", "MARIADB_DATABASE": "d"}, ("root", "", "d")),
        ({"MYSQL_ALLOW_EMPTY_PASSWORD": "yes"}, ("root", "", "")),
        (
            {
                "MARIADB_RANDOM_ROOT_PASSWORD": "1",
                "MARIADB_USER": "u",
                "MARIADB_PASSWORD": "p",
                "MARIADB_DATABASE": "d",
            },
            ("u", "p", "d"),
        ),
        ({}, ("root", "", "")),
    ],
)
def test_an_account_is_told_by_variables(
    variables: dict[str, str], account: tuple[str, str, str]
) -> None:
    assert mysql.account(variables) == account


def test_no_password_is_among_the_words() -> None:
    dialect = dialect_of(DATABASE)
    form = dialect.form("a.sql", "")
    calls = [dialect.dump(DATABASE, form), dialect.shell(DATABASE), mysql.load(DATABASE)]
    for call in calls:
        begin = tool(DATABASE, name="n", labels={}, options=call.options, entrypoint=call.program)
        words = [*begin, *call.arguments]
        assert words[words.index("MYSQL_PWD") - 1] == "--env"
        assert "secret" not in " ".join(words)
    for inside in (dialect.asking(DATABASE, {}), dialect.ready(DATABASE)):
        assert "secret" not in " ".join(inside)
    assert "secret" not in repr(DATABASE)


def test_the_shells_options_are_quoted() -> None:
    [_, told] = dialect_of(DATABASE).shell(DATABASE).options
    lines = told.removeprefix("DEVKIT_OPTIONS=").splitlines()
    assert lines == ["[mysql]", 'host="127.0.0.1"', 'user="root"', 'database="o`d\'d"']


def test_names_and_texts_are_quoted_in_statements() -> None:
    statements = mysql.empty(DATABASE, characters="CHARACTER SET utf8mb4", before="before-1")
    assert "CREATE DATABASE `o``d'd` CHARACTER SET utf8mb4;" in statements
    assert "COMMENT 'before-1';" in statements
    assert "schema_name = 'o`d''d'" in mysql.ask_characters(DATABASE)


def test_what_a_server_answers_is_read_among_warnings() -> None:
    told = "mysql: Deprecated program name\nCHARACTER SET utf8mb4 COLLATE utf8mb4_bin\n"
    assert mysql.read_characters(told) == "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    assert mysql.read_characters("") == ""
    assert mysql.read_loading("devkit: half a load after before-load-1\n") == "before-load-1"
    assert mysql.read_loading("") == ""


@pytest.mark.parametrize(
    ("told", "version"),
    [
        ("mariadbd  Ver 10.11.6-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64", "MariaDB 10.11"),
        ("/usr/sbin/mysqld  Ver 8.0.36 for Linux on x86_64 (MySQL Community)", "MySQL 8.0"),
        ("/usr/sbin/mysqld  Ver 8.0.36-28 for Linux (Percona Server (GPL))", "MySQL 8.0"),
        ("sh: not found", ""),
    ],
)
def test_a_version_is_read(told: str, version: str) -> None:
    assert mysql.read_version(told) == version
