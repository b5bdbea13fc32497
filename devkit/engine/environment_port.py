"""The port of 127.0.0.1 that an environment's proxy listens on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from devkit.compose.local import PORTS_TRIED
from devkit.compose.proxy import PROXY_SERVICE
from devkit.engine.engine_state import all_containers
from devkit.engine.environment_stage import FIRST_PORT
from devkit.engine.local_files import port_holder
from devkit.engine.witnesses import state_folder
from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.compose.local import RunningContainer
    from devkit.engine.environment_files import EnvironmentFolder
    from devkit.engine.environment_state import EnvironmentState


@dataclass(frozen=True, kw_only=True)
class Port:
    """A port, and what a person should be told of it.

    Attributes:
        number: The port.
        note: Why it is not the usual one, in a sentence; empty where there is nothing to tell.
        hold: Keeps other deployments from choosing it, too, before its proxy runs.
    """

    number: int
    note: str = ""
    hold: FileLock | None = None


def choose_port(
    state: EnvironmentState, folder: EnvironmentFolder, environment: Mapping[str, str]
) -> Port:
    """The port that the environment has, or was given last, or the next one that is free.

    Raises:
        CouldNotFindOutError: The engine does not answer, or no port is free.
    """
    proxy, first = f"{state.project}-{PROXY_SERVICE}-1", FIRST_PORT[folder.name]
    containers = all_containers(cwd=folder.root, environment=environment)
    mine = {port for each in containers if each.name == proxy for port in each.ports}
    wanted = state.publish or first
    taken_by = ""
    for port in [wanted, *range(first, first + PORTS_TRIED)]:
        if port in mine:
            return Port(number=port)
        holder, hold = _holder(port, containers), None
        if holder is None:
            hold = _reserve(port, environment)
            if hold is not None:
                note = _note(folder.name, wanted, port, taken_by)
                return Port(number=port, note=note, hold=hold)
        taken_by = taken_by or holder or "another deployment"
    raise CouldNotFindOutError(
        f"No port of 127.0.0.1 from {first} to {first + PORTS_TRIED - 1} is free for the proxy."
    )


def _holder(port: int, containers: Sequence[RunningContainer]) -> str | None:
    holder = port_holder(port)
    if holder is None:
        return None
    named = (f"the container {each.name}" for each in containers if port in each.ports)
    return next(named, holder)


def _reserve(port: int, environment: Mapping[str, str]) -> FileLock | None:
    """Keep a port until the end of this process; None where another one has it."""
    path = state_folder(environment).with_name("ports") / f"{port}.lock"
    lock = FileLock(path, timeout=0, fallback_to_soft=False)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        return None
    except (OSError, NotImplementedError):
        return lock  # it only helps
    return lock


def _note(environment: str, wanted: int, port: int, taken_by: str) -> str:
    if port == wanted:
        return ""
    return (
        f"Port {wanted} of 127.0.0.1 is held by {taken_by}; {environment} is at port {port} from"
        " now on."
    )
