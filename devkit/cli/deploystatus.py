"""What the local environments serve, in lines for a person or a program."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from devkit.cli.reaping import reap_what_is_noted
from devkit.engine.docker_environment import engine_environment
from devkit.engine.engine_state import all_containers
from devkit.engine.environment_files import EnvironmentFolder
from devkit.engine.git import find_repository
from devkit.engine.git_commits import commits_between, resolve_commit
from devkit.errors import DevkitError
from devkit.project import WORKER_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devkit.cli.session import Session
    from devkit.compose.local import RunningContainer
    from devkit.engine.environment_state import EnvironmentState, Generation


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An environment as it is.

    Attributes:
        environment: ``test`` or ``live``.
        address: Of its proxy; empty where nothing serves.
        number: Of the deployment that serves; 0 for none.
        sha: Its commit's full object name.
        since: When it took over.
        behind: How many commits HEAD has that it lacks; None where git does not tell.
        containers: Each one's state, by its name.
        failed: The numbers of the deployments whose containers are kept to be looked into.
    """

    environment: str
    address: str
    number: int
    sha: str
    since: str
    behind: int | None
    containers: dict[str, str]
    failed: tuple[int, ...]


def show_environments(session: Session, names: Iterable[str]) -> None:
    """Show all that is known of them."""
    reap_what_is_noted(session)
    found = standing_environments(session, names)
    if session.json:
        told = [asdict(each) for each in found]
        session.out(json.dumps({"event": "environments", "environments": told}))
    elif not found:
        session.say("Nothing is deployed here; `devkit deploy test` does.")
    else:
        for each in found:
            for line in (summary(each), *_lines(each)):
                session.out(line)


def standing_environments(session: Session, names: Iterable[str]) -> tuple[Standing, ...]:
    """The environments that have containers.

    Raises:
        RefusedError: The state of one cannot be read.
        CouldNotFindOutError: The engine does not answer.
    """
    states = {name: EnvironmentFolder(root=session.root, name=name).state() for name in names}
    return tuple(
        _standing(session, name, state)
        for name, state in states.items()
        if state is not None and state.generations
    )


def summary(each: Standing) -> str:
    """One line on it."""
    if not each.number:
        return f"{each.environment}: nothing serves; the last deployment failed"
    behind = f", {_behind(each.behind)}" if each.behind else ""
    its_own = re.compile(rf"-(web|{WORKER_PREFIX}.+)-{each.number}-\d+$")
    sick = sum(
        not state.startswith("Up")
        for name, state in each.containers.items()
        if its_own.search(name)
    )
    down = f", {sick} of its containers {'are' if sick > 1 else 'is'} down" if sick else ""
    return (
        f"{each.environment}: {each.sha[:12]} (deployment {each.number}) at {each.address} since"
        f" {each.since}{behind}{down}"
    )


def _behind(count: int) -> str:
    return f"{count} commit{'s' if count > 1 else ''} behind HEAD"


def _lines(each: Standing) -> list[str]:
    width = max((len(name) for name in each.containers), default=0)
    running = [f"  {name.ljust(width)}  {state}" for name, state in each.containers.items()]
    failed = [
        f"  deployment {number} failed; its containers, ended, are kept until the next one"
        for number in each.failed
    ]
    return [*running, *failed]


def _standing(session: Session, name: str, state: EnvironmentState) -> Standing:
    listed = all_containers(
        cwd=session.root, environment=engine_environment(session.environment), project=state.project
    )
    live = state.live
    return Standing(
        environment=name,
        address=f"http://127.0.0.1:{state.publish}/" if live else "",
        number=live.number if live else 0,
        sha=live.sha if live else "",
        since=live.since.astimezone().strftime("%Y-%m-%d %H:%M") if live else "",
        behind=_commits_behind(session, live),
        containers={each.name: each.status for each in listed if not is_of(each, state.failed)},
        failed=tuple(each.number for each in state.failed),
    )


def is_of(container: RunningContainer, generations: Iterable[Generation]) -> bool:
    """Whether it is web or a worker of one of some deployments."""
    service = container.service
    is_worker = service.startswith(WORKER_PREFIX)
    return any(
        service == each.service or (is_worker and service.endswith(f"-{each.number}"))
        for each in generations
    )


def _commits_behind(session: Session, live: Generation | None) -> int | None:
    if live is None:
        return None
    try:
        repository = find_repository(session.root, session.environment)
        return commits_between(repository, live.sha, resolve_commit(repository, "HEAD").sha)
    except DevkitError:
        return None
