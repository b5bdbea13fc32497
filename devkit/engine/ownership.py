"""Who made what: the labels on all that devkit creates, and whether their owner still lives.

devkit only ever deletes what carries its own labels.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

RUN_LABEL = "io.devkit.run"
OWNER_LABEL = "io.devkit.owner"
PROJECT_LABEL = "io.devkit.project"
STARTED_LABEL = "io.devkit.started"
USER_LABEL = "io.devkit.user"
NOTES_LABEL = "io.devkit.notes"
"""Where the run is noted: a mark of the person's state folder."""
ENVIRONMENT_LABEL = "io.devkit.environment"
"""On all that belongs to an environment that stays; the value is its Compose project."""
STAGE_LABEL = "io.devkit.stage"
"""Which of them it is: ``test`` or ``live``."""
FOLDER_LABEL = "io.devkit.folder"
"""The project's folder in which an environment was begun."""
RUN_VARIABLE = "DEVKIT_RUN"
"""In the environment of a run's commands, so that those of a dead owner are found and ended."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PID_NAMESPACE = Path("/proc/self/ns/pid")

# Linux tells when a process started in ticks since the boot, which no change of the clock moves.
_HAS_TICKS = sys.platform == "linux"
_TOLERANCE = 0 if _HAS_TICKS else 1
_STATE, _STARTED = 0, 19  # of the words after the name in /proc/PID/stat: fields 3 and 22


@dataclass(frozen=True, kw_only=True)
class Owner:
    """A process, named so that no later one is taken for it.

    Attributes:
        host: The machine's name.
        boot: The boot of the machine; empty where the system does not tell.
        namespace: The PID namespace that ``pid`` counts in; empty where the system does not tell.
        pid: The process id.
        started: When the process started: on Linux in ticks since the boot, elsewhere in whole
            seconds since the epoch.
    """

    host: str
    boot: str
    namespace: str
    pid: int
    started: int

    def __str__(self) -> str:
        """The label's value, which ``parse_owner`` reads."""
        return f"{self.host}|{self.boot}|{self.namespace}|{self.pid}|{self.started}"


def parse_owner(text: str) -> Owner | None:
    """The owner that a label names; None where it is not one of ours."""
    try:
        host, boot, namespace, pid, started = text.split("|")
        return Owner(host=host, boot=boot, namespace=namespace, pid=int(pid), started=int(started))
    except ValueError:
        return None


def this_process() -> Owner:
    """The owner that this process's creations are labelled with."""
    pid = os.getpid()
    return Owner(
        host=socket.gethostname(),
        boot=_boot_id(),
        namespace=_pid_namespace(),
        pid=pid,
        started=_started(pid) or 0,
    )


class Life(Enum):
    """What is known of an owner."""

    LIVING = "living"
    DEAD = "dead"
    ELSEWHERE = "on another machine or in another container"


def life_of(owner: Owner) -> Life:
    """Whether the owner still lives.

    One on another machine never is dead; one in another container not before the machine's next
    boot. A machine keeps its boot when it is given another name.
    """
    boot = _boot_id()
    same_boot = owner.boot == boot
    if owner.host != socket.gethostname() and not (boot and same_boot):
        return Life.ELSEWHERE
    if not same_boot:
        return Life.DEAD
    if owner.namespace != _pid_namespace():
        return Life.ELSEWHERE
    started = _started(owner.pid)
    gone = started is None or abs(started - owner.started) > _TOLERANCE
    return Life.DEAD if gone else Life.LIVING


def is_dead(owner: Owner) -> bool:
    """Whether the owner is known to be gone."""
    return life_of(owner) is Life.DEAD


def new_run_labels(project: str, *, notes: str) -> dict[str, str]:
    """The labels of a new run, its unguessable name among them.

    Args:
        project: The project's name.
        notes: The mark of the folder in which the run is noted.
    """
    return {
        RUN_LABEL: f"devkit-verify-{secrets.token_hex(5)}",
        OWNER_LABEL: str(this_process()),
        PROJECT_LABEL: project,
        STARTED_LABEL: datetime.now(UTC).isoformat(timespec="seconds"),
        USER_LABEL: str(os.geteuid()),
        NOTES_LABEL: notes,
    }


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""


def _pid_namespace() -> str:
    try:
        return str(_PID_NAMESPACE.readlink())
    except OSError:
        return ""


def _started(pid: int) -> int | None:
    return _ticks(pid) if _HAS_TICKS else _seconds(pid)


def _ticks(pid: int) -> int | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name, in parentheses, may hold anything, parentheses and spaces among it.
    words = stat.rpartition(")")[2].split()
    return None if words[_STATE] in {"Z", "X"} else int(words[_STARTED])


def _seconds(pid: int) -> int | None:
    import psutil  # noqa: PLC0415 - only runs and reaping need it

    try:
        return int(psutil.Process(pid).create_time())
    except psutil.Error:
        return None
