"""What a person sees while services start and images build: a line a service, a line a step."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from devkit.compose.progress import UpProgress

if TYPE_CHECKING:
    from devkit.cli.session import Session

_BUILD_STEP = re.compile(r"^#\d+ (\[(?!internal|auth).*\] .*)$")
NAME_WIDTH = 20


class UpView:
    """Turns docker compose's plain output into the lines that matter.

    Args:
        session: Where to tell; all lines where it is verbose.
        project: The Compose project's name.
    """

    def __init__(self, session: Session, *, project: str) -> None:
        self._session = session
        self._progress = UpProgress(project=project)
        self._told: set[str] = set()
        self._began = time.monotonic()

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

    def ready(self, service: str, state: str) -> None:
        """Tell that a service is ready, and how long Compose took over it."""
        self.service(service, state, self._progress.seconds(service))

    def service(self, name: str, state: str, seconds: float) -> None:
        """Tell that a service has come to rest."""
        self._session.say(f"  {name.ljust(NAME_WIDTH)} {state.ljust(10)} {seconds:5.1f} s")

    def _build_step(self, line: str) -> None:
        found = _BUILD_STEP.match(line)
        if found and found[1] not in self._told:
            self._told.add(found[1])
            self._session.say(f"  build {found[1]}")
