"""Carries out the rows of the table of interruptions, each in a devkit process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.e2e.environments import served, wrong_with
from tests.e2e.interruptions import DEPLOY, SIGNALS, Cleaner, Happening, Place
from tests.e2e.machine import SCRATCH, docker, environment
from tests.e2e.relay import Relay
from tests.functional.disks import small_disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.interruptions import Case
    from tests.e2e.machine import Workspace

REVISIONS = {
    Place.START: "waiting",
    Place.SERVICES: "waiting",
    Place.CHECKOUT: "waiting",
    Place.BUILD: "building",
    Place.RELEASE: "waiting",
    Place.OLD: "quick",
    Place.POLITE: "polite",
    Place.GATE: "deaf",
    Place.COMPATIBILITY: "quick",
    Place.SWITCH: "quick",
    Place.CLEANUP: "quick",
}
"""The branch whose commit stays in that step for long enough."""
BEGINNINGS = {
    Place.SERVICES: ("step_started", "services"),
    Place.CHECKOUT: ("step_started", "checkout"),
    Place.BUILD: ("step_started", "build"),
    Place.RELEASE: ("step_started", "release"),
    Place.OLD: ("step_started", "old_version"),
    Place.POLITE: ("step_started", "release"),
    Place.GATE: ("step_started", "gate"),
    Place.COMPATIBILITY: ("step_started", "compatibility"),
    Place.SWITCH: ("step_started", "switch"),
    Place.CLEANUP: ("step_passed", "gate"),
}
LONGEST = 150.0
PAGE = 4096
OTHERS = 20.0
"""Seconds for another lane's command that removes a dead run's remains."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How it ended.

    Attributes:
        code: The exit code.
        seconds: From what happened to the end of the process.
        whole: From its beginning.
        left: What was left after that, or after the next devkit command where that cleans up.
        told: The last events and what was written to stderr.
    """

    code: int
    seconds: float
    whole: float
    left: tuple[str, ...]
    told: str


def carry_out(case: Case, command: str, workspace: Workspace, *, moment: float) -> Outcome:
    """Run a command, let it happen, and look at what is left.

    Args:
        case: The row.
        command: The column.
        workspace: The project.
        moment: Seconds after the step began.
    """
    with ExitStack() as stack:
        started = time.monotonic()
        extra, relay = _surroundings(case, stack)
        before = served(workspace) if command == DEPLOY else None
        process = _start(case, command, workspace, extra)
        stack.callback(_kill, process)
        events: list[dict[str, Any]] = []
        run = _wait(process, case, events)
        threading.Event().wait(moment)
        began = time.monotonic()
        _let_happen(case.happening, process, relay)
        out, err = process.communicate(timeout=LONGEST)
        seconds = time.monotonic() - began
        whole = time.monotonic() - started
        if case.expected[command].cleaner is Cleaner.NEXT:
            done = workspace.devkit("status")
            err += f"\nthe next command: {done.code} {done.err}"

        def look() -> tuple[str, ...]:
            left = tuple(_left(run, extra.get("TMPDIR", str(SCRATCH))))
            if before is None:
                return left
            now = served(workspace)
            mine = tuple(each for each in left if now.container not in each)
            return (*mine, *wrong_with(workspace, before, now, case.place))

        left = _at_rest(look, case.expected[command].cleaner)
    told = "\n".join([*map(str, events[-3:]), *out.splitlines()[-3:], err])
    return Outcome(code=process.returncode, seconds=seconds, whole=whole, left=left, told=told)


def _surroundings(case: Case, stack: ExitStack) -> tuple[dict[str, str], Relay | None]:
    """What of the machine is not as it should be, as variables."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="d-", dir="/tmp")))
    if case.happening in {Happening.ENGINE_CUT, Happening.ENGINE_SILENT}:
        relay = Relay(folder / "engine")
        stack.callback(relay.cut)
        return {"DOCKER_HOST": relay.host}, relay
    if case.happening is Happening.DISK_FULL:
        disk = folder / "disk"
        stack.enter_context(small_disk(disk))
        if case.place is Place.START:
            _fill(disk)
        return {"TMPDIR": str(disk)}, None
    return {}, None


