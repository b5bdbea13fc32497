"""Who made what: the labels on all that devkit creates, and whether their owner still lives.

devkit only ever deletes what carries its own labels.
"""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

RUN_LABEL = "io.devkit.run"
OWNER_LABEL = "io.devkit.owner"
PROJECT_LABEL = "io.devkit.project"
STARTED_LABEL = "io.devkit.started"

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, kw_only=True)
class Owner:
    """A process, named so that no later one is taken for it.

    Attributes:
        host: The machine's name.
        boot: The boot of the machine; empty where the system does not tell.
        pid: The process id.
        started: When the process started, in whole seconds since the epoch.
    """

    host: str
    boot: str
    pid: int
    started: int

    def __str__(self) -> str:
        """The label's value, which ``parse_owner`` reads."""
        return f"{self.host}|{self.boot}|{self.pid}|{self.started}"


def parse_owner(text: str) -> Owner | None:
    """The owner that a label names; None where it is not one of ours."""
    try:
        host, boot, pid, started = text.split("|")
        return Owner(host=host, boot=boot, pid=int(pid), started=int(started))
    except ValueError:
        return None


def this_process() -> Owner:
    """The owner that this process's creations are labelled with."""
    pid = os.getpid()
    return Owner(host=socket.gethostname(), boot=_boot_id(), pid=pid, started=_started(pid) or 0)


def is_dead(owner: Owner) -> bool:
    """Whether the owner is known to be gone; one on another machine never is."""
    if owner.host != socket.gethostname():
        return False
    if owner.boot != _boot_id():
        return True
    started = _started(owner.pid)
    return started is None or abs(started - owner.started) > 1


def new_run_labels(project: str) -> dict[str, str]:
    """The labels of a new run, its unguessable name among them."""
    return {
        RUN_LABEL: f"devkit-verify-{secrets.token_hex(5)}",
        OWNER_LABEL: str(this_process()),
        PROJECT_LABEL: project,
        STARTED_LABEL: datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""


def _started(pid: int) -> int | None:
    import psutil  # noqa: PLC0415 - only runs and reaping need it

    try:
        return int(psutil.Process(pid).create_time())
    except psutil.Error:
        return None
