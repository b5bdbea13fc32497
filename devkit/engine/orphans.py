"""Ends the commands of a run whose owner is dead: a build that goes on would make its image yet."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

from devkit.engine.ownership import RUN_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psutil

PROGRAMS = frozenset({"docker", "git", "sh"})
"""What devkit starts, each as the leader of a group. A key agent that one of them has started
leads its own, and stays."""
GRACE = 3.0
"""Seconds between SIGTERM and SIGKILL."""


def end_orphans(run: str) -> bool:
    """End the process groups that work for a run.

    Args:
        run: The run's name, in their environment.

    Returns:
        Whether there were any.
    """
    import psutil  # noqa: PLC0415 - only where something was left behind

    leaders = list(_leaders(run))
    for leader in leaders:
        _signal(leader, signal.SIGTERM)
    _, alive = psutil.wait_procs(leaders, timeout=GRACE)
    for leader in alive:
        _signal(leader, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=GRACE)
    return bool(leaders)


def end_children() -> None:
    """Kill all that this process has started, each with its group: it is about to end itself."""
    import psutil  # noqa: PLC0415 - only where we are interrupted

    ours = os.getpgrp()
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(OSError, psutil.Error):
            if os.getpgid(child.pid) == child.pid != ours:
                os.killpg(child.pid, signal.SIGKILL)
            else:
                child.kill()


def _leaders(run: str) -> Iterator[psutil.Process]:
    import psutil  # noqa: PLC0415 - as above

    for process in psutil.process_iter():
        with contextlib.suppress(OSError, psutil.Error):
            if os.getpgid(process.pid) != process.pid or process.name() not in PROGRAMS:
                continue
            if process.environ().get(RUN_VARIABLE) == run:
                yield process


def _signal(leader: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(OSError):
        os.killpg(leader.pid, number)
