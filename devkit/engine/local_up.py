"""Starts the local project: the images, the services, and web until it answers."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from devkit.compose import words
from devkit.deployment.diagnosis import Evidence, ending, explain, explain_log, parse_listeners
from devkit.deployment.gate_policy import GatePolicy, Way
from devkit.deployment.troubles import could_not_find_out
from devkit.engine import image_inputs
from devkit.engine.docker import Docker
from devkit.engine.engine_state import all_containers
from devkit.engine.http import AT_HOME, wait_for_answer
from devkit.engine.local_logs import log_of
from devkit.engine.messages import trouble_in
from devkit.engine.package_volumes import package_volumes, remove_unused
from devkit.engine.process import run
from devkit.errors import (
    BuildError,
    DevkitError,
    GateError,
    PortTakenError,
    ServicesError,
)
from devkit.project import WORKER_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from devkit.compose.local import RunningContainer
    from devkit.deployment.gate_verdict import ContainerVerdict
    from devkit.engine.image_inputs import ImageState
    from devkit.engine.local_stack import LocalStack
    from devkit.ports import Completed, Container

READY_TIME_LIMIT = 180.0
"""Seconds for all services to become healthy."""
LOOK_EVERY = 0.5
"""Seconds between two looks."""
LOG_LINES = 20
_WAITED_FOR = re.compile(
    r"dependency failed to start: container (\S+) (is unhealthy|has no healthcheck|exited \(\d+\))"
)
WATCHED = GatePolicy(way=Way.PUBLISHED, slot=0.025, attempts=4800)
"""For a container that somebody waits for who has just saved a file."""

GLANCE = GatePolicy(way=Way.PUBLISHED, slot=0.025, attempts=340)
"""For a page that answered a moment ago, of a server that runs and may still be starting anew."""

_BUILDS = re.compile(r"^#\d+ \[", re.MULTILINE)
_DENIED = re.compile(
    r"permission denied|operation not permitted|EACCES|EPERM|readonly database", re.IGNORECASE
)


async def build(
    stack: LocalStack,
    *,
    environment: Mapping[str, str],
    on_line: Callable[[str], None],
    no_cache: bool = False,
    pull: bool = False,
) -> None:
    """Build the images.

    Raises:
        BuildError: An image does not build.
        CouldNotFindOutError: The engine or a registry gives no answer.
    """
    command = words.build(stack.compose, no_cache=no_cache, pull=pull)
    files = await asyncio.to_thread(image_inputs.look, stack.project)
    done = await run(command, cwd=stack.root, env=environment, on_line=on_line)
    if not done.ok:
        raise engine_trouble("The image could not be built", done) or BuildError(
            "The image does not build.", details=done.tail()
        )
    image_inputs.keep(stack.project, files)


async def start(
    stack: LocalStack, *, environment: Mapping[str, str], on_line: Callable[[str], None]
) -> tuple[RunningContainer, ...]:
    """Start all services and wait until they run, and are healthy where they can say so.

    Returns:
        The containers, all of them ready.

    Raises:
        BuildError: An image that was missing does not build.
        ServicesError: A service did not start or did not become healthy.
        CouldNotFindOutError: The engine or a registry gives no answer.
    """
    command = words.up(stack.compose)
    done = await run_up(stack, command, environment=environment, on_line=on_line)
    if not done.ok:
        raise await asyncio.to_thread(_explain_start, stack, done)
    if _BUILDS.search(done.output):
        image_inputs.keep(stack.project, image_inputs.look(stack.project))
    return await until_ready(stack, environment)


async def run_up(
    stack: LocalStack,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    on_line: Callable[[str], None],
) -> Completed:
    """Run a `docker compose up`, and remove the volumes of packages that it leaves unused.

    Args:
        stack: The project.
        command: The whole command.
        environment: The person's environment, for docker.
        on_line: Takes each line of output.
    """
    before = await asyncio.to_thread(_packages, stack, environment)
    done = await run(command, cwd=stack.root, env=environment, on_line=on_line)
    if done.ok:
        await asyncio.to_thread(remove_unused, before, cwd=stack.root, environment=environment)
    return done


def _packages(stack: LocalStack, environment: Mapping[str, str]) -> frozenset[str]:
    keep = stack.project.web.keep if stack.compose.renew else ()
    return package_volumes(stack.name, keep, cwd=stack.root, environment=environment)


async def image_state(
    stack: LocalStack, containers: Sequence[RunningContainer], environment: Mapping[str, str]
) -> ImageState | None:
    """How the image of web stands to the working tree; None where that cannot be told.

    A person's own compose file may build another image than the Dockerfile's.
    """
    image = next((each.image for each in containers if each.service == stack.web), "")
    if stack.settings is None:
        return None
    return await asyncio.to_thread(
        image_inputs.image_state, stack.project, image, environment=environment
    )


async def begin(
    stack: LocalStack,
    verb: str,
    services: Sequence[str],
    *,
    environment: Mapping[str, str],
    on_line: Callable[[str], None],
) -> None:
    """Start or restart containers that are there.

    Args:
        stack: The project.
        verb: ``start`` or ``restart``.
        services: Those of these services; all where none is named.
        environment: The person's environment, for docker.
        on_line: Takes each line of output.

    Raises:
        ServicesError: A container did not start.
        CouldNotFindOutError: The engine gives no answer.
    """
    command = words.services_do(stack.compose, verb, services)
    done = await run(command, cwd=stack.root, env=environment, on_line=on_line)
    if not done.ok:
        failed = await asyncio.to_thread(_explain_start, stack, done)
        if isinstance(failed, PortTakenError):
            failed.hint = "`devkit up` takes another one."
        raise failed


async def until_ready(
    stack: LocalStack, environment: Mapping[str, str], *, services: Collection[str] = ()
) -> tuple[RunningContainer, ...]:
    """Wait until containers run, and are healthy where they can say so.

    Args:
        stack: The project.
        environment: The person's environment, for docker.
        services: Only those of these services; all where none is named.

    Returns:
        The containers that were waited for, and the workers among those services.

    Raises:
        ServicesError: One of them ended or did not become healthy.
        CouldNotFindOutError: The engine gives no answer.
    """
    for _ in range(int(READY_TIME_LIMIT / LOOK_EVERY)):
        everything = await asyncio.to_thread(
            all_containers, cwd=stack.root, environment=environment, project=stack.name
        )
        found = tuple(each for each in everything if not services or each.service in services)
        held = [each for each in found if not _is_worker(each)]
        if any(each.failed for each in held) or all(each.ready for each in held):
            break
        await asyncio.sleep(LOOK_EVERY)
    slow = next((each for each in held if not each.ready or each.failed), None)
    if slow is not None:
        raise await asyncio.to_thread(_explain_slow, stack, slow)
    return found


async def ended_workers(stack: LocalStack, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The workers that have ended, a sentence each; it does not keep the rest from running.

    A worker may well need tables that the release commands have not made yet.
    """
    if not stack.project.workers:
        return ()
    found = await asyncio.to_thread(
        all_containers, cwd=stack.root, environment=environment, project=stack.name
    )
    return tuple(has_ended(each) for each in found if _is_worker(each) and each.ended)


