"""Every interruption of the table, several at once on one project that is in use meanwhile."""

from __future__ import annotations

import hashlib
import os
import random
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest

from tests.e2e.apps import CONFIG, DOCKERFILE, NAME, polite_server, server, tiny
from tests.e2e.environments import KEPT, TELLS, served
from tests.e2e.interrupted import Outcome, carry_out
from tests.e2e.interruptions import CASES, COMMANDS, DEPLOY, Case
from tests.e2e.interrupts_page import render
from tests.e2e.machine import Workspace, checked, docker, make_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.docs import KeepDocument

pytestmark = pytest.mark.timeout(1500)  # all of the table is played for its first row
AT_ONCE = 4
Lanes = SimpleQueue[Workspace]
"""Projects for deployments, those that none is under way in."""
ROWS = [(case, command) for command in COMMANDS for case in CASES if command in case.expected]
SEED = int(os.environ.get("DEVKIT_TEST_SEED") or random.SystemRandom().randrange(10**6))
SERVICES = "services: {database: 'postgres:15-bookworm', storage: file}\n"
SLOW = "import time; print('waiting', flush=True); time.sleep(60)\n"
POLITE = """\
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print('waiting', flush=True)
time.sleep(60)
"""
BRANCHES: dict[str, dict[str, str]] = {
    "quick": {},
    "waiting": {"release.py": SLOW},
    "polite": {"release.py": POLITE},
    "deaf": {"server.py": server(port=8080)},
    "building": {"Dockerfile": DOCKERFILE.replace("COPY . /app", "COPY . /app\nRUN sleep 6")},
    "big": {"ballast": "".join(random.Random(1).choices("0123456789abcdef", k=800_000))},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A project that is up, with rows in its database and files in its working tree."""
    files = tiny(devkit__yaml=CONFIG + SERVICES, server__py=polite_server(in_get=TELLS))
    made = make_workspace(tmp_path_factory.mktemp("matrix") / "app", files)
    for branch, changes in BRANCHES.items():
        made.git("switch", "--quiet", "--create", branch, "main")
        made.write(changes)
        made.git("add", "--all")
        made.git("commit", "--quiet", "--allow-empty", "--message", branch)
    made.git("switch", "--quiet", "main")
    try:
        up = made.devkit("up")
        assert up.code == 0, up.err
        made.write({"data/media/upload.txt": "a person's own", "notes.txt": "not committed"})
        sql = "create table visits (id serial, who text); insert into visits (who) values ('Ada')"
        psql(made, sql)
        warm = made.devkit("verify", "--cached", "quick")
        assert warm.code == 0, warm.err
        yield made
    finally:
        made.devkit("down", "--volumes", "--yes")


def psql(project: Workspace, sql: str) -> str:
    inside = f'psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --command "{sql}"'
    return in_database(project, inside)


def in_database(project: Workspace, inside: str) -> str:
    words = ["docker", "compose", "exec", "--no-TTY", "database_default", "sh", "-c", inside]
    return checked(*words, cwd=project.path)


def fingerprint(project: Workspace) -> dict[str, str]:
    """What must not change: the development database, the working tree, the index, the refs."""
    dump = in_database(project, 'pg_dump --username "$POSTGRES_USER" "$POSTGRES_DB"')
    lines = [line for line in dump.splitlines() if "restrict" not in line]
    files = [path for path in project.path.rglob("*") if path.is_file() and _matters(path)]
    found = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    local = ("ps", "--format", "{{.ID}} {{.Names}}", "--filter")
    containers = docker(*local, f"label=com.docker.compose.project={NAME}")
    return {**found, "database": "\n".join(lines), "containers": containers}


def _matters(path: Path) -> bool:
    parts = path.parts
    if ".devkit" in parts:
        return False
    return ".git" not in parts or path.name in {"HEAD", "index", "packed-refs"} or "refs" in parts


@dataclass(frozen=True)
class Played:
    """The whole table, played."""

    outcomes: dict[tuple[str, str], Future[Outcome]]
    before: dict[str, str]
    after: dict[str, str]


@contextmanager
def lanes_of(project: Workspace, folder: Path) -> Iterator[Lanes]:
    """Clones of the project, each with an environment that serves: one deployment at a time."""
    made = [Workspace(folder / f"lane{number}") for number in range(AT_ONCE)]
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda lane: make_lane(lane, project), made))
        free: Lanes = SimpleQueue()
        for lane in made:
            free.put(lane)
        yield free
    finally:
        for lane in made:
            lane.devkit("deploy", "stop", "test", "--volumes", "--yes")


def make_lane(lane: Workspace, project: Workspace) -> None:
    """Clone the project, deploy it, and leave data."""
    checked("git", "clone", "--quiet", str(project.path), str(lane.path), cwd=project.path)
    for branch in BRANCHES:
        lane.git("branch", "--quiet", branch, f"origin/{branch}")
    first = lane.devkit("deploy", "test")
    assert first.code == 0, first.err
    web = served(lane).container
    docker("exec", web, "sh", "-c", f"echo '{KEPT}' > /data/kept")


@pytest.fixture(scope="module")
def played(project: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Some rows at a time, on a project that is in use."""
    chance = random.Random(SEED)
    moments = {case.name: chance.uniform(0, case.span) for case in CASES}
    before = fingerprint(project)

    def play(case: Case, command: str, lanes: Lanes) -> Outcome:
        if command != DEPLOY:
            return carry_out(case, command, project, moment=moments[case.name])
        lane = lanes.get()
        try:
            return carry_out(case, command, lane, moment=moments[case.name])
        finally:
            lanes.put(lane)

    folder = tmp_path_factory.mktemp("lanes")
    with lanes_of(project, folder) as lanes, ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = {
            (case.name, command): pool.submit(play, case, command, lanes) for case, command in ROWS
        }
    return Played(outcomes=outcomes, before=before, after=fingerprint(project))


@pytest.mark.parametrize(("case", "command"), ROWS, ids=lambda each: getattr(each, "name", each))
def test_nothing_is_left(case: Case, command: str, played: Played) -> None:
    outcome = played.outcomes[case.name, command].result()
    expected = case.expected[command]
    told = f"DEVKIT_TEST_SEED={SEED} repeats the moments\n{outcome.told}"
    assert outcome.code in expected.codes, told
    assert outcome.left == (), told
    assert outcome.seconds <= expected.within, told


def test_the_project_that_is_in_use_is_as_before(played: Played) -> None:
    assert played.after == played.before


def test_the_document_is_what_was_played(played: Played, keep_document: KeepDocument) -> None:
    assert all(each.exception() is None for each in played.outcomes.values())
    keep_document("interrupts.md", render(CASES))
