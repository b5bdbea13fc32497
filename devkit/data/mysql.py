"""The words that dump, load and ask a MySQL or MariaDB database; nothing here runs them.

The programs are those of the database's own image, which has them by their old names, by their
new ones, or by both.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devkit.compose.data_copy import HOST
from devkit.data.database import Call
from devkit.project import Software

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from devkit.data.database import Database
    from devkit.data.names import DumpForm

_FOLDER = "/var/lib/mysql"
LOADING = "devkit_loading"
"""The table that a database has while it is loaded: where devkit is killed, it stays and tells."""
ROOT = "root"
_HALF = "devkit: half a load after "
_PORT = "3306/tcp"
_SET_BY_IMAGES = ("MARIADB_VERSION", "MYSQL_VERSION", "MYSQL_MAJOR")
_LIKE_A_SERVER = re.compile(r"mariadb|mysql|percona")
_VERSION = re.compile(r"\bVer (?P<version>\d+\.\d+)\.")


def _first_of(programs: Mapping[str, str]) -> str:
    """Runs the first program that there is, with the arguments and with more of its own."""
    runs = [f'command -v {name} >/dev/null && exec {name} "$@" {m}' for name, m in programs.items()]
    return f'{"; ".join(runs)}; echo "The image has no {" and no ".join(programs)}." >&2; exit 127'


_CLIENT = _first_of({"mariadb": "", "mysql": ""})
# It would be the rows of a whole statement, which may be a megabyte.
_QUIET = {"mariadb": "--loose-skip-print-query-on-error", "mysql": ""}
_LOADER = f"exec >/dev/null; {_first_of(_QUIET)}"
# A person's server has such numbers of transactions, and another one need not take them.
_DUMPER = _first_of({"mariadb-dump": "", "mysqldump": "--loose-set-gtid-purged=OFF"})
_ADMIN = _first_of({"mariadb-admin": "", "mysqladmin": ""})
_SERVER = _first_of({"mariadbd": "", "mysqld": ""})
_SHELL = f'printf %s "$DEVKIT_OPTIONS" > "$HOME/.my.cnf"; unset DEVKIT_OPTIONS; {_CLIENT}'
_CHARACTERS = "--default-character-set=utf8mb4"
_PACKET = "--max-allowed-packet=1G"
"""The client's own limit; the server keeps its."""
_LOCK_WAIT = 60
"""Seconds to wait for what the application holds; the server's own limit is a day or a year."""


def recognized(
    variables: Mapping[str, str], *, image: str, ports: Collection[str]
) -> Software | None:
    """Which of the two a container is, by what their images set, or are called; None for none.

    What only speaks to a server, such as phpMyAdmin, has the same variables and often the word.
    """
    name = image.partition("@")[0].rpartition("/")[2].lower()
    is_called_so = _LIKE_A_SERVER.search(name) is not None
    if _PORT not in ports or not (
        is_called_so or any(each in variables for each in _SET_BY_IMAGES)
    ):
        return None
    is_mariadb = "MARIADB_VERSION" in variables or "mariadb" in name
    return Software.MARIADB if is_mariadb else Software.MYSQL


def folder(variables: Mapping[str, str]) -> str:
    """Where the server has its files: no image has a variable for that."""
    del variables
    return _FOLDER


def account(variables: Mapping[str, str]) -> tuple[str, str, str]:
    """The user, the password and the name of a database, as its container's variables tell.

    Root is taken where its password is known, because only root may dump and load everything.
    """

    def told(name: str) -> str:
        return variables.get(f"MARIADB_{name}") or variables.get(f"MYSQL_{name}") or ""

    name, password = told("DATABASE"), told("ROOT_PASSWORD")
    if password or told("ALLOW_EMPTY_ROOT_PASSWORD") or told("ALLOW_EMPTY_PASSWORD"):
        return ROOT, password, name
    return told("USER") or ROOT, told("PASSWORD"), name


def _call(script: str, *arguments: str) -> list[str]:
    return ["-c", script, "devkit", *arguments]


def _connection(database: Database) -> list[str]:
    """Where a program connects to, whatever the image's own files have; the options come first."""
    return ["--no-defaults", f"--host={HOST}", f"--user={database.user}"]


