"""What a person may choose of a rehearsal."""

from __future__ import annotations

from enum import Enum


class Need(Enum):
    """What becomes of a rehearsal whose old version cannot be brought up."""

    REQUIRED = "asked for in so many words"
    WELCOME = "taken where it is at hand"


class Incompatible(Enum):
    """What it means that the old containers do not work on the new version's data."""

    FAILS = "the rehearsal fails"
    WARNED = "a warning"


class OnFailure(Enum):
    """What becomes of a rehearsal that has failed."""

    REMOVE = "removed, as one that has passed"
    KEEP = "left standing, to be looked into"
