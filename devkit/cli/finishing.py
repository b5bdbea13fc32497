"""The last line of a command that did what it was asked to, for a program that reads it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devkit.cli.session import Session


def finish(session: Session) -> None:
    """With ``--json`` tell the verdict, as ``devkit verify`` does; a failure is the boundary's."""
    if not session.json:
        return
    from devkit.cli.jsonlines import event_line  # noqa: PLC0415 - for a program only
    from devkit.cli.verdicts import passed  # noqa: PLC0415 - the same

    seconds = time.monotonic() - session.began
    session.out(event_line(passed(commit="", seconds=seconds, receipt=False)))
