"""The rich console; apart, because importing rich takes 50 ms."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.segment import Segment

from devkit.cli.legible import legible
from devkit.cli.streams import write_nowhere

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import ConsoleOptions, RenderableType


class PatientConsole(Console):
    """A console on stderr that outlives its reader, where rich's own ends the process.

    It shows no escape sequences but its own.
    """

    def __init__(self) -> None:
        super().__init__(stderr=True, highlight=False, soft_wrap=True)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render, with what a terminal would obey written out."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else legible(text), style, control)

    def on_broken_pipe(self) -> None:
        """Show nothing from now on."""
        self.quiet = True
        write_nowhere(sys.stderr)
