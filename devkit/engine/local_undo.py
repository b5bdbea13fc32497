"""Takes back what a ``devkit up`` started, and nothing else, where a signal ends it."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.engine.clearing import PAUSE, SETTLING
from devkit.engine.commands import ask
from devkit.engine.engine_state import all_containers
from devkit.engine.messages import engine_error, is_no_container
from devkit.engine.package_volumes import remove_unused
from devkit.engine.shielding import to_the_end
from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from devkit.compose.local import RunningContainer
    from devkit.engine.local_stack import LocalStack

TIME_LIMIT = 30.0
"""Seconds for one docker command; it gives a container 10 before it kills it."""
DEADLINE = 60.0
"""Seconds after which nothing is waited for any more."""
_VOLUMES = '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{end}}{{end}}'


@dataclass(frozen=True, kw_only=True)
class Undoing:
    """What is to be done, as IDs.

    Attributes:
        remove: Containers that were not there before.
        stop: Containers that were there, and did not run.
        unfinished: Those of ``remove`` that were still coming up: what they had begun to write
            into a volume of their own, nobody can go on with.
    """

    remove: tuple[str, ...]
    stop: tuple[str, ...]
    unfinished: tuple[str, ...] = ()


def plan_undoing(before: Iterable[RunningContainer], now: Iterable[RunningContainer]) -> Undoing:
    """Decide what takes the second state back to the first; one-offs are nobody's but theirs."""
    was_active = {each.id: each.active for each in before}
    ours = [each for each in now if not each.one_off]
    new = [each for each in ours if each.id not in was_active]
    return Undoing(
        remove=tuple(each.id for each in new),
        unfinished=tuple(each.id for each in new if each.active and not each.ready),
        stop=tuple(each.id for each in ours if each.active and not was_active.get(each.id, True)),
    )


@asynccontextmanager
async def undone_when_interrupted(
    stack: LocalStack, environment: Mapping[str, str]
) -> AsyncIterator[None]:
    """Take back what was started in the block, where a signal ends it.

    A volume goes with a container that was still coming up, as a database in the middle of its
    first initialisation, where the volume was not there before; every other one stays.

    Raises:
        CouldNotFindOutError: The engine does not answer.
    """
    before, volumes = await asyncio.gather(
        asyncio.to_thread(_containers_before, stack, environment),
        asyncio.to_thread(_volumes, stack, environment),
    )
    try:
        yield
    except asyncio.CancelledError:
        await to_the_end(_taken_back(stack, before, volumes, environment))
        raise


async def _taken_back(
    stack: LocalStack,
    before: tuple[RunningContainer, ...],
    volumes: frozenset[str] | None,
    environment: Mapping[str, str],
) -> None:
    begun: frozenset[str] = frozenset()
    until = (busy := time.monotonic()) + DEADLINE
    # The engine goes on with what it was making when Compose was ended, and shows it later.
    while (now := time.monotonic()) - busy < SETTLING and now < until:
        found = await asyncio.to_thread(_undo, stack, before, environment)
        if found is None:
            await asyncio.sleep(PAUSE)
        else:
            busy, begun = time.monotonic(), begun | found
    if volumes is not None:
        mine = begun - volumes
        await asyncio.to_thread(remove_unused, mine, cwd=stack.root, environment=environment)


def _undo(
    stack: LocalStack, before: tuple[RunningContainer, ...], environment: Mapping[str, str]
) -> frozenset[str] | None:
    """Take the containers back that are there now.

    Returns:
        The volumes of those that were still coming up; None where there was nothing to do.
    """
    try:
        plan = plan_undoing(before, _look(stack, environment))
        begun = _volumes_of(plan.unfinished, stack, environment)
        _docker(stack, environment, ["rm", "--force", "--volumes"], plan.remove)
        _docker(stack, environment, ["stop"], plan.stop)
    except CouldNotFindOutError as error:
        raise CouldNotFindOutError(
            f"What devkit up had started could not be removed. {error.message}",
            hint="devkit down removes it.",
        ) from None
    return begun if plan.remove or plan.stop else None


def _containers_before(
    stack: LocalStack, environment: Mapping[str, str]
) -> tuple[RunningContainer, ...]:
    return _look(stack, environment) if stack.containers is None else stack.containers


def _volumes(stack: LocalStack, environment: Mapping[str, str]) -> frozenset[str] | None:
    """The project's; None where the engine does not say."""
    only = f"label=com.docker.compose.project={stack.name}"
    command = ["docker", "volume", "ls", "--quiet", "--filter", only]
    try:
        done = ask(command, cwd=stack.root, env=environment, timeout=TIME_LIMIT)
    except CouldNotFindOutError:  # nothing is to be taken back yet: no reason to stop
        return None
    return frozenset(done.output.split()) if done.ok else None


def _volumes_of(
    containers: tuple[str, ...], stack: LocalStack, environment: Mapping[str, str]
) -> frozenset[str]:
    if not containers:
        return frozenset()
    command = ["docker", "container", "inspect", "--format", _VOLUMES, *containers]
    done = ask(command, cwd=stack.root, env=environment, timeout=TIME_LIMIT)
    return frozenset(done.output.split()) if done.ok else frozenset()


def _look(stack: LocalStack, environment: Mapping[str, str]) -> tuple[RunningContainer, ...]:
    return all_containers(
        cwd=stack.root, environment=environment, project=stack.name, timeout=TIME_LIMIT
    )


def _docker(
    stack: LocalStack, environment: Mapping[str, str], words: list[str], containers: tuple[str, ...]
) -> None:
    if not containers:
        return
    command = ["docker", *words, *containers]
    done = ask(command, cwd=stack.root, env=environment, timeout=TIME_LIMIT)
    if not done.ok and not is_no_container(done.output):
        raise engine_error(done.output)
