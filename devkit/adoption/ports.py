"""The ports of a service in a compose file, in whichever form they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOOPBACK = ("127.", "::1", "localhost", "[::1]")

_SHORT = re.compile(
    r"(?:(?P<host>\[[0-9a-fA-F:]+\]|[^:\s]+):(?=[^:/]*:))?(?:(?P<published>[\d-]*):)?"
    r"(?P<target>\d+)(?P<range>-\d+)?(?:/(?P<protocol>\w+))?"
)


@dataclass(frozen=True, kw_only=True)
class PublishedPort:
    """One port.

    Attributes:
        target: Inside the container; the first of a range.
        published: On the host, the first of a range; None where the engine chooses one.
        host: The host's address; empty for all of them.
    """

    target: int
    published: int | None = None
    host: str = ""

    @property
    def is_open(self) -> bool:
        """Whether others on the network reach it."""
        return not self.host.startswith(LOOPBACK)


def published_ports(service: Mapping[str, Any]) -> tuple[PublishedPort, ...]:
    """The TCP ports that a service publishes; what cannot be followed is left out.

    Args:
        service: As a compose file has it, or as ``docker compose config`` writes it.
    """
    ports = service.get("ports") or ()
    return tuple(_ports(ports)) if isinstance(ports, list | tuple) else ()


def _ports(ports: list[Any] | tuple[Any, ...]) -> Iterator[PublishedPort]:
    for each in ports:
        port = _long(each) if isinstance(each, dict) else _short(str(each))
        if port is not None:
            yield port


def _long(written: Mapping[str, Any]) -> PublishedPort | None:
    target = _number(written.get("target"))
    if target is None or str(written.get("protocol") or "tcp") != "tcp":
        return None
    return PublishedPort(
        target=target,
        published=_number(written.get("published")),
        host=str(written.get("host_ip") or ""),
    )


def _short(written: str) -> PublishedPort | None:
    found = _SHORT.fullmatch(written)
    if found is None or (found["protocol"] or "tcp") != "tcp":
        return None
    return PublishedPort(
        target=int(found["target"]),
        published=_number(found["published"]),
        host=found["host"] or "",
    )


def _number(value: object) -> int | None:
    """The first port of ``8000`` or ``8000-8010``; 0 stands for any."""
    first = str(value or "").partition("-")[0]
    return int(first) or None if first.isdecimal() else None
