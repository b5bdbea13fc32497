"""A proxy that remembers what it was told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.ports import Address

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class FakeProxy:
    """Keeps the promise of ``devkit.ports.Proxy``.

    ``asked`` is a list that other fakes may share, so that a test sees the order; ``requests``
    are what the containers are still answering, look after look.
    """

    asked: list[str] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)

    async def start(self) -> Address:
        self.asked.append("proxy")
        return Address(host="172.18.0.100", port=8080)

    async def route(self, targets: Sequence[Address]) -> None:
        self.asked.append(f"route {' '.join(map(str, targets))}")

    async def persist(self, config: str) -> None:
        targets = re.findall(r"^ *server \S+ (\S+)$", config, re.MULTILINE)
        self.asked.append(f"persist {' '.join(targets)}")

    async def busy(self, targets: Sequence[Address]) -> int:
        assert targets
        return self.requests.pop(0) if self.requests else 0