def dump(database: Database, form: DumpForm) -> Call:
    """What dumps it to stdout, as it is at one moment, while it is in use."""
    del form  # there is but one
    arguments = _call(
        _DUMPER, *_connection(database), _CHARACTERS, _PACKET,
        "--single-transaction", "--routines", "--triggers", "--events", "--hex-blob",
        "--no-tablespaces", database.name,
    )  # fmt: skip
    return Call(program="sh", arguments=arguments)


def load(database: Database) -> Call:
    """What loads SQL from stdin, and stops at the first error.

    In its binary mode the client takes nothing of it for an order of its own, such as one to run
    a program.
    """
    arguments = _call(
        _LOADER, *_connection(database), _CHARACTERS, _PACKET, "--batch", "--binary-mode",
        f"--init-command=SET SESSION lock_wait_timeout={_LOCK_WAIT}", database.name,
    )  # fmt: skip
    return Call(program="sh", arguments=arguments)


def shell(database: Database) -> Call:
    """The client; told by a file, so that what a person says has the last word."""
    pairs = {"host": HOST, "user": database.user, "database": database.name}
    lines = [f"{key}={_option(value)}\n" for key, value in pairs.items() if value]
    options = ["--env", f"DEVKIT_OPTIONS=[mysql]\n{''.join(lines)}"]
    return Call(program="sh", arguments=_call(_SHELL), options=options)


def _option(value: str) -> str:
    """A value as an option file has it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def asking(database: Database, variables: Mapping[str, str]) -> list[str]:
    """What runs statements in the database's own container; stops at the first error."""
    del variables  # the client fills in nothing: see quoted and text
    words = _call(_CLIENT, *_connection(database), _CHARACTERS, "--batch", "--skip-column-names")
    return ["sh", *words]


def ready(database: Database) -> list[str]:
    """What ends with 0 in the database's own container once it answers."""
    return ["sh", *_call(_ADMIN, *_connection(database), "ping")]


def version(database: Database) -> list[str]:
    """Of docker: as the image's server tells, whether or not it runs."""
    return [
        "run", "--rm", "--pull", "never", "--network", "none", "--entrypoint", "sh",
        database.image, *_call(_SERVER, "--version"),
    ]  # fmt: skip


def read_version(told: str) -> str:
    """``MariaDB 10.11``, of a server that tells its version; empty where it does not."""
    found = _VERSION.search(told)
    noun = "MariaDB" if "mariadb" in told.lower() else "MySQL"
    return f"{noun} {found['version']}" if found else ""


def ask_characters(database: Database) -> str:
    """Asks for the character set and the collation of a database, as its making has them."""
    return (
        "SELECT CONCAT('CHARACTER SET ', default_character_set_name, ' COLLATE ',"  # noqa: S608 - quoted
        " default_collation_name) FROM information_schema.schemata"
        f" WHERE schema_name = {text(database.name)};\n"
    )


def read_characters(told: str) -> str:
    """What ``ask_characters`` is answered; empty where there is no such database any more."""
    return next((line for line in told.splitlines() if line.startswith("CHARACTER SET ")), "")


def empty(database: Database, *, characters: str, before: str) -> str:
    """Makes the database anew, with nothing in it but the word that it is being loaded.

    Args:
        database: The database.
        characters: What ``ask_characters`` told.
        before: The snapshot of what there was.
    """
    name = quoted(database.name)
    return (
        f"SET SESSION lock_wait_timeout={_LOCK_WAIT};\n"
        f"DROP DATABASE IF EXISTS {name};\n"
        f"CREATE DATABASE {name} {characters};\n"
        f"CREATE TABLE {name}.{LOADING} (id INT) COMMENT {text(before)};\n"
    )


def settle(database: Database) -> str:
    """Takes that word away again."""
    return f"DROP TABLE {quoted(database.name)}.{LOADING};\n"


def ask_loading(database: Database) -> str:
    """Asks for the snapshot of before a load that never came to its end."""
    return (
        f"SELECT CONCAT('{_HALF}', table_comment) FROM information_schema.tables"  # noqa: S608 - quoted
        f" WHERE table_schema = {text(database.name)} AND table_name = {text(LOADING)};\n"
    )


def read_loading(told: str) -> str:
    """The snapshot that ``ask_loading`` is answered; empty where all is well."""
    lines = (line for line in told.splitlines() if line.startswith(_HALF))
    return next((line.removeprefix(_HALF) for line in lines), "")


def quoted(identifier: str) -> str:
    """A name in a statement."""
    return "`" + identifier.replace("`", "``") + "`"


def text(value: str) -> str:
    """A text in a statement."""
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
