"""The rich console; apart, because importing rich takes 50 ms."""

from __future__ import annotations

import sys

from rich.console import Console

from devkit.cli.streams import write_nowhere


class PatientConsole(Console):
    """A console on stderr that outlives its reader, where rich's own ends the process."""

    def __init__(self) -> None:
        super().__init__(stderr=True, highlight=False, soft_wrap=True)

    def on_broken_pipe(self) -> None:
        """Show nothing from now on."""
        self.quiet = True
        write_nowhere(sys.stderr)
