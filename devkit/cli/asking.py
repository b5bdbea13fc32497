"""Asks a person before something is written or deleted."""

from __future__ import annotations

import signal
import sys

from devkit.errors import InterruptedByUserError, RefusedError


def is_agreed(question: str) -> bool:
    """Whether a person says yes; no where they say nothing.

    Raises:
        InterruptedByUserError: They pressed Ctrl-C.
    """
    import typer  # noqa: PLC0415 - 0.1 s, only to ask

    try:
        return typer.confirm(question, default=False, err=True)
    except typer.Abort:
        raise InterruptedByUserError(signal.SIGINT) from None


def agree_to_delete(data: str, *, of: str, unasked: str) -> None:
    """Go on only where a person agrees.

    Args:
        data: What would be lost, such as ``database``.
        of: Whose it is.
        unasked: The command that does it without asking.

    Raises:
        RefusedError: They do not agree, or nobody is here to ask.
        InterruptedByUserError: They pressed Ctrl-C.
    """
    if not sys.stdin.isatty():
        raise RefusedError(
            f"Removing the volumes of {of} deletes its {data}, and nobody is here to ask.",
            hint=unasked,
        )
    if not is_agreed(f"Delete the {data} of {of} for good?"):
        raise RefusedError("Nothing was removed.")
