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
from devkit.engine.commands import ask
from devkit.engine.engine_state import all_containers
from devkit.engine.local_logs import log_since
from devkit.engine.messages import engine_error, trouble_beside
from devkit.engine.process import run
from devkit.engine.shielding import to_the_end
from devkit.engine.watch_candidate import Candidate
from devkit.engine.watch_copies import archive, sort_out
from devkit.engine.watch_setting import is_built
from devkit.errors import BuildError, CouldNotFindOutError, ReleaseCommandError, ServicesError
from devkit.ports import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from devkit.compose.local import RunningContainer
    from devkit.deployment.gate_policy import GatePolicy
    from devkit.engine.local_stack import LocalStack
    from devkit.ports import Completed
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
        here, gone = sort_out(self._stack, files)
        packed = await asyncio.to_thread(archive, here)
        for _ in range(2):  # a container may have been replaced by somebody else since
            containers = await self._running()
            copied = [await self._into(each, packed, gone) for each in containers]
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
            containers = await self._running()
            if await to_the_end(self._restart(containers)):
                return await self.answer()
            self._containers = ()
        raise CouldNotFindOutError("The container could not be restarted: there is none any more.")

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
            self._stack, service=self._services[0], environment=self._environment,
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
            await to_the_end(self._run(["docker", "rm", "--force", name]))
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
        await local_up.start(self._stack, environment=self._environment, on_line=self._on_line)

    async def standing(self) -> frozenset[str]:
        """The IDs of the containers that are there now.

        Raises:
            CouldNotFindOutError: The engine does not answer.
        """
        self._containers = await self._found()
        return frozenset(each.id for each in self._containers)

    async def log_since(self, moment: float) -> tuple[str, ...]:
        """What the service that answers has logged since a moment: its last lines, no secrets.

        Args:
            moment: Seconds since 1970.

        Raises:
            ServicesError: There is no container.
            CouldNotFindOutError: The engine does not answer.
        """
        web = next((e for e in await self._running() if e.service == self._services[0]), None)
        if web is None:
            return ()
        return await log_since(
            self._stack, web.id, moment, lines=LOG_LINES, environment=self._environment
        )

    async def answer(self, *, policy: GatePolicy = local_up.WATCHED) -> int | None:
        """Wait for an answer.

        Args:
            policy: How long, and how often to ask.

        Returns:
            The status of the answer; None where nobody can ask.

        Raises:
            GateError: It does not answer.
        """
        if self._stack.publish is None:
            return None
        with self._asking():
            verdict = await local_up.answer(self._stack, self._stack.publish, policy=policy)
        return verdict.status

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
        command = words.swap(self._stack.compose, self._services, stop_time=STOP_TIME)
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

    async def _running(self) -> tuple[RunningContainer, ...]:
        if not self._containers:
            self._containers = await self._found()
        if not self._containers:
            raise ServicesError(
                f"There is no container of {self._services[0]}.", hint="`devkit up` starts it."
            )
        return self._containers

    async def _found(self) -> tuple[RunningContainer, ...]:
        found = await asyncio.to_thread(
            all_containers, cwd=self._stack.root, environment=self._environment,
            project=self._stack.name,
        )  # fmt: skip
        return tuple(each for each in found if each.service in self._services)

    async def _into(self, container: RunningContainer, packed: bytes, gone: list[str]) -> bool:
        if packed:
            copy = ["docker", "cp", "-", f"{container.id}:/"]
            if not await asyncio.to_thread(self._ask, copy, packed):
                return False
        return not gone or await self._removed(container, gone)

    async def _removed(self, container: RunningContainer, gone: list[str]) -> bool:
        """Remove files as root, whose they are; whether there is such a container.

        It may have no `rm`, or may have ended: what is left there is gone with the next image.
        """
        command = ["docker", "exec", "--user", "0", container.id, "rm", "-f", *gone]
        done = await run(command, cwd=self._stack.root, env=self._environment, timeout=LIMIT)
        if not done.ok and _is_gone(done):
            return False
        if not done.ok and trouble_beside(done.output) is not Trouble.NONE:
            raise engine_error(done.output)
        if not done.ok:
            more = f" and {len(gone) - 1} more" * (len(gone) > 1)
            why = engine_error(done.output).message.rstrip(".")
            self._warn(
                f"{gone[0]}{more} could not be removed from the container, and stays there until"
                f" its image is built anew ({why})."
            )
        return True

    def _ask(self, command: list[str], fed: bytes) -> bool:
        done = ask(command, cwd=self._stack.root, env=self._environment, timeout=LIMIT, fed=fed)
        return done.ok

    async def _run(self, command: list[str]) -> bool:
        done = await run(command, cwd=self._stack.root, env=self._environment, timeout=LIMIT)
        if not done.ok and not _is_gone(done):
            raise engine_error(done.output)
        return done.ok


def _is_gone(done: Completed) -> bool:
    return "No such container" in done.output
