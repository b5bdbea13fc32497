"""A prober that brings the answers it was told to, each after some virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.ports import Address, Answer, Failure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.ports import Clock


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one attempt brings, and how long it takes."""

    answer: Answer
    takes: float = 0.0


def status(code: int, *, takes: float = 0.0) -> Step:
    return Step(answer=Answer(status=code), takes=takes)


def failure(kind: Failure, *, takes: float = 0.0) -> Step:
    return Step(answer=Answer(failure=kind), takes=takes)


OK = status(200)
REFUSED = failure(Failure.REFUSED)


@dataclass(frozen=True, kw_only=True)
class Made:
    """An attempt that was begun."""

    address: Address
    at: float
    connect_timeout: float
    answer_timeout: float


class FakeProber:
    """Follows one script an address; its last step is repeated for ever."""

    def __init__(self, clock: Clock, script: Mapping[Address, Sequence[Step]]) -> None:
        self._clock = clock
        self._start = clock.monotonic()
        self._script = {address: list(steps) for address, steps in script.items()}
        self.made: list[Made] = []
        self.cancelled: list[Address] = []

    async def attempt(
        self, address: Address, *, connect_timeout: float, answer_timeout: float
    ) -> Answer:
        self.made.append(
            Made(
                address=address,
                at=self._clock.monotonic() - self._start,
                connect_timeout=connect_timeout,
                answer_timeout=answer_timeout,
            )
        )
        steps = self._script[address]
        step = steps.pop(0) if len(steps) > 1 else steps[0]
        if step.takes:
            await self._take(address, step.takes)
        return step.answer

    async def _take(self, address: Address, seconds: float) -> None:
        try:
            await self._clock.sleep(seconds)
        except asyncio.CancelledError:
            self.cancelled.append(address)
            raise

    def times(self, address: Address) -> list[float]:
        return [made.at for made in self.made if made.address == address]


class ReadyProber:
    """Refuses until a moment of virtual time, and answers 200 from then on."""

    def __init__(self, clock: Clock, *, ready_after: float) -> None:
        self._clock = clock
        self._ready = clock.monotonic() + ready_after

    async def attempt(self, address: Address, **_timeouts: float) -> Answer:
        del address
        return (OK if self._clock.monotonic() >= self._ready else REFUSED).answer
