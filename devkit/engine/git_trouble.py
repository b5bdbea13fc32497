"""Why git could not make a clone, told from git's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.errors import CheckoutError, CouldNotFindOutError, DevkitError

if TYPE_CHECKING:
    from pathlib import Path

_LAST_LINES = 20

_FULL = (
    "The disk is full where the clone is made, in {}.",
    "Make room (`docker system prune` frees some), or point TMPDIR to another disk.",
)
_NO_ROOM = {
    "No space left on device": _FULL,
    "Out of diskspace": _FULL,
    "Disk quota exceeded": _FULL,
    "unable to write": ("git could not write the clone in {}.", "Is the disk full?"),
}
_LOCAL_TROUBLE = {
    **_NO_ROOM,
    "unable to read sha1 file": (
        "The repository lacks files of the commit, so that {} cannot be filled.",
        "A partial clone? Check the commit out once; otherwise: git fsck",
    ),
}


def lacks_room(output: str) -> bool:
    """Whether git's output tells of a full disk, or of one that may be full."""
    return any(words in output for words in _NO_ROOM)


def explain(output: str, place: Path) -> DevkitError:
    """Say whether git's failure is this machine's or the commit's, from git's own words.

    Args:
        output: What git wrote.
        place: The folder of the clone.

    Returns:
        CheckoutError for what no machine would check out; CouldNotFindOutError otherwise.
    """
    details = tuple(output.splitlines()[-_LAST_LINES:])
    for words, (message, hint) in _LOCAL_TROUBLE.items():
        if words in output:
            return CouldNotFindOutError(message.format(place), hint=hint, details=details)
    if "invalid path" in output:
        return CheckoutError(
            "The commit has a file whose name git refuses to check out.", details=details
        )
    return CouldNotFindOutError(f"git could not make the clone in {place}.", details=details)
