"""The local database: dumped, loaded, snapshotted and restored, and never half of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.e2e.apps import NAME
from tests.e2e.machine import Workspace, docker, environment, make_workspace
from tests.e2e.test_data import DOCKERFILE, SERVER

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = f"{NAME}-db"
CONTAINER = f"{PROJECT}-database_default-1"
CONFIG = f"""\
name: {PROJECT}
web: {{publish: {31_000 + os.getpid() % 1_000}}}
services: {{database: 'postgres:15-bookworm', database_reporting: 'postgres:15-bookworm'}}
"""
FILL = [
    "CREATE TABLE notes (id int PRIMARY KEY, text text)",
    "INSERT INTO notes SELECT n, 'GRANT ALL ON TABLE x TO y;' FROM generate_series(1, 500) n",
    "CREATE ROLE bob",
    "ALTER TABLE notes OWNER TO bob",
    "GRANT SELECT ON notes TO bob",
    "ALTER DATABASE db SET search_path TO public, pg_catalog",
]
COUNT = "SELECT count(*), current_setting('search_path') FROM notes"
WHOLE = "500|public, pg_catalog"


def psql(*statements: str) -> str:
    words = [word for each in statements for word in ("-c", each)]
    base = ("exec", CONTAINER, "psql", "-XAtq", "-U", "postgres", "-d", "db")
    return docker(*base, "-v", "ON_ERROR_STOP=1", *words)


def databases() -> list[str]:
    """But those that are kept as snapshots."""
    found = psql("SELECT datname FROM pg_database ORDER BY 1").split()
    return [name for name in found if not name.startswith("devkit_snapshot_")]


def state() -> tuple[str, list[str], list[str]]:
    """The rows, and all databases, and the tools that run."""
    tools = docker("ps", "--all", "--quiet", "--filter", f"label=io.devkit.tool={PROJECT}")
    return psql(COUNT), databases(), tools.split()


UNTOUCHED = (WHOLE, ["db", "postgres", "template0", "template1"], list[str]())


def snapshots(workspace: Workspace) -> dict[str, str]:
    listed = workspace.devkit("--json", "db", "list")
    return {e["name"]: e["why"] for e in listed.events if e["event"] == "snapshot"}


@pytest.fixture(scope="module")
def developed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    files = {"Dockerfile": DOCKERFILE, "devkit.yaml": CONFIG, "server.pl": SERVER}
    workspace = make_workspace(tmp_path_factory.mktemp("db") / "app", files)
    try:
        up = workspace.devkit("up", "--build")
        assert up.code == 0, up.err
        psql(*FILL)
        yield workspace
    finally:
        workspace.devkit("down", "--volumes", "--yes")
        volumes = docker("volume", "ls", "--quiet", "--filter", f"name={PROJECT}-snapshot")
        docker("volume", "rm", "--force", "none", *volumes.split())
        docker("image", "rm", "--force", f"{PROJECT}-web")


def test_what_was_dumped_comes_back_in_each_form_and_the_undo_undoes_it(
    developed: Workspace,
) -> None:
    names = ["a.sql", "b.dump.gz", "c.custom"]
    for name in names:
        dumped = developed.devkit("db", "dump", name)
        assert dumped.code == 0, dumped.err
    taken = developed.devkit("db", "dump", "c.custom")
    assert taken.code == 5
    assert "is there already" in taken.err
    # Told by what is in it, not by its name; and whose it is does not matter.
    (developed.path / "a.sql").rename(developed.path / "a.zip")
    psql("DROP TABLE notes", "DROP ROLE bob")
    for name in ["a.zip", *names[1:]]:
        quick = ["--no-snapshot"] * (name != names[-1])
        loaded = developed.devkit("db", "load", name, *quick)
        assert loaded.code == 0, loaded.err
        assert state() == UNTOUCHED
        psql("DELETE FROM notes")
    undo = loaded.err.partition("Undo: devkit ")[2].split()
    assert snapshots(developed)[undo[-1]] == "before a load"
    undone = developed.devkit(*undo)
    assert undone.code == 0, undone.err
    assert psql("SELECT count(*) FROM notes") == "0"
    with (developed.path / "b.dump.gz").open("rb") as dump:
        words = [sys.executable, "-m", "devkit", "db", "load", "-", "--no-snapshot"]
        subprocess.run(words, cwd=developed.path, env=environment(), stdin=dump, check=True)
    assert state() == UNTOUCHED
    psql("DELETE FROM notes")
    again = developed.devkit("db", "restore")  # the latest: of the moment before
    assert again.code == 0, again.err
    assert psql("SELECT count(*) FROM notes") == "0"
    psql("INSERT INTO notes SELECT n, 'x' FROM generate_series(1, 500) n")


def test_a_snapshot_restarts_the_database_alone_and_is_kept(developed: Workspace) -> None:
    web = docker("inspect", "--format", "{{.State.StartedAt}}", f"{PROJECT}-web-1")
    made = developed.devkit("db", "snapshot", "mine")
    assert made.code == 0, made.err
    psql("DROP TABLE notes")
    restored = developed.devkit("db", "restore", "mine")
    assert restored.code == 0, restored.err
    assert state() == UNTOUCHED
    assert docker("inspect", "--format", "{{.State.StartedAt}}", f"{PROJECT}-web-1") == web

    twice = developed.devkit("db", "snapshot", "mine")
    assert (twice.code, "already" in twice.err) == (5, True)
    told = developed.devkit("clean", "--dry-run")
    assert f"snapshots of {PROJECT}; it is data" in told.out
    assert snapshots(developed)["mine"] == "asked for"
    assert developed.devkit("db", "forget", "mine").code == 0
    assert "mine" not in snapshots(developed)
    assert developed.devkit("db", "restore", "mine").code == 2


def test_a_load_that_fails_changes_nothing(developed: Workspace) -> None:
    before = snapshots(developed)
    assert developed.devkit("db", "dump", "whole.dump").code == 0
    whole = (developed.path / "whole.dump").read_bytes()
    (developed.path / "cut.dump").write_bytes(whole[:-200])
    (developed.path / "wrong.sql").write_text("CREATE TABLE a (b int);\nSELECT nothing;\n")
    for name, words in (
        ("cut.dump", "ends before its end"),
        ("wrong.sql", 'column "nothing" does not exist'),
    ):
        failed = developed.devkit("db", "load", name)
        assert failed.code == 2, failed.err
        assert words in failed.err
        assert state() == UNTOUCHED
    assert snapshots(developed) == before


def test_an_interrupted_load_changes_nothing(developed: Workspace) -> None:
    (developed.path / "slow.sql").write_text("CREATE TABLE a (b int);\nSELECT pg_sleep(60);\n")
    before = snapshots(developed)
    process = loading(developed, "slow.sql")
    until(
        process,
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'",
        "1",
    )
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert state() == UNTOUCHED
    assert snapshots(developed) == before


@contextmanager
def hindered(statement: str) -> Iterator[None]:
    """Somebody else's transaction, whose locks make the swap wait."""
    words = ["docker", "exec", "-i", CONTAINER, "psql", "-Xq", "-U", "postgres"]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as session:
        assert session.stdin is not None
        assert session.stdout is not None
        session.stdin.write(f"BEGIN;\n{statement};\n\\echo locked\n")
        session.stdin.flush()
        assert session.stdout.readline() == "locked\n"
        yield
        session.stdin.close()


