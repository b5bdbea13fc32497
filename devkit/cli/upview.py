"""What a person sees while services start and images build: a line a service, a line a step."""

from __future__ import annotations

import re
import sys
import time
from typing import TYPE_CHECKING, Self

from devkit.compose.progress import UpProgress

if TYPE_CHECKING:
    from rich.status import Status

    from devkit.cli.session import Session

_BUILD_STEP = re.compile(r"^#\d+ (\[\S* ?\d+/\d+\] .*)$")
NAME_WIDTH = 20
LONGEST_SHOWN = 74


class UpView:
    """Turns docker compose's plain output into the lines that matter.

    On a terminal the last line of it is shown below while it lasts.

    Args:
        session: Where to tell; all lines where it is verbose.
        project: The Compose project's name.
    """

    def __init__(self, session: Session, *, project: str) -> None:
        self._session = session
        self._progress = UpProgress(project=project)
        self._told: set[str] = set()
        self._began = time.monotonic()
        self._status: Status | None = None

    def __enter__(self) -> Self:
        """Begin to show."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing but the lines that were told."""
        if self._status is not None:
            self._status.stop()

    @property
    def seconds(self) -> float:
        """Since the view was made."""
        return time.monotonic() - self._began

    def line(self, line: str) -> None:
        """Take one line of output."""
        if self._session.verbose:
            self._session.say(line)
            return
        self._progress.read(line, now=time.monotonic())
        self._build_step(line)
        if sys.stderr.isatty() and not self._session.quiet and line.strip():
            self._spin(line.strip())

    def ready(self, service: str, state: str) -> None:
        """Tell that a service is ready, and how long Compose took over it."""
        self.service(service, state, self._progress.seconds(service))

    def service(self, name: str, state: str, seconds: float) -> None:
        """Tell that a service has come to rest."""
        self._say(f"  {name.ljust(NAME_WIDTH)} {state.ljust(11)} {seconds:5.1f} s")

    def _say(self, text: str) -> None:
        if self._status is None:
            self._session.say(text)
        else:
            self._status.console.print(text, markup=False)

    def _spin(self, line: str) -> None:
        # rich is imported while Compose is at work, so that nobody waits for it.
        if self._status is None:
            self._status = self._session.console().status("")
            self._status.start()
        from rich.markup import escape  # noqa: PLC0415

        self._status.update(escape(line[:LONGEST_SHOWN]))

    def _build_step(self, line: str) -> None:
        found = _BUILD_STEP.match(line)
        if found and found[1] not in self._told:
            self._told.add(found[1])
            self._say(f"  build {found[1]}")
