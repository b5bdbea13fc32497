"""What a watched project's changes lead to: files copied in, restarts, and new images."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shlex
import time
from typing import TYPE_CHECKING, Any

from devkit.compose import words
from devkit.engine import local_up
from devkit.engine.engine_state import all_containers
from devkit.engine.local_logs import log_since
from devkit.engine.messages import engine_error, is_no_container
from devkit.engine.process import run
from devkit.engine.shielding import to_the_end
from devkit.engine.watch_candidate import Candidate
from devkit.engine.watch_copies import copies_of
from devkit.engine.watch_setting import is_built
from devkit.errors import (
    BuildError,
    CouldNotFindOutError,
    GateError,
    ReleaseCommandError,
    ServicesError,
)
from devkit.watch.along import Along

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from devkit.compose.local import RunningContainer
    from devkit.engine.local_stack import LocalStack
    from devkit.watch.meaning import Meaning

STOP_TIME = 1
"""Seconds that a development server has to end by itself; Compose would wait for ten."""
LOG_LINES = 12
LIMIT = 120.0
"""Seconds for one short docker command."""


class LocalActions:
    """Acts on the containers of a local project.

    Args:
        stack: The project.
        document: What docker compose makes of its files.
        services: Those that run the image, the one that answers first.
        environment: The person's environment, for docker.
        on_line: Told of every line of output.
        warn: Told, in a sentence, of what could not be done and is not worth stopping for.
    """

    def __init__(
        self,
        stack: LocalStack,
        *,
        document: Mapping[str, Any],
        services: tuple[str, ...],
        environment: Mapping[str, str],
        on_line: Callable[[str], None],
        warn: Callable[[str], None],
    ) -> None:
        self._stack = stack
        self._services = services
        self._built = tuple(each for each in services if is_built(document, each))
        self._along = Along(services, workers=[each.name for each in stack.project.workers])
        self._environment = environment
        self._on_line = on_line
        self._warn = warn
        self._containers: tuple[RunningContainer, ...] = ()
        self._asking_since = 0.0

    async def sync(self, files: Iterable[Meaning]) -> None:
        """Copy files into the containers, and remove there what is gone here.

        Raises:
            ServicesError: There is no container.
            CouldNotFindOutError: The engine does not take them.
        """
        copies = await copies_of(self._stack, files, environment=self._environment)
        for _ in range(2):  # a container may have been replaced by somebody else since
            containers = await self._running()
            copied = [await copies.into(each, warn=self._warn) for each in containers]
            if all(copied):
                return
            self._containers = ()
        raise CouldNotFindOutError("The files could not be copied into the container.")

    async def restart(self) -> int | None:
        """Restart the containers, at once, and wait for an answer.

        Returns:
            The status of the answer; None where nobody can ask.

        Raises:
            ServicesError: There is no container.
            GateError: It does not answer.
            CouldNotFindOutError: The engine does not do it.
        """
        for _ in range(2):  # a container may have been replaced by somebody else since
            containers = await self._taking_part()
            self._along.begin(containers)
            if await to_the_end(self._restart(containers)):
                return await self.answer()
            self._containers = ()
        raise CouldNotFindOutError("The container could not be restarted: there is none any more.")

    async def restart_others(self, services: Collection[str]) -> tuple[str, ...]:
        """Restart the containers of some services that nobody asks for an answer.

        Returns:
            The services that were restarted: those that take part in changes now.

        Raises:
            CouldNotFindOutError: The engine does not do it.
        """
        for _ in range(2):  # a container may have been replaced by somebody else since
            part = [each for each in self._along.part(await self._found())
                    if each.service in services]  # fmt: skip
            if not part:
                return ()
            self._along.begin(part)
            if await to_the_end(self._restart(part)):
                return tuple(dict.fromkeys(each.service for each in part))
        raise CouldNotFindOutError("The containers could not be restarted: they are gone.")

    async def build(self) -> None:
        """Build the image; the containers run on.

        Raises:
            BuildError: It does not build.
            CouldNotFindOutError: The engine or a registry gives no answer.
        """
        command = [*words.build(self._stack.compose), *self._built]
        where, environment = self._stack.root, self._environment
        done = await run(command, cwd=where, env=environment, on_line=self._on_line)
        if not done.ok:
            raise local_up.engine_trouble("The image could not be built", done) or BuildError(
                "The image does not build.", details=done.tail()
            )

    async def replace(self) -> int | None:
        """Start the new image beside the old container, and put it in its place if it answers.

        Returns:
            The status of the answer; None where nobody can ask.

        Raises:
            GateError: It does not answer; the old container serves on.
            CouldNotFindOutError: The engine does not do it.
        """
        candidate = Candidate(
            self._stack, service=self.web, environment=self._environment,
            name=f"{self._stack.name}-watch-{secrets.token_hex(4)}",
        )  # fmt: skip
        try:
            await candidate.start(on_line=self._on_line)
            with self._asking():
                await candidate.answers()
        except BaseException:
            await to_the_end(candidate.remove())
            raise
        # Neither is there a container nor an answer in between: it is not to be left so.
        await to_the_end(self._swap_for(candidate))
        return await self.answer()

    async def release(self, command: str, *, on_line: Callable[[str], None]) -> None:
        """Run a release command in a container of its own.

        Args:
            command: The command.
            on_line: Told of every line that it writes.

        Raises:
            ReleaseCommandError: It exits with another code than 0.
            CouldNotFindOutError: The engine does not answer.
        """
        name = f"{self._stack.name}-watch-{secrets.token_hex(4)}"
        split = shlex.split(command)
        line = words.one_off(
            self._stack.compose, split, name=name, tty=False, quiet=True, web=self._stack.web
        )
        where, environment = self._stack.root, self._environment
        try:
            done = await run(line, cwd=where, env=environment, on_line=on_line)
        except asyncio.CancelledError:
            await to_the_end(self._run(["docker", "rm", "--force", "--volumes", name]))
            raise
        if not done.ok:
            raise ReleaseCommandError(
                f"The release command `{command}` exited with code {done.returncode}.",
                details=done.tail(),
            )

    async def recreate(self) -> None:
        """Recreate what the configuration has changed.

        Raises:
            DevkitError: As devkit.engine.local_up.start says.
        """
        self._containers = ()
        found = await local_up.start(
            self._stack, environment=self._environment, on_line=self._on_line
        )
        self._along.begin(each for each in found if each.service in self._services)

    async def standing(self) -> frozenset[str]:
        """The IDs of the containers that changes concern now.

        Raises:
            CouldNotFindOutError: The engine does not answer.
        """
        self._containers = await self._found()
        return frozenset(each.id for each in self._along.part(self._containers))

    async def ended(self) -> tuple[str, ...]:
        """The services that were started last and have ended since, a sentence each.

        Raises:
            CouldNotFindOutError: The engine does not answer.
        """
        if self.alone:
            return ()
        return tuple(map(local_up.has_ended, self._along.ended(await self._found())))

    @property
    def web(self) -> str:
        """The service that answers."""
        return self._services[0]

    @property
    def alone(self) -> bool:
        """Whether the service that answers is the only one of its image."""
        return len(self._services) == 1

    async def log_since(self, moment: float) -> tuple[str, ...]:
        """What the service that answers has logged since a moment: its last lines, no secrets.

        Args:
            moment: Seconds since 1970.

        Raises:
            ServicesError: There is no container.
            CouldNotFindOutError: The engine does not answer.
        """
        found = self._some(await self._found())  # it may have been replaced since
        web = next((each for each in found if each.service == self.web), None)
        if web is None:
            return ()
        return await log_since(
            self._stack, web.id, moment, lines=LOG_LINES, environment=self._environment
        )

    async def answer(self) -> int | None:
        """Wait for an answer.

        Returns:
            The status of the answer; None where nobody can ask.

        Raises:
            GateError: It does not answer.
        """
        if self._stack.publish is None:
            return None
        with self._asking():
            verdict = await local_up.answer(
                self._stack, self._stack.publish, policy=local_up.WATCHED
            )
        return verdict.status

    async def glance(self) -> int | None:
        """Look whether the page answers, of a server that may be starting anew by itself.

        Returns:
            The status of the answer; None where nobody can ask.

        Raises:
            GateError: It does not answer.
        """
        if self._stack.publish is None:
            return None
        status = await local_up.glance(self._stack, self._stack.publish)
        if status is None:
            raise GateError(f"{self.web} does not answer.")
        return status

    async def _restart(self, containers: Iterable[RunningContainer]) -> bool:
        command = ["docker", "restart", "--time", str(STOP_TIME)]
        done = await asyncio.gather(*(self._run([*command, each.id]) for each in containers))
        return all(done)

    async def _swap_for(self, candidate: Candidate) -> None:
        """Swap while the candidate is removed, which takes half as long."""
        removal = asyncio.ensure_future(candidate.remove())
        try:
            await self._swap()
        finally:
            await removal

    async def _swap(self) -> None:
        self._containers = ()
        part = () if self.alone else self._along.part(await self._found())
        self._along.begin(part)
        taken = {self.web, *(each.service for each in part)}
        services = [each for each in self._services if each in taken]
        command = words.swap(self._stack.compose, services, stop_time=STOP_TIME)
        done = await local_up.run_up(
            self._stack, command, environment=self._environment, on_line=self._on_line
        )
        if not done.ok:
            raise local_up.engine_trouble(
                "The container could not be replaced", done
            ) or ServicesError("The container could not be replaced.", details=done.tail())

    @property
    def asked_for(self) -> float:
        """For how many seconds a container has been asked for an answer; 0 where none is."""
        return time.monotonic() - self._asking_since if self._asking_since else 0.0

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        self._asking_since = time.monotonic()
        try:
            yield
        finally:
            self._asking_since = 0.0

    async def _taking_part(self) -> tuple[RunningContainer, ...]:
        if not self.alone:
            self._containers = ()  # others may have ended or been stopped since
        return self._some(self._along.part(await self._running()))

    async def _running(self) -> tuple[RunningContainer, ...]:
        if not self._containers:
            self._containers = await self._found()
        return self._some(self._containers)

    def _some(self, found: tuple[RunningContainer, ...]) -> tuple[RunningContainer, ...]:
        if not found:
            raise ServicesError(
                f"There is no container of {self.web}.", hint="`devkit up` starts it."
            )
        return found

    async def _found(self) -> tuple[RunningContainer, ...]:
        found = await asyncio.to_thread(
            all_containers, cwd=self._stack.root, environment=self._environment,
            project=self._stack.name,
        )  # fmt: skip
        return tuple(each for each in found if each.service in self._services)

    async def _run(self, command: list[str]) -> bool:
        done = await run(command, cwd=self._stack.root, env=self._environment, timeout=LIMIT)
        if not done.ok and not is_no_container(done.output):
            raise engine_error(done.output)
        return done.ok
