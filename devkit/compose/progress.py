"""What Compose's plain progress lines say of each service."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_LINE = re.compile(r"^\s*Container (?P<container>\S+)\s+(?P<state>[A-Z]\w+)\s*$")


@dataclass(kw_only=True)
class UpProgress:
    """Follows the lines of one ``docker compose up``.

    Attributes:
        project: The Compose project's name, the first part of its containers' names.
    """

    project: str
    _since: dict[str, float] = field(default_factory=dict)
    _until: dict[str, float] = field(default_factory=dict)

    def read(self, line: str, *, now: float) -> None:
        """Take one line; other lines than a container's progress are passed over.

        Args:
            line: A line of Compose's output.
            now: The time in seconds, on any clock that never goes back.
        """
        found = _LINE.match(line)
        if found is not None:
            service = service_of(found["container"], project=self.project)
            self._since.setdefault(service, now)
            self._until[service] = now

    def seconds(self, service: str) -> float:
        """How long Compose was at a service; 0 where it said nothing of it."""
        return self._until.get(service, 0.0) - self._since.get(service, 0.0)


def service_of(container: str, *, project: str) -> str:
    """The service of a container that Compose named ``project-service-1``."""
    inner = container.removeprefix(f"{project}-")
    stem, _, number = inner.rpartition("-")
    return stem if inner != container and number.isdigit() else container