def has_ended(container: RunningContainer) -> str:
    """A sentence on a container that was to go on running."""
    service = container.service
    what = f"service {service}"
    if _is_worker(container):
        what = f"worker {service.removeprefix(WORKER_PREFIX)}"
    return (
        f"The {what} has ended ({container.status.lower()}): `devkit logs {service}` says why,"
        f" `devkit start {service}` starts it again."
    )


def _is_worker(container: RunningContainer) -> bool:
    return container.service.startswith(WORKER_PREFIX)


async def answer(stack: LocalStack, port: int, *, policy: GatePolicy = AT_HOME) -> ContainerVerdict:
    """Wait until web answers on its published port; any status is an answer.

    Raises:
        GateError: It exited, or did not answer in two minutes; with the likely cause.
    """
    verdict = await _ask_web(stack, port, policy)
    if verdict.status is None:
        raise await asyncio.to_thread(_explain_web, stack, verdict.sentence)
    return verdict


async def glance(stack: LocalStack, port: int) -> int | None:
    """The status that web answers with; None where it does not, and nobody asks for the cause."""
    return (await _ask_web(stack, port, GLANCE)).status


async def _ask_web(stack: LocalStack, port: int, policy: GatePolicy) -> ContainerVerdict:
    return await wait_for_answer(
        port, container=stack.web, policy=policy, liveness=_Liveness(stack)
    )


