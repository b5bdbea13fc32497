"""An event loop whose time stands still while anything happens, and else jumps to the next timer.

Sockets are real; only waiting is left out. So two minutes of a gate over servers in the same loop
pass in seconds, and how busy the machine is does not matter.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")

QUIET = 0.01
"""Seconds without any event after which all are taken to be waiting for a timer."""
SAME_MOMENT = 1e-6
"""Seconds between two timers that are one, but for the rounding of floats."""


class _Selector(selectors.SelectSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        events = super().select(QUIET if timeout > SAME_MOMENT else 0)
        if not events:
            self.now += timeout
        return events


class JumpingLoop(asyncio.SelectorEventLoop):
    """See the module; a thread's work would be missed, so there is to be none."""

    def __init__(self) -> None:
        self._jumping = _Selector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


class JumpingClock:
    """Keeps the promise of :class:`devkit.ports.Clock` on the running loop's time."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def run_jumping(main: Coroutine[None, None, T]) -> T:
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(main)
