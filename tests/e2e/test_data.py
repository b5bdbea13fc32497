"""A rehearsal on a copy of the development data, and one that is left standing."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import signal
import socket
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.apps import NAME, server, tiny
from tests.e2e.machine import (
    NOTHING,
    Result,
    Workspace,
    command,
    docker,
    environment,
    free_port,
    left_behind,
    make_workspace,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCKERFILE = """\
FROM postgres:15-bookworm
COPY . /app
EXPOSE 80
CMD ["perl", "/app/server.pl"]
"""
SERVER = r"""
use IO::Socket::INET;
$SIG{TERM} = sub { exit 0 };
my $server = IO::Socket::INET->new(LocalPort => 80, Listen => 64, ReuseAddr => 1) or die;
while (1) {
    my $client = $server->accept or next;
    while (<$client>) { last if /^\r\n/ }
    print $client "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";
    close $client;
}
"""
CONFIG = f"""\
name: {NAME}
web: {{publish: {free_port()}}}
services: {{database: 'postgres:15-bookworm', database_reporting: 'postgres:15-bookworm',
           storage: file}}
release:
  - sh /app/release.sh
environments:
  live: {{containers: 1}}
"""
TICKS = "ticks"
"""The table that somebody writes to all the time."""

FILL = [
    "CREATE TABLE notes (id serial PRIMARY KEY, text text)",
    "INSERT INTO notes (text) SELECT 'note ' || n FROM generate_series(1, 500) n",
    "CREATE EXTENSION pg_trgm",
    "CREATE INDEX ON notes USING gin (text gin_trgm_ops)",
    """CREATE TABLE "O'dd ""N$me" ("wh ere" int)""",
    """INSERT INTO "O'dd ""N$me" VALUES (7)""",
    "SELECT lo_from_bytea(4711, 'a large object')",
    f"CREATE TABLE {TICKS} (n int)",
    "CREATE ROLE reader; GRANT SELECT ON notes TO reader",
    "ALTER DATABASE db SET search_path TO public, pg_catalog",
]
# Asserts that the data is there, and changes all of it.
RELEASE = r"""
set -e
is() { [ "$1" = "$2" ] || { echo "is '$1', not '$2'"; exit 9; }; }
ask() { psql "$DATABASE_URL" --no-psqlrc -AtqX -v ON_ERROR_STOP=1 -c "$1"; }
is "$(ask 'SELECT count(*), max(text) FROM notes')" '500|note 99'
is "$(ask 'INSERT INTO notes (text) VALUES (1) RETURNING id')" 501
is "$(ask "SELECT convert_from(lo_get(4711), 'UTF8')")" 'a large object'
is "$(ask 'SELECT "wh ere" FROM "O'"'"'dd ""N$me"')" 7
is "$(ask "SELECT extname FROM pg_extension WHERE extname = 'pg_trgm'")" pg_trgm
is "$(ask 'SHOW search_path')" 'public, pg_catalog'
is "$(psql "$REPORTING_DATABASE_DSN" -AtqX -c 'SELECT word FROM words')" reported
is "$(stat -c '%a %u:%g %Y' /data/media/private)" '640 1234:2345 981173045'
is "$(stat -c '%a %u:%g' /data/media)" '2775 1234:2345'
is "$(readlink /data/media/link)" /etc/hostname
is "$(cat "/data/media/o'dd \"näme\"")" odd
[ ! -e /data/media/socket ]
ask 'DELETE FROM notes; SELECT lo_unlink(4711); DROP EXTENSION pg_trgm CASCADE'
rm -r /data/media/*
"""


def psql(service: str, *statements: str) -> str:
    words = [word for each in statements for word in ("-c", each)]
    container = f"{NAME}-{service}-1"
    base = ("exec", container, "psql", "-XAtq", "-U", "postgres", "-d", "db")
    return docker(*base, "-v", "ON_ERROR_STOP=1", *words)


@pytest.fixture(scope="module")
def developed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A project that is worked on: up, with rows and files."""
    files = {
        "Dockerfile": DOCKERFILE,
        "devkit.yaml": CONFIG,
        "server.pl": SERVER,
        "release.sh": RELEASE,
        ".gitignore": "/data/\n.env-local\n.devkit/\n",
        ".dockerignore": "data\n.env-local\n",
    }
    workspace = make_workspace(tmp_path_factory.mktemp("data") / "app", files)
    try:
        up = workspace.devkit("up", "--build")  # an image of this name may be another test's
        assert up.code == 0, up.err
        psql("database_default", *FILL)
        psql("database_reporting", "CREATE TABLE words AS SELECT 'reported' AS word")
        _fill(workspace.path / "data" / "media")
        workspace.commit("As generated")
        yield workspace
    finally:
        workspace.devkit("down", "--volumes", "--yes")
        docker("image", "rm", "--force", f"{NAME}-web")


def _fill(media: Path) -> None:
    media.mkdir(parents=True, exist_ok=True)
    private = media / "private"
    private.write_text("private")
    (media / "link").symlink_to("/etc/hostname")
    (media / 'o\'dd "näme"').write_text("odd")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(media / "socket"))
    private.chmod(0o640)
    for path in (private, media):
        os.chown(path, 1234, 2345)
    media.chmod(0o2775)
    os.utime(private, (981173045, 981173045))


def fingerprint(workspace: Workspace) -> str:
    """Of all data but what is being written; pg_dump marks each dump with a word of its own."""
    told = []
    for service in ("database_default", "database_reporting"):
        base = ("exec", f"{NAME}-{service}-1", "pg_dump", "-U", "postgres", "-T", TICKS)
        dumped = docker(*base, "db").splitlines()
        told += [line for line in dumped if "restrict" not in line]
    for path in sorted((workspace.path / "data").rglob("*")):
        seen = path.lstat()
        text = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        told.append(repr((str(path), seen.st_mode, seen.st_uid, seen.st_mtime_ns, text)))
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


@contextmanager
def writing() -> Iterator[list[str]]:
    """Somebody who writes to the development database all the time."""
    done, written = threading.Event(), list[str]()

    def write() -> None:
        while not done.is_set():
            written.append(psql("database_default", f"INSERT INTO {TICKS} VALUES (1) RETURNING n"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield written
    finally:
        done.set()
        writer.join()


def verify(workspace: Workspace, *words: str) -> Result:
    return workspace.devkit("--json", "verify", "--cached", *words)


def test_a_rehearsal_begins_with_the_data_and_never_writes_to_it(developed: Workspace) -> None:
    before = fingerprint(developed)

    with writing() as written:
        result = verify(developed, "--data", "copy")
        assert set(written) == {"1"}

    assert result.code == 0, result.out + result.err
    passed = {e["step"]: e["summary"] for e in result.events if e["event"] == "step_passed"}
    assert list(passed).index("services") < list(passed).index("data") < list(passed).index("gate")
    assert "database_reporting" in passed["data"]
    warned = [e["message"] for e in result.events if e["event"] == "warned"]
    assert "data/media/socket is a socket, and was not copied." in warned
    assert not result.verdict["receipt"]
    assert fingerprint(developed) == before
    assert psql("database_default", f"SELECT count(*) FROM {TICKS}") == str(len(written))
    assert left_behind() == NOTHING


@contextmanager
def locked(table: str) -> Iterator[None]:
    """A table that nobody else can read: whoever copies it waits."""
    container = f"{NAME}-database_default-1"
    words = ["docker", "exec", "-i", container, "psql", "-Xq", "-U", "postgres", "-d", "db"]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as session:
        assert session.stdin is not None
        assert session.stdout is not None
        session.stdin.write(f"BEGIN; LOCK TABLE {table};\n\\echo locked\n")
        session.stdin.flush()
        assert session.stdout.readline() == "locked\n"
        yield
        session.stdin.close()


def test_an_interrupted_copy_leaves_nothing_behind(developed: Workspace) -> None:
    with locked("notes"):
        process = subprocess.Popen(
            ["devkit", "--json", "verify", "--cached", "--data", "copy"],
            cwd=developed.path, env=environment(), text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            told = json.loads(line)
            if (told["event"], told.get("step")) == ("step_output", "data") and dumping():
                break
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)

        assert process.returncode == 130
        assert not dumping()
    assert left_behind() == NOTHING


def dumping() -> bool:
    question = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pg_dump'"
    return psql("database_default", question) != "0"


def test_a_failed_rehearsal_is_kept_and_can_be_looked_into(developed: Workspace) -> None:
    developed.commit("Fail", {"release.sh": "exit 3\n"})
    kept = verify(developed, "--data", "copy", "--keep").verdict
    beside = make_workspace(developed.path.parent / "beside", tiny(server__py=server(status=503)))
    other = verify(beside, "--keep").verdict
    developed.commit("Mend", {"release.sh": RELEASE})
    try:
        assert (kept["code"], other["code"]) == (13, 14)
        told = beside.devkit("clean")
        assert all(f"devkit clean {each['kept']} removes it" in told.err for each in (kept, other))
        for look in (*kept["look"], *other["look"]):
            try_out(look, beside.path)
        words = [shlex.split(each) for each in kept["look"]]
        shell = next(each for each in words if "psql" in each and "default" in " ".join(each))
        shell[shell.index("-it")] = "-i"
        rows = command(*shell, "-Atc", "SELECT count(*) FROM notes", cwd=beside.path)
        assert rows.out.strip() == "500"
        assert any("exec" in each and each.endswith(" sh") for each in other["look"])
    finally:
        removed = beside.devkit("clean", kept["kept"], other["kept"])
    assert removed.code == 0, removed.err
    assert left_behind() == NOTHING


def try_out(look: str, folder: Path) -> None:
    """Run a command as it was shown, but that no terminal is here."""
    words = ["-i" if word == "-it" else word for word in shlex.split(look)]
    if words[0] == "cd":
        assert (Path(words[1]) / "Dockerfile").is_file()
        return
    if "run" in words:
        words.insert(words.index("run") + 1, "--no-TTY")
    done = command(*words, cwd=folder)
    assert done.code == 0, f"{look}: {done.out}{done.err}"


def test_without_a_development_database_nothing_is_started(tmp_path: Path) -> None:
    config = CONFIG.replace(NAME, f"{NAME}-never")
    never = make_workspace(tmp_path / "never", {"Dockerfile": DOCKERFILE, "devkit.yaml": config})

    result = verify(never, "--data", "copy")

    assert result.code == 4
    assert [e["event"] for e in result.events] == ["run_finished"]
    assert "database_default, database_reporting" in result.verdict["message"]
    assert "`devkit up`" in result.verdict["hint"]
