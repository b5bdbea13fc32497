"""Virtual time: as many sleepers as one likes, and no waiting."""

from __future__ import annotations

import asyncio
import itertools

SETTLED = 10
"""Rounds of the event loop without a new sleeper after which nobody has anything to do."""


class FakeClock:
    """Jumps to the next sleeper's time when everybody sleeps.

    Args:
        start: The first moment, which is nobody's zero.
        late: Seconds by which every sleep lasts too long, as real timers do.
    """

    def __init__(self, *, start: float = 1000.0, late: float = 0.0) -> None:
        self.start = start
        self.late = late
        self._now = start
        self._sleepers: set[tuple[float, int]] = set()
        self._order = itertools.count()
        self._quiet = 0

    @property
    def elapsed(self) -> float:
        return self._now - self.start

    def monotonic(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        sleeper = (self._now + seconds + self.late, next(self._order))
        self._sleepers.add(sleeper)
        self._quiet = 0
        try:
            await asyncio.sleep(0)
            while self._now < sleeper[0]:
                self._tick(sleeper)
                await asyncio.sleep(0)
        finally:
            self._sleepers.remove(sleeper)
            self._quiet = 0

    def _tick(self, sleeper: tuple[float, int]) -> None:
        if sleeper != min(self._sleepers):
            return
        self._quiet += 1
        if self._quiet > SETTLED:
            self._now = sleeper[0]
