"""Then: requests go to the new containers, and only then the old ones end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from devkit.ports import Address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.deployment.new_version import Serving
    from devkit.ports import Clock, Proxy, Stage, Stopped

NAME_LENGTH = 12
"""How much of a container's ID the engine's name server knows it by."""

DRAIN_LIMIT = 30.0
"""Seconds that the old containers have for the requests they are answering."""

LOOK_AGAIN = 0.5
"""Seconds; each look asks the proxy, which takes a process."""


class Busy(Protocol):
    """What of a proxy the draining needs."""

    async def busy(self, targets: Sequence[Address]) -> int:
        """How many requests these containers are still answering."""
        ...


@dataclass(frozen=True, kw_only=True)
class Switched:
    """How the switch went.

    Attributes:
        drained: Seconds until the old containers had answered what they were asked before.
        unanswered: Requests that they were still answering when their time was up.
        stopped: The old containers, and how long each took to end.
    """

    drained: float
    unanswered: int
    stopped: tuple[Stopped, ...]

    @property
    def summary(self) -> str:
        """A few words on it."""
        if not self.stopped:
            return "requests go to the new containers"
        slowest = max(each.seconds for each in self.stopped)
        return f"old containers drained in {self.drained:.1f} s, ended within {slowest:.1f} s"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said of the old containers, one sentence each."""
        late = (
            f"{self.unanswered} requests to the old containers took longer than"
            f" {DRAIN_LIMIT:.0f} s and were cut off."
        )
        killed = [
            f"{each.name} did not end on SIGTERM and was killed after {each.seconds:.0f} s: let its"
            " first process heed the signal (CMD in brackets, `exec` in a start script)."
            for each in self.stopped
            if each.killed
        ]
        return (*([late] if self.unanswered else []), *killed)


async def switch(
    proxy: Proxy, *, new: Serving, old: Serving | None, old_stage: Stage | None, clock: Clock
) -> Switched:
    """Route to the new containers, let the old ones finish, and end them: in this order.

    Args:
        proxy: Hands the requests out.
        new: Has passed the gate.
        old: What requests went to until now; None where this is the first deployment.
        old_stage: Where the old containers are.
        clock: Measures the draining.
    """
    await proxy.route(addresses(new))
    if old is None or old_stage is None:
        return Switched(drained=0.0, unanswered=0, stopped=())
    began = clock.monotonic()
    unanswered = await drain(proxy, addresses(old), clock)
    drained = clock.monotonic() - began
    stopped = await old_stage.stop_containers()
    return Switched(drained=drained, unanswered=unanswered, stopped=stopped)


def by_name(serving: Serving) -> Serving:
    """The same containers, by names that the proxy follows when the engine restarts them."""
    named = tuple(replace(c, host=c.id[:NAME_LENGTH]) for c in serving.containers)
    return replace(serving, containers=named)


def addresses(serving: Serving) -> tuple[Address, ...]:
    """Where the proxy reaches the containers: on the network that it shares with them."""
    return tuple(Address(host=c.host, port=serving.port) for c in serving.containers)


async def drain(proxy: Busy, targets: Sequence[Address], clock: Clock) -> int:
    """Wait until containers answer nothing any more.

    Returns:
        How many requests are left when their time is up.
    """
    end = clock.monotonic() + DRAIN_LIMIT
    while (busy := await proxy.busy(targets)) and clock.monotonic() < end:
        await clock.sleep(LOOK_AGAIN)
    return busy
