"""What is said to a running HAProxy, and what it answers; nothing here talks to one."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from devkit.compose.proxy import NOWHERE, POOL, is_dns_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from devkit.ports import Address

QUESTION = (f"show servers state {POOL}", f"show stat {POOL} 4 -1")
"""Where each place leads and whether it is open, and how many requests it has."""

# The bits of srv_admin_state; the others only remember how a state came about.
_CLOSED = 0x01 | 0x02 | 0x20
_DRAINING = 0x08 | 0x10
_PROMPTS = re.compile(r"^(> ?)+")
_STATE_HEAD, _STAT_HEAD = "# be_id", "# pxname"
_SUCCESS = re.compile(r".+ by 'stats socket command'")
_STATE = re.compile(rf"\d+ {POOL} \d+ .+")


class PlaceState(Enum):
    """What becomes of requests at a place."""

    OPEN = "gets new requests"
    DRAINING = "finishes those that it has"
    CLOSED = "has no container, or its name leads nowhere"


@dataclass(frozen=True, kw_only=True)
class Place:
    """One of the servers that HAProxy's configuration declares.

    Attributes:
        name: Of the server in the configuration.
        host: The address that it leads to now.
        port: The port.
        dns_name: The name that its address is taken from; empty for none.
        state: Whether it gets requests.
        requests: How many it is answering.
    """

    name: str
    host: str
    port: int
    dns_name: str
    state: PlaceState
    requests: int

    def leads_to(self, target: Address) -> bool:
        """Whether it is this container's."""
        return target.port == self.port and target.host in {self.host, self.dns_name}

    def is_given(self, target: Address) -> bool:
        """The same, and in the same words: one given by name follows the name."""
        return target.port == self.port and target.host == (self.dns_name or self.host)

    @property
    def is_free(self) -> bool:
        """Whether another container can have it."""
        return self.state is not PlaceState.OPEN and self.requests == 0


class NoPlaceError(Exception):
    """More containers than places."""


@dataclass(frozen=True, kw_only=True)
class Switch:
    """The commands of one switch.

    Attributes:
        prepare: What leads closed places to new containers; a name's address is to be awaited.
        turn: What opens the places of the targets, all of them before the others are drained.
        places: The place of each target.
    """

    prepare: tuple[str, ...]
    turn: tuple[str, ...]
    places: dict[Address, str]


def plan_switch(places: Sequence[Place], targets: Iterable[Address]) -> Switch:
    """What to say so that all new requests go to the targets and to no others.

    Raises:
        NoPlaceError: There is no free place for one of them.
    """
    chosen: dict[Address, Place] = {}
    for target in dict.fromkeys(targets):
        left = [place for place in places if place not in chosen.values()]
        chosen[target] = _place_for(target, left)
    new = [(target, place) for target, place in chosen.items() if not place.is_given(target)]
    drained = [
        place for place in places if place.state is PlaceState.OPEN and place not in chosen.values()
    ]
    opened = (f"set server {POOL}/{place.name} state ready" for place in chosen.values())
    return Switch(
        prepare=tuple(word for target, place in new for word in _lead(place, target)),
        turn=(*opened, *(f"set server {POOL}/{place.name} state drain" for place in drained)),
        places={target: place.name for target, place in chosen.items()},
    )


def _place_for(target: Address, places: Sequence[Place]) -> Place:
    """Its own where it has one; else a free one, first of those that have no name.

    A place with a name is none for an address: HAProxy would go on asking for the name.
    """
    own = [place for place in places if place.is_given(target)]
    by_name = is_dns_name(target.host)
    free = [place for place in places if place.is_free and (by_name or not place.dns_name)]
    found = own or sorted(free, key=lambda place: place.dns_name != "")
    if not found:
        raise NoPlaceError
    return found[0]


def _lead(place: Place, target: Address) -> tuple[str, ...]:
    server = f"set server {POOL}/{place.name}"
    if not is_dns_name(target.host):
        return (f"{server} addr {target.host} port {target.port}",)
    # Nowhere at first, so that it can be seen when the name's address has come; after the name,
    # so that it is not the address of a name from before.
    away = f"{server} addr {NOWHERE} port {target.port}"
    return f"{server} fqdn {target.host}", away


def dialogue(commands: Iterable[str]) -> str:
    """Commands as HAProxy takes them one after the other.

    Not as one line with semicolons: where that arrives in two pieces, HAProxy 2.6 carries out
    the first and may forget the second.
    """
    return "\n".join(["prompt", *commands, "quit"])


def without_address(places: Iterable[Place], wanted: Iterable[str]) -> tuple[str, ...]:
    """The DNS names of those wanted places whose addresses have not come yet."""
    names = set(wanted)
    return tuple(p.dns_name for p in places if p.name in names and p.host == NOWHERE)


def complaints(output: str) -> tuple[str, ...]:
    """All that is neither an answer to ``QUESTION`` nor said of a command that succeeded."""
    lines = (line.strip() for line in _lines(output))
    return tuple(line for line in lines if line and not _is_fine(line))


def _lines(output: str) -> list[str]:
    return [_PROMPTS.sub("", line) for line in output.splitlines()]


def _is_fine(line: str) -> bool:
    if line == "1" or line.startswith((_STATE_HEAD, _STAT_HEAD, f"{POOL},")):
        return True
    return bool(_STATE.fullmatch(line) or _SUCCESS.fullmatch(line))


def read_places(output: str) -> tuple[Place, ...]:
    """All places, from the answer to ``QUESTION``; none where it is no answer to that."""
    lines = _lines(output)
    requests = {
        row["svname"]: int(row["scur"]) + int(row["qcur"])
        for row in csv.DictReader(_table(lines, _STAT_HEAD))
    }
    states = csv.DictReader(_table(lines, _STATE_HEAD), delimiter=" ")
    return tuple(_place(row, requests) for row in states if row["srv_name"] in requests)


def _table(lines: Sequence[str], head: str) -> list[str]:
    """The lines of a table from its head to the empty line after it."""
    start = next((at for at, line in enumerate(lines) if line.startswith(head)), len(lines))
    end = next((at for at in range(start, len(lines)) if not lines[at].strip()), len(lines))
    return [line.removeprefix("# ") for line in lines[start:end]]


def _place(row: dict[str, str], requests: dict[str, int]) -> Place:
    bits = int(row["srv_admin_state"])
    name = row["srv_fqdn"]
    return Place(
        name=row["srv_name"],
        host=row["srv_addr"],
        port=int(row["srv_port"]),
        dns_name="" if name == "-" else name,
        state=_state(bits),
        requests=requests[row["srv_name"]],
    )


def _state(bits: int) -> PlaceState:
    if bits & _CLOSED:
        return PlaceState.CLOSED
    return PlaceState.DRAINING if bits & _DRAINING else PlaceState.OPEN
