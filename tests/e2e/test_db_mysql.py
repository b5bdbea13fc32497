"""The local MariaDB database, beside a PostgreSQL one: dumped, loaded, and never half of it."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.e2e.apps import NAME
from tests.e2e.machine import Workspace, docker, environment, make_workspace
from tests.e2e.test_data import SERVER

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = f"{NAME}-mysql"
CONTAINER = f"{PROJECT}-database_default-1"
# Made from the database's image: it is none for that.
DOCKERFILE = """\
FROM mariadb:10.11
COPY . /app
EXPOSE 80
ENTRYPOINT ["perl", "/app/server.pl"]
"""
CONFIG = f"""\
name: {PROJECT}
web: {{port: 80, publish: {32_000 + os.getpid() % 700}}}
services: {{database: 'mariadb:10.11', database_reporting: 'postgres:15-bookworm'}}
"""
FILL = r"""
CREATE DATABASE beside;
CREATE TABLE beside.kept (n INT);
CREATE USER bob@'%' IDENTIFIED BY 'bob';
GRANT ALL ON *.* TO bob@'%';
CREATE TABLE notes (id INT PRIMARY KEY AUTO_INCREMENT, text TEXT, data BLOB) CHARSET utf8mb4;
INSERT INTO notes (text, data) VALUES
    ('it''s\nUSE other;\nDEFINER=`x`@`y`; -- 🙂', x'00ff27225c0a0d'), ('', NULL);
CREATE TABLE replies (id INT PRIMARY KEY, note INT, FOREIGN KEY (note) REFERENCES notes (id));
INSERT INTO replies VALUES (1, 1);
CREATE DEFINER=bob@'%' VIEW answered AS SELECT n.text FROM notes n JOIN replies r ON r.note = n.id;
DELIMITER $$
CREATE DEFINER=bob@'%' PROCEDURE answer(IN which INT)
BEGIN
    -- it's a body
    INSERT INTO replies SELECT MAX(id) + 1, which FROM replies;
END$$
CREATE DEFINER=bob@'%' TRIGGER filled BEFORE INSERT ON notes FOR EACH ROW
BEGIN
    SET NEW.text = COALESCE(NEW.text, 'it''s nothing');
