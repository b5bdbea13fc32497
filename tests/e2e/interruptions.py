"""The table of interruptions: what happens in which step, and how the command has to end."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from enum import Enum

VERIFY = "verify"
FROM = "verify --from main"
DEPLOY = "deploy test"
COMMANDS = (VERIFY, FROM, DEPLOY)
"""The columns; each is a command that has a row's expectation."""


class Place(Enum):
    """Where in the command; the value is what people read."""

    START = "before the first step"
    SERVICES = "services check"
    CHECKOUT = "check-out"
    BUILD = "build"
    RELEASE = "release commands"
    OLD = "old version"
    POLITE = "release command that ends when told"
    GATE = "scaling and gate"
    COMPATIBILITY = "old version on the new data"
    SWITCH = "switch"
    CLEANUP = "clean-up"


class Happening(Enum):
    """What happens there."""

    SIGINT = "Ctrl-C"
    SIGTERM = "SIGTERM"
    SIGHUP = "SIGHUP"
    SIGKILL = "SIGKILL"
    TWICE = "Ctrl-C, and again"
    ENGINE_CUT = "the engine goes away"
    ENGINE_SILENT = "the engine hangs, then Ctrl-C"
    DISK_FULL = "the disk is full"


class Cleaner(Enum):
    """Who removes what was started."""

    ITSELF = "the command itself"
    NEXT = "the next devkit command"


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """How a command ends.

    Attributes:
        codes: The exit codes that are right; the first is the usual one.
        cleaner: Who removes what was started.
        within: Seconds from what happens to the end.
    """

    codes: tuple[int, ...]
    cleaner: Cleaner = Cleaner.ITSELF
    within: float = 40.0


@dataclass(frozen=True, kw_only=True)
class Case:
    """One row.

    Attributes:
        place: Where it happens.
        happening: What.
        span: Seconds from the step's beginning, of which one moment is chosen at random.
        expected: For each command.
    """

    place: Place
    happening: Happening
    span: float
    expected: dict[str, Expectation]

    @property
    def name(self) -> str:
        """What the test is called."""
        return f"{self.place.name}-{self.happening.name}".lower()


SPANS = {
    Place.SERVICES: 2.0,
    Place.CHECKOUT: 0.3,
    Place.BUILD: 3.0,
    Place.OLD: 2.0,
    Place.RELEASE: 2.5,
    Place.POLITE: 2.5,
    Place.GATE: 2.5,
    Place.COMPATIBILITY: 0.5,
    Place.SWITCH: 1.5,
    Place.CLEANUP: 0.8,
}
SIGNALS = {
    Happening.SIGINT: signal.SIGINT,
    Happening.SIGTERM: signal.SIGTERM,
    Happening.SIGHUP: signal.SIGHUP,
    Happening.SIGKILL: signal.SIGKILL,
}
STEPS = (
    Place.SERVICES,
    Place.CHECKOUT,
    Place.BUILD,
    Place.RELEASE,
    Place.GATE,
)
BETWEEN = (Place.OLD, Place.COMPATIBILITY)
"""Those of a rehearsal from an old version alone."""
LAST = {Place.CLEANUP: (VERIFY,), Place.SWITCH: (FROM, DEPLOY)}
"""Where the verdict may have been reached already, or cannot be taken back any more."""


def _signalled(place: Place, happening: Happening) -> Expectation:
    number = SIGNALS[happening]
    late = (0,) if place in LAST else ()
    if happening is Happening.SIGKILL:
        return Expectation(codes=(-number, *late), cleaner=Cleaner.NEXT)
    return Expectation(codes=(128 + number, *late))


def _case(place: Place, happening: Happening, expectation: Expectation, *commands: str) -> Case:
    return Case(
        place=place,
        happening=happening,
        span=SPANS.get(place, 0.0),
        expected=dict.fromkeys(commands or (VERIFY, DEPLOY), expectation),
    )


_AT_ONCE = Expectation(codes=(130,), cleaner=Cleaner.NEXT, within=8.0)
_AT_ONCE_OR_PASSED = Expectation(codes=(130, 0), cleaner=Cleaner.NEXT)
_UNKNOWN = Expectation(codes=(4,), cleaner=Cleaner.NEXT)
_PASSED_OR_UNKNOWN = Expectation(codes=(4, 0), cleaner=Cleaner.NEXT)
_GIVEN_UP = Expectation(codes=(130,), cleaner=Cleaner.NEXT, within=60.0)
_NO_ROOM = Expectation(codes=(4,))

CASES = (
    *(_case(p, h, _signalled(p, h)) for p in STEPS for h in SIGNALS),
    *(_case(p, h, _signalled(p, h), FROM) for p in BETWEEN for h in SIGNALS),
    *(_case(p, h, _signalled(p, h), *LAST[p]) for p in LAST for h in SIGNALS),
    _case(Place.POLITE, Happening.SIGINT, Expectation(codes=(130,)), VERIFY),
    *(
        _case(p, Happening.TWICE, _AT_ONCE)
        for p in (Place.SERVICES, Place.BUILD, Place.RELEASE, Place.GATE)
    ),
    _case(Place.SWITCH, Happening.TWICE, _AT_ONCE_OR_PASSED, FROM, DEPLOY),
    *(
        _case(p, Happening.ENGINE_CUT, _UNKNOWN)
        for p in (Place.SERVICES, Place.BUILD, Place.RELEASE, Place.GATE)
    ),
    _case(Place.OLD, Happening.ENGINE_CUT, _UNKNOWN, FROM),
    *(_case(p, Happening.ENGINE_CUT, _PASSED_OR_UNKNOWN, *LAST[p]) for p in LAST),
    *(_case(p, Happening.ENGINE_SILENT, _GIVEN_UP, VERIFY) for p in (Place.RELEASE, Place.GATE)),
    *(_case(p, Happening.DISK_FULL, _NO_ROOM) for p in (Place.START, Place.CHECKOUT)),
)
