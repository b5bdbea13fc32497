"""A stage that does what a test scripts, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.ports import Background, Changes, Completed, Container, Image, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from devkit.ports import Finding

DONE = Completed(returncode=0, output="")


@dataclass
class FakeStage:
    """Keeps the promise of ``devkit.ports.Stage`` without an engine.

    ``slow_services`` makes the services wait for ever, as a database that never gets healthy;
    ``endless`` does so with a command.
    """

    services: Completed = DONE
    slow_services: bool = False
    built: Completed = DONE
    commands: list[Completed] = field(default_factory=list)
    started: Completed = DONE
    web: tuple[Container, ...] = ()
    databases: tuple[Container, ...] = ()
    workers: tuple[Container, ...] = ()
    ports: tuple[int, ...] = (80,)
    log: tuple[str, ...] = ()
    at_hand: bool = False
    sockets: str = ""
    command_sockets: str = ""
    endless: bool = False
    says: str = "a line of the command"
    changed: Changes = field(default_factory=Changes)
    background: Background = field(default_factory=Background)
    asked: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    async def start_services(self) -> Completed:
        self.asked.append("services")
        if self.slow_services:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled.append("services")
                raise
        await asyncio.sleep(0)
        return self.services

    async def build(
        self, context: Path, *, on_line: Callable[[str], None], timeout: float
    ) -> Completed:
        self.asked.append(f"build {context.name} within {timeout:.0f} s")
        on_line("a line of the build")
        await asyncio.sleep(0)
        return self.built

    async def reuse_image(self) -> bool:
        self.asked.append("reuse")
        return self.at_hand

    async def image(self) -> Image:
        return Image(tag="devkit/app:1", id="sha256:1", ports=self.ports)

    async def run_command(
        self, words: Sequence[str], *, on_line: Callable[[str], None], timeout: float
    ) -> Completed:
        self.asked.append(f"run {list(words)} within {timeout:.0f} s")
        if self.says:
            on_line(self.says)
        if self.endless:
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled.append("command")
        return self.commands.pop(0) if self.commands else DONE

    async def prepare_containers(self, count: int) -> None:
        self.asked.append(f"prepare {count}")

    async def start_containers(self, count: int, *, publish: int | None = None) -> Completed:
        self.asked.append(f"start {count}" + (f" publishing {publish}" if publish else ""))
        if not self.web:
            self.web = tuple(
                Container(id=str(n), name=f"web-{n}", host=f"172.18.0.{n}")
                for n in range(1, count + 1)
            )
        return self.started

    async def containers(self) -> tuple[Container, ...]:
        return self.web

    async def worker_containers(self) -> tuple[Container, ...]:
        return self.workers

    async def stop_containers(self) -> tuple[Stopped, ...]:
        self.asked.append("stop")
        return tuple(Stopped(name=c.name, seconds=0.5) for c in self.web)

    async def stopped(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.web if not each.running)

    async def service_containers(self) -> tuple[Container, ...]:
        return self.databases

    async def logs(self, container: str, *, lines: int) -> tuple[str, ...]:
        self.asked.append(f"logs {container}")
        return self.log[-lines:]

    async def listeners(self, container: str) -> str:
        self.asked.append(f"listeners {container}")
        return self.sockets

    async def command_listeners(self) -> str:
        return self.command_sockets

    async def changes(self, container: str) -> Changes:
        assert container in {each.name for each in self.web}
        return self.changed


@dataclass
class FakeCheckout:
    """Keeps the promise of ``devkit.ports.Checkout`` by making a folder."""

    found: tuple[Finding, ...] = ()
    has_dockerfile: bool = True

    async def check_out(self, destination: Path) -> None:
        destination.mkdir(parents=True)  # noqa: ASYNC240 - one small folder
        if self.has_dockerfile:
            (destination / "Dockerfile").write_text("FROM scratch\n")

    async def findings(self, clone: Path) -> tuple[Finding, ...]:
        assert clone.is_dir()  # noqa: ASYNC240 - one look
        return self.found
