"""Each path of the load is answered before anything is concluded from what was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_WAIT = 60.0
"""Seconds in which one more path has to be answered; what nobody answers is lost sooner."""

MOST_NAMED = 3


def not_answered(paths: Sequence[str], *, since: str) -> CouldNotFindOutError:
    """Say that some paths were not answered, so that nobody can tell how they are.

    Args:
        paths: Those that were not; at least one.
        since: From when on.
    """
    more = len(paths) - MOST_NAMED
    names = ", ".join(paths[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    return CouldNotFindOutError(
        f"No request for {names} has come to its end since {since}, and no other one for"
        f" {LONGEST_WAIT:.0f} s.",
        hint="`web.paths` in devkit.yaml names paths that are answered sooner, or fewer of them.",
    )
