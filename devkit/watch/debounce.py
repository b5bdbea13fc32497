"""When a batch of changes is whole: after some rest, and in any case after a while."""

from __future__ import annotations

REST = 0.1
"""Seconds without a change after which a batch is whole."""
MOST = 1.0
"""Seconds after the first change after which it is, however many still come."""


class Debounce:
    """Gathers changes; it has no clock of its own and is told what time it is.

    Args:
        rest: Seconds without a change.
        most: Seconds from the first change of a batch.
    """

    def __init__(self, *, rest: float = REST, most: float = MOST) -> None:
        self._rest = rest
        self._most = most
        self._paths: dict[str, None] = {}
        self._first = 0.0
        self._last = 0.0

    def add(self, path: str, *, now: float) -> None:
        """Take a change, at a time on any clock that never goes back."""
        if not self._paths:
            self._first = now
        self._paths[path] = None
        self._last = now

    @property
    def due(self) -> float | None:
        """When the batch will be whole, if nothing more comes; None where there is none."""
        return min(self._last + self._rest, self._first + self._most) if self._paths else None

    def take(self) -> tuple[str, ...]:
        """The batch, in the order of the first change of each path; a new one begins."""
        paths = tuple(self._paths)
        self._paths = {}
        return paths
