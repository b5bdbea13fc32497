"""Who has a port of 127.0.0.1, and keeping one from other devkits until it is in use."""

from __future__ import annotations

import socket
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.engine.witnesses import state_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from filelock import FileLock

    from devkit.compose.local import RunningContainer

DOCKER_PROXY = "docker-proxy"
"""The engine's own process behind a published port."""
SYSTEM = "the system, which keeps it for root"
_ANYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - what others listen on
_held: dict[int, FileLock] = {}


@dataclass(kw_only=True)
class PortKeeper:
    """Answers who has a port, and keeps each that is free for this process.

    Attributes:
        containers: All of the engine's.
        environment: The person's environment.
        avoid: Ports that turned out to be taken in a way that cannot be seen from here.
    """

    containers: Sequence[RunningContainer]
    environment: Mapping[str, str]
    avoid: frozenset[int] = frozenset()
    _kept: set[int] = field(default_factory=set)

    def holder(self, port: int) -> str | None:
        """Who has it, in words; None where it is free, and kept from other devkits from now on."""
        if port in self.avoid:
            return "somebody who took it just now"
        told = container_on(port, self.containers) or port_holder(port)
        if told is not None:
            return told
        if not reserve(port, self.environment):
            return "another devkit, which is about to start there"
        self._kept.add(port)
        return None

    def keep_only(self, port: int | None) -> None:
        """Let go of all ports but one."""
        for each in self._kept - {port}:
            release(each)
            self._kept.discard(each)


def container_on(port: int, containers: Sequence[RunningContainer]) -> str | None:
    """The container that has a port published, in words."""
    holder = next((each for each in containers if port in each.ports), None)
    if holder is None:
        return None
    return f"the container {holder.name}" + (f" ({holder.folder})" if holder.folder else "")


def port_holder(port: int) -> str | None:
    """Who listens on a port of 127.0.0.1, or of all addresses, in words; None where it is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            return SYSTEM
        except OSError:
            return _process_on(port)
    return None


def may_be_published(port: int) -> bool:
    """Whether the engine, which is root most often, could publish a port, as far as can be seen."""
    told = port_holder(port)
    if told != SYSTEM:
        return told is None
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def reserve(port: int, environment: Mapping[str, str]) -> bool:
    """Keep a port from this person's other devkits until this process ends.

    Returns:
        Whether it is ours; also where no lock can be made, which only helps.
    """
    import filelock  # noqa: PLC0415 - 20 ms

    if port in _held:
        return True
    path = state_folder(environment).with_name("ports") / f"{port}.lock"
    lock = filelock.FileLock(path, timeout=0, fallback_to_soft=False)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout:
        return False
    except (OSError, NotImplementedError):
        return True
    _held[port] = lock
    return True


def release(port: int) -> None:
    """Let go of a port that was kept."""
    lock = _held.pop(port, None)
    if lock is not None:
        lock.release()


def _process_on(port: int) -> str:
    import psutil  # noqa: PLC0415 - only where a port is taken

    try:
        found = [
            (str(each.laddr.ip), each.pid)
            for each in psutil.net_connections(kind="tcp")
            if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port
        ]
    except psutil.Error:  # macOS tells it to root alone
        found = []
    # What listens on ::1 or on another address of the machine's does not stand in the way.
    found = [each for each in found if each[0] in _ANYWHERE or each[0].startswith("127.")]
    address, pid = next((each for each in found if each[1]), next(iter(found), ("", None)))
    where = " on all addresses" if address in _ANYWHERE else ""
    if pid is None:
        return f"a process of another user{where} (`{_asking(port)}` names it)"
    try:
        name = psutil.Process(pid).name()
    except psutil.Error:
        return f"the process with pid {pid}{where}"
    if name == DOCKER_PROXY:
        return f"a container of another Docker Engine ({name}, pid {pid}){where}"
    return f"the process {name} (pid {pid}){where}"


def _asking(port: int) -> str:
    """The command that shows root whose port it is."""
    if sys.platform == "linux":
        return f"sudo ss -ltnp 'sport = :{port}'"
    return f"sudo lsof -nP -iTCP:{port} -sTCP:LISTEN"
