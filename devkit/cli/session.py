"""What every command is given: the project's folder, the environment, and how to talk."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.cli.legible import legible
from devkit.cli.streams import write
from devkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rich.console import Console


@dataclass(frozen=True, kw_only=True)
class Session:
    """One run of the command line.

    Attributes:
        root: The project's folder, absolute.
        environment: The person's environment, as it was at the start.
        json: Whether stdout is to carry JSON lines.
        quiet: Whether to tell only of warnings and failures.
        verbose: Whether to show all that the commands underneath write.
        began: When, on the monotonic clock.
    """

    root: Path
    environment: Mapping[str, str]
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    began: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        """Tell a person something, on stderr."""
        if not self.quiet:
            _write(text)

    def warn(self, text: str) -> None:
        """Tell a person of something that is worth a look, on stderr."""
        _write(f"warning: {text}")

    def out(self, text: str) -> None:
        """Hand data to whoever reads stdout; JSON comes through as it is."""
        write(sys.stdout, legible(text if text.endswith("\n") else text + "\n"))

    def console(self) -> Console:
        """A rich console on stderr; plain where stderr is no terminal or NO_COLOR is set."""
        from devkit.cli.consoles import PatientConsole  # noqa: PLC0415 - 50 ms, where it is used

        return PatientConsole()


def open_session(
    project: Path, *, json: bool = False, quiet: bool = False, verbose: bool = False
) -> Session:
    """The session of this process, from the common options.

    Raises:
        UsageError: There is no such folder.
    """
    root = project.absolute()
    if not root.is_dir():
        raise UsageError(f"There is no folder {root}.", hint="Give --project a folder.")
    environment = dict(os.environ)
    scrub_git_variables()
    return Session(root=root, environment=environment, json=json, quiet=quiet, verbose=verbose)


def _write(text: str) -> None:
    write(sys.stderr, legible(text) + "\n")


def scrub_git_variables() -> None:
    """Take git's own variables out of this process's environment.

    git runs hooks with GIT_DIR and more set. The session keeps them, and the repository is
    found by them; but the clone of a rehearsal must not be mistaken for that repository by
    libraries that read the process's environment.
    """
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        del os.environ[name]
