"""The real time."""

from __future__ import annotations

import asyncio
import time


class SystemClock:
    """Keeps the promise of :class:`devkit.ports.Clock`."""

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait, letting other tasks go on."""
        await asyncio.sleep(seconds)
