"""Which services go along with the one that answers, and which of them have ended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from devkit.compose.local import RunningContainer

_SIGNALLED = re.compile(r"Exited \((130|137|143)\)")
"""How most containers end that somebody stops; some of them take the signal for an end with 0."""
_DONE = "Exited (0)"


class Along:
    """The services of one image.

    A person's own compose file may have more of the image than servers and workers: what makes
    the tables once, and ends. And any of them may have been stopped. So one goes along where it
    runs; a worker of devkit.yaml, and what watch itself has started, also where it has failed
    since: then the change may be what mends it.

    Args:
        services: All of them, the one that answers first.
        workers: Those among them that devkit.yaml has as workers.
    """

    def __init__(self, services: tuple[str, ...], *, workers: Collection[str]) -> None:
        self._web = services[0]
        self._workers = frozenset(workers)
        self._started: frozenset[str] = frozenset()
        self._fallen: frozenset[str] = frozenset()

    def part(self, containers: Iterable[RunningContainer]) -> tuple[RunningContainer, ...]:
        """Those of some containers that the next change concerns."""
        return tuple(each for each in containers if self._takes_part(each))

    def begin(self, containers: Iterable[RunningContainer]) -> None:
        """Remember which are started anew."""
        self._started = frozenset(each.service for each in containers)
        self._fallen = frozenset()

    def ended(self, containers: Iterable[RunningContainer]) -> tuple[RunningContainer, ...]:
        """Those that were started last, have ended since, and were to go on running."""
        found = tuple(each for each in containers if self._has_ended(each))
        self._fallen |= {each.service for each in found if not _SIGNALLED.match(each.status)}
        return found

    def _takes_part(self, container: RunningContainer) -> bool:
        service = container.service
        if container.active or service == self._web or service in self._fallen:
            return True
        is_known = service in self._workers or service in self._started
        return is_known and not _is_stopped(container)

    def _has_ended(self, container: RunningContainer) -> bool:
        service = container.service
        if not container.ended or service == self._web or service not in self._started:
            return False
        return service in self._workers or not container.status.startswith(_DONE)


def _is_stopped(container: RunningContainer) -> bool:
    """Whether somebody has stopped it, or it has done its work, as far as that can be told."""
    status = container.status
    return status.startswith(_DONE) or _SIGNALLED.match(status) is not None