def _fill(disk: Path) -> None:
    """Leave one page, so that the folder is made and not all that belongs into it."""
    with (disk / "ballast").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(PAGE))
    os.truncate(disk / "ballast", (disk / "ballast").stat().st_size - PAGE)


def _start(
    case: Case, command: str, workspace: Workspace, extra: dict[str, str]
) -> subprocess.Popen[str]:
    big = case.happening is Happening.DISK_FULL
    revision = "big" if big else REVISIONS[case.place]
    cached = ["--cached"] if command != DEPLOY and case.place is not Place.BUILD else []
    return subprocess.Popen(
        [sys.executable, "-m", "devkit", "--json", *command.split(), *cached, revision],
        cwd=workspace.path, env=environment() | extra, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def _wait(process: subprocess.Popen[str], case: Case, events: list[dict[str, Any]]) -> str:
    """Read events until the step begins; the run's name."""
    assert process.stdout is not None
    run = ""
    for line in process.stdout:
        events.append(json.loads(line))
        run = run or events[-1].get("run", "")
        told = (events[-1]["event"], events[-1].get("step"))
        if told == BEGINNINGS.get(case.place, ("run_started", None)):
            return run
    if case.happening is not Happening.DISK_FULL:
        raise AssertionError(f"{case.name}: the step never began: {events}")
    return run


def _let_happen(happening: Happening, process: subprocess.Popen[str], relay: Relay | None) -> None:
    if happening is Happening.ENGINE_CUT:
        assert relay is not None
        relay.cut()
    elif happening is Happening.ENGINE_SILENT:
        assert relay is not None
        relay.silence()
        threading.Event().wait(1.0)
        os.killpg(process.pid, signal.SIGINT)
    elif happening is Happening.TWICE:
        os.killpg(process.pid, signal.SIGINT)
        threading.Event().wait(0.3)
        _signal(process, signal.SIGINT)
    elif happening in SIGNALS:
        _signal(process, SIGNALS[happening])


def _signal(process: subprocess.Popen[str], number: int) -> None:
    """Signal the whole group, as a terminal does; one that has ended by now has ended."""
    if process.poll() is None:
        os.killpg(process.pid, number)


def _kill(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.kill()
        process.communicate()


def _at_rest(look: Callable[[], tuple[str, ...]], cleaner: Cleaner) -> tuple[str, ...]:
    """What is wrong, once another lane's command has had time for what it may be removing."""
    until = time.monotonic() + (OTHERS if cleaner is Cleaner.NEXT else 0.0)
    while (found := look()) and time.monotonic() < until:
        threading.Event().wait(0.5)
    return found


def _left(run: str, temporary: str) -> Iterator[str]:
    """All that there still is of a run."""
    label = ("--filter", f"label=io.devkit.run={run}")
    lists = {
        "container": ("ps", "--all", "--format", "{{.Names}} {{.Status}}", *label),
        "network": ("network", "ls", "--format", "{{.Name}}", *label),
        "volume": ("volume", "ls", "--format", "{{.Name}}", *label),
        "image": ("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter",
                  f"reference=devkit/*:{run.removeprefix('devkit-')}*"),
    }  # fmt: skip
    for kind, words in lists.items():
        yield from (f"{kind} {line}" for line in docker(*words).splitlines())
    yield from (f"folder {path}" for path in Path(temporary).glob(f"{run}*"))
    notes = SCRATCH / "state" / "devkit" / "runs"
    yield from (f"note {path}" for path in notes.glob(f"{run}*"))
    yield from (f"process {pid}" for pid in _processes(run))


def _processes(run: str) -> Iterator[str]:
    """The processes that work for a run, by their environment."""
    wanted = f"DEVKIT_RUN={run}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                yield folder.name
        except OSError:
            continue
