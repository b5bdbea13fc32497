"""The new image in a container of its own, beside the one that serves, until it answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from devkit.compose.words import compose
from devkit.engine import local_up
from devkit.engine.commands import ask
from devkit.engine.http import wait_for_answer
from devkit.engine.local_logs import log_of
from devkit.engine.process import run
from devkit.errors import GateError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from devkit.engine.local_stack import LocalStack

LIMIT = 30.0
NEW = "The new container"
SETTLED = 1.0
"""Seconds after which one that publishes nothing, and still runs, counts as started."""


class Candidate:
    """A one-off container of the service, published on a port of 127.0.0.1 that is free.

    Args:
        stack: The project.
        service: The service.
        environment: The person's environment, for docker.
        name: What it is to be called.
    """

    def __init__(
        self, stack: LocalStack, *, service: str, environment: Mapping[str, str], name: str
    ) -> None:
        self._stack = stack
        self._service = service
        self._environment = environment
        self._name = name

    async def start(self, *, on_line: Callable[[str], None]) -> None:
        """Start it, as Compose would start the service.

        Raises:
            GateError: It cannot be started.
            CouldNotFindOutError: The engine does not answer.
        """
        port = f"127.0.0.1::{self._stack.target}"
        publish = ["--publish", port] * (self._stack.publish is not None)
        flags = ["--detach", "--no-deps", "--no-TTY", "--name", self._name, *publish]
        command = compose(self._stack.compose, "--progress", "plain", "run", *flags, self._service)
        done = await run(command, cwd=self._stack.root, env=self._environment, on_line=on_line)
        if not done.ok:
            raise local_up.engine_trouble(
                "The new container could not be started", done
            ) or GateError(
                "The new container does not start; the old one serves on.", details=done.tail()
            )

    async def answers(self) -> None:
        """Wait until it answers, whatever the status.

        Raises:
            GateError: It ends, or does not answer in time.
        """
        if self._stack.publish is None:
            await asyncio.sleep(SETTLED)
            ended = await self.gone([NEW])
            sentence = f"{NEW} {ended[NEW]}" if ended else ""
        else:
            verdict = await wait_for_answer(
                await asyncio.to_thread(self._port), container=NEW,
                policy=local_up.WATCHED, liveness=self,
            )  # fmt: skip
            sentence = "" if verdict.status is not None else verdict.sentence.rstrip(".")
        if sentence:
            raise GateError(f"{sentence}; the old one serves on.", details=await self._log())

    async def gone(self, containers: Sequence[str]) -> Mapping[str, str]:
        """Keep the promise of :class:`devkit.ports.Liveness`."""
        state = await asyncio.to_thread(
            self._ask, "inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", self._name
        )
        status, _, code = state.strip().partition(" ")
        if status in {"exited", "dead"} and NEW in containers:
            return {NEW: f"exited with code {code}"}
        return {}

    async def remove(self) -> None:
        """Remove it, wherever it has got to."""
        await asyncio.to_thread(self._ask, "rm", "--force", "--volumes", self._name)

    def _port(self) -> int:
        told = self._ask("port", self._name, f"{self._stack.target}/tcp")
        found = told.splitlines()[:1]
        if not found or not found[0].rpartition(":")[2].isdigit():
            return 1  # nobody listens there: the container has ended, which is told as such
        return int(found[0].rpartition(":")[2])

    async def _log(self) -> tuple[str, ...]:
        return await asyncio.to_thread(log_of, self._stack, self._name, lines=local_up.LOG_LINES)

    def _ask(self, *words: str) -> str:
        done = ask(["docker", *words], cwd=self._stack.root, env=self._environment, timeout=LIMIT)
        return done.output if done.ok else ""
