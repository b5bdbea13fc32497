"""A signal at any moment: the right exit code, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.e2e.apps import CONFIG, server, tiny
from tests.e2e.machine import NOTHING, Workspace, environment, left_behind, make_workspace

if TYPE_CHECKING:
    from pathlib import Path

DATABASE = "services: {database: 'postgres:15-bookworm', storage: file}\n"
# What a well-behaved program does: it ends when it is told to, while Compose removes it.
OBEDIENT = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print('waiting', flush=True)
time.sleep(60)
"""
POLITE = tiny(devkit__yaml=CONFIG + DATABASE, release__py=OBEDIENT)
QUICK = tiny(devkit__yaml=CONFIG + DATABASE)
SLOW = tiny(
    devkit__yaml=CONFIG + DATABASE,
    release__py="import time; print('waiting', flush=True); time.sleep(60)",
)
NEVER = tiny(devkit__yaml=CONFIG + DATABASE, server__py=server(port=8080))


class Running:
    """``devkit verify`` in a process of its own, followed by its events."""

    def __init__(self, workspace: Workspace) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "devkit", "--json", "verify"],
            cwd=workspace.path,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def wait_for(self, event: str, step: str) -> None:
        """Read events until a step tells this one."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            told = json.loads(line)
            if (told["event"], told.get("step")) == (event, step):
                return
        pytest.fail(f"{event} of {step} was never told")

    def stop(self, number: int, *, after: float = 0.0) -> tuple[int, str]:
        """Signal the whole group, as a terminal does; the exit code and the last line."""
        threading.Event().wait(after)
        os.killpg(self.process.pid, number)
        out, _ = self.process.communicate(timeout=60)
        return self.process.returncode, (out.splitlines() or [""])[-1]


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "app", SLOW)
    running = Running(workspace)
    running.wait_for("step_output", "release")
    assert running.stop(signal.SIGKILL)[0] == -signal.SIGKILL
    assert all(left_behind().values())

    workspace.commit("Be quick", {"release.py": "print('done')"})
    assert workspace.devkit("verify", "--cached").code == 0

    assert left_behind() == NOTHING


def test_two_runs_at_once_leave_each_other_alone(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "app", NEVER)
    first = Running(workspace)
    first.wait_for("step_started", "gate")
    other = make_workspace(tmp_path / "other", tiny())

    assert other.devkit("verify", "--cached").code == 0

    assert all(left_behind().values())
    assert first.stop(signal.SIGINT)[0] == 130
    assert left_behind() == NOTHING
