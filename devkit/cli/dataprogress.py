"""How far data has come: a bar on a terminal, a line at the end elsewhere, events for a program."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from devkit.cleaning.words import size_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress, TaskID

    from devkit.cli.session import Session

EVERY = 1.0
"""Seconds between two events."""


class Moved:
    """Counts bytes, from any thread, and shows them."""

    def __init__(self, session: Session, what: str, total: int | None) -> None:
        self.bytes = 0
        self.began = time.monotonic()
        self._session = session
        self._what = what
        self._total = total
        self._told = self.began
        self._bar: tuple[Progress, TaskID] | None = None

    def add(self, count: int) -> None:
        """Count some more."""
        self.bytes += count
        if self._bar is not None:
            progress, task = self._bar
            progress.update(task, completed=self.bytes)
        elif self._session.json and time.monotonic() - self._told >= EVERY:
            self._told = time.monotonic()
            self._event()

    def note(self, words: str) -> None:
        """Show beside the bar what is done now, which is not counted in bytes."""
        if self._bar is not None:
            progress, task = self._bar
            progress.update(task, description=f"{self._what}: {words}"[:60])

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self.began

    def rate(self, count: int) -> str:
        """So many bytes in the time since the beginning, in words."""
        return f"{self.seconds:.1f} s, {size_of(int(count / max(self.seconds, 0.001)))}/s"

    def _event(self) -> None:
        told = {"event": "data_moved", "what": self._what, "bytes": self.bytes, "of": self._total}
        self._session.out(json.dumps({**told, "seconds": round(self.seconds, 3)}))

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show it for the block."""
        if self._session.json or self._session.quiet:
            yield
            if self._session.json:
                self._event()
            return
        console = self._session.console()
        if not console.is_terminal:
            yield
            return
        from rich.progress import (  # noqa: PLC0415 - 50 ms, on a terminal
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TransferSpeedColumn,
        )

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            DownloadColumn(),
            TransferSpeedColumn(),
        )
        with Progress(*columns, console=console, transient=True) as progress:
            self._bar = progress, progress.add_task(self._what, total=self._total)
            try:
                yield
            finally:
                self._bar = None


@contextmanager
def moving(session: Session, what: str, *, total: int | None = None) -> Iterator[Moved]:
    """Count what is moved in the block, and show it.

    Args:
        session: The session.
        what: What is done, such as ``Dumping database_default``.
        total: How many bytes it will be; None where that is not known.
    """
    moved = Moved(session, what, total)
    with moved.shown():
        yield moved
