"""``devkit hook run`` without Typer, whose import a push of a verified commit would notice."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PROJECT, FOLDER = "--project", "--folder"


@dataclass(frozen=True, kw_only=True)
class HookCall:
    """How the hook was called.

    Attributes:
        project: ``--project``.
        folder: ``--folder``; None where it was not given.
        arguments: What git gave the hook: the remote's name and location.
    """

    project: Path = Path()
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    folder: str | None = None
    arguments: tuple[str, ...] = ()

    def run(self) -> int:
        """Be the hook; the process's exit code."""
        from devkit.cli.prepush import run_hook  # noqa: PLC0415 - inside the boundary
        from devkit.cli.session import open_session  # noqa: PLC0415 - the same

        session = open_session(self.project, json=self.json, quiet=self.quiet, verbose=self.verbose)
        return run_hook(session, self.arguments, given_by_git(), folder=self.folder)


def given_by_git() -> bytes:
    """What git wrote to the hook; nothing where a person calls it."""
    nothing = sys.stdin is None or sys.stdin.isatty()  # None: a manager has closed it
    return b"" if nothing else sys.stdin.buffer.read()


def read_hook_call(common: Sequence[str], rest: Sequence[str]) -> HookCall | None:
    """Read the command line of ``devkit hook run``.

    Args:
        common: The common options, as ``split`` found them.
        rest: What follows ``hook run``.

    Returns:
        None for what only Typer answers: ``--help``, and an option that is unknown or incomplete.
    """
    words = iter(rest)
    folder: str | None = None
    arguments: list[str] = []
    for word in words:
        if word == "--":
            arguments += words
        elif word == FOLDER:
            folder = next(words, None)
            if folder is None:
                return None
        elif word.startswith(f"{FOLDER}="):
            folder = word.removeprefix(f"{FOLDER}=")
        elif word.startswith("-"):
            return None
        else:
            arguments.append(word)
    project = project_of(common)
    if project is None:
        return None
    return HookCall(
        project=project,
        json="--json" in common,
        quiet="--quiet" in common,
        verbose="--verbose" in common,
        folder=folder,
        arguments=tuple(arguments),
    )


def project_of(common: Sequence[str]) -> Path | None:
    """The last ``--project``; None where it lacks its value, which Typer complains of."""
    project = Path()
    words = iter(common)
    for word in words:
        if word == PROJECT:
            value = next(words, None)
            if value is None:
                return None
            project = Path(value)
        elif word.startswith(f"{PROJECT}="):
            project = Path(word.removeprefix(f"{PROJECT}="))
    return project
