"""What the commands share that speak of services: which there are, and their containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.errors import CouldNotFindOutError, UsageError
from devkit.project import DEFAULT_PREFIX, WORKER_PREFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from devkit.cli.session import Session
    from devkit.compose.local import RunningContainer
    from devkit.engine.local_found import FoundStack


def started_stack(session: Session) -> FoundStack:
    """The project that was started from the session's folder.

    Raises:
        ConfigurationError: The compose file cannot be followed.
        CouldNotFindOutError: It was never started, or docker cannot be asked.
    """
    from devkit.cli.reaping import reap_what_is_noted  # noqa: PLC0415
    from devkit.engine.local_found import find_stack  # noqa: PLC0415
    from devkit.engine.project_cache import load_project_cached  # noqa: PLC0415

    reap_what_is_noted(session)
    stack = find_stack(session.root, environment=session.environment)
    if stack is None or not stack.containers:
        name = stack.name if stack else load_project_cached(session.root).name
        raise CouldNotFindOutError(f"{name} is down.", hint="`devkit up` starts it.")
    return stack


def running_container(stack: FoundStack, service: str) -> RunningContainer:
    """The container of a service that is up; see ``compose_names``.

    Raises:
        UsageError: There is no such service.
        CouldNotFindOutError: It is down.
    """
    (service,) = compose_names(stack, [service])
    of_it = [each for each in stack.containers if each.service == service]
    up = next((each for each in of_it if each.status.startswith("Up")), None)
    if up is None:
        state = f": {of_it[0].status}" if of_it else ""
        raise CouldNotFindOutError(
            f"{service} of {stack.name} is not running{state}.",
            hint=f"`devkit up` starts it; `devkit logs {service}` may tell why it ended.",
        )
    return up


def compose_names(stack: FoundStack, names: Iterable[str]) -> list[str]:
    """The Compose services that are meant by names, of them or of devkit.yaml.

    There ``database`` is the short name of database_default, and ``queue`` may be a worker's.

    Raises:
        UsageError: There is none of a name.
    """
    names = list(names)
    known = {each.service for each in stack.containers}
    if known.issuperset(names):
        return names
    from devkit.engine.service_names import service_names  # noqa: PLC0415 - reads YAML

    known |= set(service_names(stack.root))
    return [_compose_name(name, known) for name in names]


def _compose_name(name: str, known: Collection[str]) -> str:
    for each in (name, f"{name}_{DEFAULT_PREFIX.lower()}", f"{WORKER_PREFIX}{name}"):
        if each in known:
            return each
    listed = ", ".join(sorted(known))
    raise UsageError(f"There is no service `{name}`.", hint=f"The services are: {listed}.")
