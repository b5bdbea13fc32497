"""The port of 127.0.0.1 that an environment's proxy listens on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.compose.local import PORTS_TRIED
from devkit.compose.proxy import PROXY_SERVICE
from devkit.engine.engine_state import all_containers
from devkit.engine.environment_stage import FIRST_PORT
from devkit.engine.port_holders import port_holder, reserve
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
    """

    number: int
    note: str = ""


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
        holder = _holder(port, containers)
        # Kept until the end of this process: other deployments must not choose it, too, before
        # its proxy runs.
        if holder is None and reserve(port, environment):
            return Port(number=port, note=_note(folder.name, wanted, port, taken_by))
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


def _note(environment: str, wanted: int, port: int, taken_by: str) -> str:
    if port == wanted:
        return ""
    return (
        f"Port {wanted} of 127.0.0.1 is held by {taken_by}; {environment} is at port {port} from"
        " now on."
    )