class _Liveness:
    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._docker = Docker()

    async def gone(self, containers: Sequence[str]) -> Mapping[str, str]:
        found = await asyncio.to_thread(_find_web, self._docker, self._stack)
        dead = found is not None and not found.running
        web = self._stack.web
        return {web: ending(found)} if dead and found and web in containers else {}


def web_log(stack: LocalStack) -> tuple[str, ...]:
    """The end of what web has written, without secrets; nothing where it is gone."""
    container = _find_web(Docker(), stack)
    return log_of(stack, container.id) if container is not None else ()


def _find_web(docker: Docker, stack: LocalStack) -> Container | None:
    labels = {
        "com.docker.compose.project": stack.name,
        "com.docker.compose.service": stack.web,
        "com.docker.compose.oneoff": "False",
    }
    return next(iter(docker.containers(labels)), None)


def _explain_web(stack: LocalStack, sentence: str) -> GateError:
    docker = Docker()
    container = _find_web(docker, stack)
    if container is None:
        return GateError(sentence)
    paths = ("/proc/net/tcp", "/proc/net/tcp6")
    listeners = docker.read_files(container.id, paths) if container.running else ""
    log = log_of(stack, container.id)
    evidence = Evidence.of(
        container,
        port=stack.target,
        log=log,
        listeners=parse_listeners(listeners),
    )
    hint = _user_hint(stack, log) or explain(evidence)
    return GateError(sentence, hint=hint, details=log[-LOG_LINES:])


def _explain_start(stack: LocalStack, done: Completed) -> DevkitError:
    beside = engine_trouble("The services could not be started", done)
    if beside is not None:
        return beside
    if "failed to solve" in done.output:
        return BuildError("The image does not build.", details=done.tail())
    waited_for = _WAITED_FOR.search(done.output)
    if waited_for is not None:
        name, what = waited_for.groups()
        log = log_of(stack, name)
        return ServicesError(
            f"The container {name}, which others wait for, {what}.",
            hint=explain_log(log) or f"Its log: docker logs {name}",
            details=log[-LOG_LINES:],
        )
    docker = Docker()
    labels = {"com.docker.compose.project": stack.name, "com.docker.compose.oneoff": "False"}
    dead = next((c for c in docker.containers(labels) if not c.running), None)
    if dead is None:
        return ServicesError("The services did not start.", details=done.tail())
    log = log_of(stack, dead.id)
    evidence = Evidence.of(dead, port=stack.target, log=log)
    hint = _user_hint(stack, log) or explain(evidence)
    return ServicesError(
        f"The container {dead.name} {ending(dead)}.", hint=hint, details=log[-LOG_LINES:]
    )


def _explain_slow(stack: LocalStack, slow: RunningContainer) -> ServicesError:
    log = log_of(stack, slow.name)
    return ServicesError(
        f"{slow.service or slow.name} did not become ready: {slow.status}.",
        hint=_user_hint(stack, log) or explain_log(log) or f"Its log: devkit logs {slow.service}",
        details=log[-LOG_LINES:],
    )


def _user_hint(stack: LocalStack, log: Sequence[str]) -> str:
    """The way out where an image may not be able to run as anybody but its own user."""
    user = stack.settings.user if stack.settings else ""
    if not user or not any(_DENIED.search(line) for line in log):
        return ""
    return (
        f"The container runs as {user}, so that what it writes is yours. Where the image cannot do"
        " with that, let it run as it says: `user: image` below `web:` in devkit.yaml."
    )


def engine_trouble(what: str, done: Completed) -> DevkitError | None:
    """The error where docker, a registry or the disk is to blame, not the project."""
    return could_not_find_out(what, replace(done, trouble=trouble_in(done.output)))