def test_a_dump_that_is_stopped_at_once_names_what_it_leaves(developed: Workspace) -> None:
    words = [sys.executable, "-m", "devkit", "db", "dump", "x.dump"]
    with (
        hindered("LOCK TABLE notes IN ACCESS EXCLUSIVE MODE"),
        subprocess.Popen(
            words, cwd=developed.path, env=environment(), stderr=subprocess.PIPE, text=True
        ) as process,
    ):
        while not (partial := list(developed.path.glob(".x.dump.*"))):
            assert process.poll() is None
        for number in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
            process.send_signal(number)
        _, told = process.communicate(timeout=60)
    assert f"Stopped at once; `rm {partial[0].name}` removes what is left." in told
    partial[0].unlink()


def test_a_load_is_stopped_while_the_pipe_is_silent(developed: Workspace) -> None:
    before = snapshots(developed)
    with loading(developed, "-", stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write("CREATE TABLE a (b int);\n" * 10_000)
        process.stdin.flush()
        until(process, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'psql'", "2")
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=60) == 130
    assert state() == UNTOUCHED
    assert snapshots(developed) == before


def test_a_load_that_is_interrupted_while_it_swaps_is_told_with_its_undo(
    developed: Workspace,
) -> None:
    (developed.path / "small.sql").write_text("CREATE TABLE notes AS SELECT 1 AS id;\n")
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COMMENT ON DATABASE%'"
    with hindered("LOCK pg_shdescription IN SHARE MODE"):
        process = loading(developed, "small.sql")
        until(process, waiting, "1")
        os.killpg(process.pid, signal.SIGINT)
        assert process.stderr is not None
        while "Stopping" not in process.stderr.readline():
            assert process.poll() is None
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert psql("SELECT count(*) FROM notes") == "1"
    assert databases() == UNTOUCHED[1]
    undone = developed.devkit(*told.partition("Undo: devkit ")[2].split())
    assert undone.code == 0, undone.err
    assert state() == UNTOUCHED


def loading(
    workspace: Workspace, name: str, stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "devkit", "db", "load", name], cwd=workspace.path, stdin=stdin,
        env=environment(), stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def until(process: subprocess.Popen[str], statement: str, answer: str) -> None:
    deadline = time.monotonic() + 60
    while _asked(statement) != answer and time.monotonic() < deadline:
        assert process.poll() is None


def _asked(statement: str) -> str:
    """The server may be down for the moment of a snapshot."""
    words = ["docker", "exec", CONTAINER, "psql", "-XAtqU", "postgres", "-c", statement]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def test_the_shell_is_psql_itself(developed: Workspace) -> None:
    (developed.path / "ask.sql").write_text("SELECT 'from a file';\n")
    asked = developed.devkit("db", "shell", "-XAt", "--quiet", "-f", "ask.sql", "-c", COUNT)
    assert (asked.code, asked.out) == (0, f"from a file\n{WHOLE}\n")
    assert developed.devkit("db", "shell", "-v", "ON_ERROR_STOP=1", "-c", "nonsense").code == 1
    other = developed.devkit("db", "shell", "--service", "reporting", "-c", COUNT)
    assert other.code == 1
    assert 'relation "notes" does not exist' in other.err
    to_stdout = developed.devkit("db", "dump", "-", "--service", "reporting")
    assert "PostgreSQL database dump complete" in to_stdout.out
    assert "notes" not in to_stdout.out


def test_what_is_down_is_said(developed: Workspace) -> None:
    docker("stop", f"{PROJECT}-database_reporting-1")
    for words in (("dump", "x.sql"), ("shell",)):
        service = ("--service", "reporting")
        ordered = (*words, *service) if words[0] == "dump" else (*words, *service, "-c", "x")
        down = developed.devkit("db", *ordered)
        assert down.code == 4
        assert "database_reporting is not running" in down.err
        assert "`devkit up`" in down.err
    assert not list(developed.path.glob("*x.sql*"))
    docker("start", f"{PROJECT}-database_reporting-1")
    away = developed.devkit("db", "dump", "x.sql", env={"DOCKER_HOST": "unix:///nowhere.sock"})
    assert away.code == 4
    assert "Docker Engine does not answer" in away.err
