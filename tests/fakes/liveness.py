"""Containers that exit at a given moment of virtual time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.ports import Clock


@dataclass(frozen=True, kw_only=True)
class Exit:
    at: float
    reason: str = "exited with code 3"


class FakeLiveness:
    """Reports each exit from its moment on, and remembers when it was asked for whom."""

    def __init__(
        self, clock: Clock, exits: Mapping[str, Exit] | None = None, *, takes: float = 0.0
    ) -> None:
        self._clock = clock
        self._start = clock.monotonic()
        self._exits = exits or {}
        self._takes = takes
        self.asked: list[tuple[float, tuple[str, ...]]] = []

    async def gone(self, containers: Sequence[str]) -> Mapping[str, str]:
        now = self._clock.monotonic() - self._start
        self.asked.append((now, tuple(containers)))
        if self._takes:
            await self._clock.sleep(self._takes)
        return {
            name: self._exits[name].reason
            for name in containers
            if name in self._exits and self._exits[name].at <= now
        }
