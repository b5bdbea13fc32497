"""What a cause is, and how the most certain one is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devkit.deployment.diagnosis.evidence import Evidence


class Certainty(Enum):
    """How far a cause can be relied upon; the most certain first."""

    PROVEN = "the engine or the clock says so"
    SOCKETS = "the container's own sockets say so"
    LOG = "the log names it; the last one that it names counts"
    LIKELY = "it fits all that is known"


@dataclass(frozen=True, kw_only=True)
class Match:
    """That a cause fits.

    Attributes:
        words: What its texts are filled in with.
        line: Where in the log it was found; the later counts.
    """

    words: Mapping[str, object] = field(default_factory=dict)
    line: int = 0


FITS = Match()

Predicate = Callable[["Evidence"], Match | None]
"""Says whether a cause fits the evidence; pure."""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One row of the table.

    Attributes:
        name: Stable, for programs.
        evidence: What has to be known, in words.
        certainty: How far it can be relied upon.
        fits: Whether it is the cause.
        sentence: What is wrong; ``{}`` fields are filled in from the match.
        next_step: The one thing to do.
    """

    name: str
    evidence: str
    certainty: Certainty
    fits: Predicate
    sentence: str
    next_step: str


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """The cause that was found, in words."""

    name: str
    sentence: str
    next_step: str

    def __str__(self) -> str:
        """Both sentences."""
        return f"{self.sentence} {self.next_step}"


def most_certain(causes: Iterable[Cause], evidence: Evidence) -> Diagnosis | None:
    """The cause that is most certain; None where none fits.

    Among those that a log names the last one counts; what remains equal is decided by the
    order of the table.
    """
    tiers = list(Certainty)
    found = [(cause, match) for cause in causes if (match := cause.fits(evidence)) is not None]
    if not found:
        return None
    cause, match = min(found, key=lambda pair: (tiers.index(pair[0].certainty), -pair[1].line))
    return Diagnosis(
        name=cause.name,
        sentence=cause.sentence.format(**match.words),
        next_step=cause.next_step.format(**match.words),
    )
