"""The proxy, told through the runtime socket inside its container."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.compose.proxy import CONFIG_FILE, RUNTIME_PORT
from devkit.compose.proxy_runtime import (
    QUESTION,
    NoPlaceError,
    PlaceState,
    complaints,
    dialogue,
    plan_switch,
    read_places,
    without_address,
)
from devkit.engine.clock import SystemClock
from devkit.engine.messages import engine_error
from devkit.engine.process import run
from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.compose.proxy_runtime import Place, Switch
    from devkit.ports import Address, Clock, Completed

# The socket is on the container's loopback, and all that its image has to reach it is bash.
_TALK = 'exec 3<>"/dev/tcp/127.0.0.1/$0" && printf "%s\\n" "$1" >&3 && cat <&3'
COMMAND_LIMIT = 30.0
"""Seconds for one command."""
READY_LIMIT = 30.0
"""Seconds for a proxy that was started to take commands, and so connections."""
NAME_LIMIT = 10.0
"""Seconds for the engine's name server to know new containers; HAProxy asks once a second."""
LOOK_EVERY = 0.25
"""Seconds; each look is a process in the container."""


@dataclass(frozen=True, kw_only=True)
class ContainerProxy:
    """HAProxy in a container; keeps the promise of :class:`devkit.ports.Proxy`.

    A target's host is the container's address, or, where the proxy is to follow it when the
    address changes, a DNS name on their network, such as the first 12 digits of its ID.

    Attributes:
        container: Its name or ID.
        environment: The whole environment of the docker commands; None for ours.
        clock: What it waits by.
    """

    container: str
    environment: Mapping[str, str] | None = None
    clock: Clock = field(default_factory=SystemClock)

    async def wait_until_ready(self) -> None:
        """Wait until a proxy that was just started takes connections.

        Raises:
            CouldNotFindOutError: It has exited, or does not come up.
        """
        deadline = self.clock.monotonic() + READY_LIMIT
        while True:
            done = await self._talk(QUESTION)
            if done.ok and read_places(done.output):
                return
            if self.clock.monotonic() > deadline or not await self._runs():
                raise await self._not_up(done)
            await self.clock.sleep(LOOK_EVERY)

    async def route(self, targets: Sequence[Address]) -> None:
        """Send all new requests to these containers, and to no others.

        Closed places get the addresses first. Only when they have them are these places opened
        and the others drained, in one go and in this order: there is no moment without one.

        Raises:
            CouldNotFindOutError: HAProxy does not do as it is told; who got the requests before
                gets them still, unless the message says otherwise.
        """
        switch = self._plan(await self._places(), targets)
        if switch.prepare:
            await self._prepare(switch)
        _check_routed(await self._places(*switch.turn), switch)

    async def busy(self, targets: Sequence[Address]) -> int:
        """How many requests (and open WebSockets) these containers are still answering."""
        places = await self._places()
        return sum(p.requests for p in places if any(p.leads_to(each) for each in targets))

    async def persist(self, config: str) -> None:
        """Let a restarted proxy begin with this configuration.

        Raises:
            CouldNotFindOutError: The engine does not take the file.
        """
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "haproxy.cfg"
            file.write_text(config, encoding="utf-8")
            file.chmod(0o644)  # HAProxy reads it as a user of its own
            done = await self._docker("cp", str(file), f"{self.container}:{CONFIG_FILE}")
        if not done.ok:
            raise engine_error(done.output)

    def _plan(self, places: Sequence[Place], targets: Sequence[Address]) -> Switch:
        try:
            return plan_switch(places, targets)
        except NoPlaceError:
            raise CouldNotFindOutError(
                f"The proxy {self.container} has {len(places)} places, and none is free for"
                f" {len(targets)} more containers.",
                hint="Ask for fewer containers, or restart the proxy once the old ones are gone.",
            ) from None

    async def _prepare(self, switch: Switch) -> None:
        wanted = switch.places.values()
        deadline = self.clock.monotonic() + NAME_LIMIT
        missing = without_address(await self._places(*switch.prepare), wanted)
        while missing:
            if self.clock.monotonic() > deadline:
                raise CouldNotFindOutError(
                    f"The proxy {self.container} finds no address for {', '.join(missing)}"
                    f" within {NAME_LIMIT:.0f} s.",
                    hint="The containers have to run, on the proxy's own network.",
                )
            await self.clock.sleep(LOOK_EVERY)
            missing = without_address(await self._places(), wanted)

    async def _places(self, *commands: str) -> tuple[Place, ...]:
        """Carry out commands and return how things stand after them."""
        done = await self._talk((*commands, *QUESTION))
        if not done.ok:
            raise engine_error(done.output)
        wrong, places = complaints(done.output), read_places(done.output)
        if wrong or not places:
            said = wrong[0] if wrong else "nothing"
            raise CouldNotFindOutError(f"The proxy {self.container} answers: {said}", details=wrong)
        return places

    async def _talk(self, commands: Sequence[str]) -> Completed:
        text = dialogue(commands)
        return await self._docker(
            "exec", self.container, "bash", "-c", _TALK, str(RUNTIME_PORT), text
        )

    async def _runs(self) -> bool:
        found = await self._docker("inspect", "--format", "{{.State.Running}}", self.container)
        return found.output.strip() == "true"

    async def _not_up(self, done: Completed) -> CouldNotFindOutError:
        logs = await self._docker("logs", "--tail", "10", self.container)
        return CouldNotFindOutError(
            f"The proxy {self.container} does not come up.",
            details=tuple((logs if logs.ok else done).output.splitlines()),
        )

    async def _docker(self, *words: str) -> Completed:
        return await run(["docker", *words], env=self.environment, timeout=COMMAND_LIMIT)


def _check_routed(places: Sequence[Place], switch: Switch) -> None:
    """Make sure that the open places are those of the targets, and all of them."""
    opened = {place.name for place in places if place.state is PlaceState.OPEN}
    wanted = set(switch.places.values())
    if opened != wanted:
        odd = ", ".join(sorted(opened ^ wanted))
        raise CouldNotFindOutError(
            f"The proxy was told to switch, and did so in part only; these places differ: {odd}."
        )