END$$
DELIMITER ;
CREATE DEFINER=bob@'%' EVENT cleaned ON SCHEDULE EVERY 1 YEAR DO DELETE FROM replies;
"""
WHOLE = "2\t1"
COUNT = "SELECT (SELECT COUNT(*) FROM notes), (SELECT COUNT(*) FROM replies)"


def in_container(script: str, *arguments: str, given: str = "") -> str:
    words = ["docker", "exec", "-i", CONTAINER, "sh", "-c", script, "sh", *arguments]
    return subprocess.run(words, input=given, capture_output=True, text=True, check=True).stdout


def sql(statements: str, database: str = "db") -> str:
    script = (
        'MYSQL_PWD="$MARIADB_ROOT_PASSWORD" exec mariadb -N --default-character-set=utf8mb4 "$1"'
    )
    return in_container(script, database, given=statements).strip()


def state() -> tuple[str, list[str], list[str]]:
    """All of it but whose it is, the databases that there are, and the tools that run."""
    dumped = in_container(
        'MYSQL_PWD="$MARIADB_ROOT_PASSWORD" exec mariadb-dump --skip-comments --routines --events'
        " --hex-blob --databases db beside"
    )
    tools = docker("ps", "--all", "--quiet", "--filter", f"label=io.devkit.tool={PROJECT}")
    without_definers = re.sub(r"DEFINER=`\w+`@`[^`]+` ?", "", dumped)
    return without_definers, sql("SHOW DATABASES").split(), tools.split()


def started() -> str:
    return docker("inspect", "--format", "{{.State.StartedAt}}", CONTAINER)


def snapshots() -> list[str]:
    """Their volumes."""
    return docker("volume", "ls", "--quiet", "--filter", f"name={PROJECT}-snapshot").split()


def nameless_volumes() -> set[str]:
    """Those that an image asks for, and that no container has any more."""
    anonymous = ("--filter", "dangling=true", "--filter", "label=com.docker.volume.anonymous")
    return set(docker("volume", "ls", "--quiet", *anonymous).split())


def piped(workspace: Workspace, name: str, *options: str) -> subprocess.CompletedProcess[str]:
    with (workspace.path / name).open("rb") as dump:
        return subprocess.run(
            [sys.executable, "-m", "devkit", "db", "load", "-", *options], cwd=workspace.path,
            env=environment(), stdin=dump, capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def developed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    files = {"Dockerfile": DOCKERFILE, "devkit.yaml": CONFIG, "server.pl": SERVER}
    workspace = make_workspace(tmp_path_factory.mktemp("mysql") / "app", files)
    try:
        up = workspace.devkit("up", "--build")
        assert up.code == 0, up.err
        sql(FILL)
        yield workspace
    finally:
        workspace.devkit("down", "--volumes", "--yes")
        docker("volume", "rm", "--force", "none", *snapshots())
        docker("image", "rm", "--force", f"{PROJECT}-web")


def test_what_was_dumped_comes_back_and_the_undo_undoes_it(developed: Workspace) -> None:
    before = state()
    named = developed.devkit("db", "dump")
    found = re.search(rf"is in ({PROJECT}-\d+T\d+\.sql): ", named.err)
    assert found, named.err
    assert "database_default is meant, the default" in named.err
    assert developed.devkit("db", "dump", "b.dump.zst").code == 0
    assert state() == before
    plain = (developed.path / found[1]).read_text(encoding="utf-8")
    assert re.findall(r"DEFINER=.*", plain) == ["DEFINER=`x`@`y`; -- 🙂',0x00FF27225C0A0D),"]
    sql("DROP USER bob@'%'; DROP VIEW answered; DROP TABLE replies, notes")
    loaded = developed.devkit("db", "load", found[1], "--no-snapshot")
    assert loaded.code == 0, loaded.err
    assert "Undo" not in loaded.err
    assert snapshots() == []
    assert state() == before
    sql("CALL answer(2)")
    changed = state()
    again = piped(developed, "b.dump.zst")
    assert again.returncode == 0, again.stderr
    assert state() == before
    undo = again.stderr.partition("Undo: devkit ")[2].split()
    assert snapshots() == [f"{PROJECT}-snapshot-{undo[-1]}"]
    undone = developed.devkit(*undo)
    assert undone.code == 0, undone.err
    assert state() == changed
    sql("DELETE FROM replies WHERE id = 2")


def test_a_load_that_fails_changes_nothing(developed: Workspace) -> None:
    before, kept, since = state(), snapshots(), started()
    plain = developed.devkit("db", "dump", "-").out
    squeezed = gzip.compress(plain.encode())
    (developed.path / "cut.sql.gz").write_bytes(squeezed[:-100])
    (developed.path / "ended.sql").write_text(plain[: plain.index("-- Dump completed")])
    for name in ("cut.sql.gz", "ended.sql"):
        failed = developed.devkit("db", "load", name)
        assert (failed.code, "ends before its end" in failed.err) == (2, True), failed.err
    assert started() == since  # nothing was touched for that
    through = piped(developed, "cut.sql.gz")
    assert (through.returncode, "ends before its end" in through.stderr) == (2, True)
    assert state() == before
    middle = plain.index("DELIMITER")
    (developed.path / "wrong.sql").write_text(f"{plain[:middle]}\nNONSENSE;\n{plain[middle:]}")
    wrong = developed.devkit("db", "load", "wrong.sql", "--no-snapshot")
    assert wrong.code == 2, wrong.err
    assert "You have an error in your SQL syntax" in wrong.err
    assert "database_default is as it was" in wrong.err
    assert state() == before
    assert snapshots() == kept


def test_an_interrupted_load_changes_nothing(developed: Workspace) -> None:
    before, kept = state(), snapshots()
    process = loading_slowly(developed)
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert state() == before
    assert snapshots() == kept


def test_half_of_a_load_that_was_killed_is_warned_of(developed: Workspace) -> None:
    before, nameless = state(), nameless_volumes()
    process = loading_slowly(developed)
    process.kill()
    process.communicate(timeout=60)
    dumped = developed.devkit("db", "dump", "half.sql")
    assert dumped.code == 0, dumped.err
    found = re.search(r"part of a load that was killed: `devkit (db restore \S+)`", dumped.err)
    assert found, dumped.err
    restored = developed.devkit(*found[1].split())
    assert restored.code == 0, restored.err
    assert state() == before
    until = time.monotonic() + 20  # another test's container may be about to be removed
    while (left := nameless_volumes() - nameless) and time.monotonic() < until:
        time.sleep(0.5)  # noqa: TID251 - real time passes
    assert not left


def loading_slowly(workspace: Workspace) -> subprocess.Popen[str]:
    """A load in the midst of its statements."""
    (workspace.path / "slow.sql").write_text("CREATE TABLE a (b INT);\nSELECT SLEEP(60);\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "devkit", "db", "load", "slow.sql"], cwd=workspace.path,
        env=environment(), stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    asked = "SELECT COUNT(*) FROM information_schema.processlist WHERE info = 'SELECT SLEEP(60)'"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None
        with suppress(subprocess.CalledProcessError):  # it is down while its files are copied
            if sql(asked) == "1":
                return process
    raise TimeoutError


def test_a_snapshot_restarts_the_database_alone_and_is_kept(developed: Workspace) -> None:
    before = state()
    web = docker("inspect", "--format", "{{.State.StartedAt}}", f"{PROJECT}-web-1")
    made = developed.devkit("db", "snapshot", "mine")
    assert made.code == 0, made.err
    sql("DROP TABLE replies")
    restored = developed.devkit("db", "restore", "mine")
    assert restored.code == 0, restored.err
    assert state() == before
    assert docker("inspect", "--format", "{{.State.StartedAt}}", f"{PROJECT}-web-1") == web
    listed = developed.devkit("db", "list").out
    assert re.search(r"(?m)^mine +database_default +\S+ .* MB +asked for +volume", listed), listed
    assert developed.devkit("db", "forget", "mine").code == 0
    assert f"{PROJECT}-snapshot-mine" not in snapshots()


def test_a_snapshot_of_another_server_is_refused(developed: Workspace) -> None:
    told = {
        "project": PROJECT,
        "service": "database_default",
        "version": "MySQL 8.0",
        "made": "2026-11-28T20:10:00+00:00",
        "why": "asked for",
        "image": "other:1",
    }
    labels = [f"--label=io.devkit.snapshot.{key}={value}" for key, value in told.items()]
    volume = f"{PROJECT}-snapshot-other"
    docker("volume", "create", "--label", "io.devkit.snapshot=other", *labels, volume)
    since = started()
    refused = developed.devkit("db", "restore", "other")
    docker("volume", "rm", volume)
    assert refused.code == 5, refused.err
    assert "other is of MySQL 8.0, and database_default is mariadb:10.11" in refused.err
    assert started() == since


def test_the_shell_is_the_client_itself(developed: Workspace) -> None:
    (developed.path / "ask.sql").write_text("SELECT 'from a file';\n")
    asked = developed.devkit("db", "shell", "-N", "-B", "-e", f"source ask.sql\n{COUNT}")
    assert (asked.code, asked.out) == (0, f"from a file\n{WHOLE}\n"), asked.err
    assert developed.devkit("db", "shell", "-e", "nonsense").code == 1
    other = developed.devkit("db", "shell", "--service", "default", "-N", "-e", "SELECT DATABASE()",
                             "beside")  # fmt: skip
    assert (other.code, other.out) == (0, "beside\n"), other.err
    postgres = developed.devkit("db", "shell", "--service", "reporting", "-XAt", "-c", "SELECT 7")
    assert (postgres.code, postgres.out) == (0, "7\n"), postgres.err


def test_what_is_not_for_it_is_refused_with_one_sentence(developed: Workspace) -> None:
    before, since = state(), started()
    ours = developed.devkit("db", "dump", "ours.sql")
    assert ours.code == 0, ours.err
    assert developed.devkit("db", "dump", "theirs.sql", "--service", "reporting").code == 0
    files = {
        "archive": "PGDMP",
        "two.sql": "USE `a`;\nCREATE TABLE t (b INT);\nUSE `b`;\n",
        "other.sql": "CREATE TABLE t (b INT);\nINSERT INTO beside.kept VALUES (1);\n",
    }
    developed.write(files)
    for words, sentence in (
        (["load", "theirs.sql"], "is a dump of PostgreSQL, and no dump of a MariaDB database"),
        (["load", "archive"], "is an archive of pg_dump, and no dump of a MariaDB database"),
        (["load", "ours.sql", "--service", "reporting"], "and no dump of a PostgreSQL database"),
        (["load", "two.sql"], "is of several databases"),
        (["load", "other.sql"], "writes into the database beside, which it names"),
        (["dump", "a.dump", "--force", "--format", "custom"], "are dumped as SQL"),
    ):
        refused = developed.devkit("db", *words)
        assert (refused.code, sentence in refused.err) == (2, True), refused.err
    assert (state(), started()) == (before, since)
