"""docs/diagnosis.md, made from the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.deployment.diagnosis.causes import Certainty
from devkit.deployment.diagnosis.table import CAUSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.deployment.diagnosis.causes import Cause

_HEAD = """\
# Why a step failed

When a step of `devkit verify` fails, devkit looks at what it can know of the container (its state,
its own sockets, its log, the gate's last attempt) and shows at most one cause with one next step.
This is the whole table, the most certain first. With `--json` the verdict's `cause` has the name.

Made from `devkit/deployment/diagnosis/`; a test keeps it true. What stands in braces is filled in.
"""


def table_document() -> str:
    """The text of docs/diagnosis.md."""
    return "\n".join([_HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for certainty in Certainty:
        yield f"## {certainty.value[0].upper()}{certainty.value[1:]}\n"
        yield "| cause | seen from | what devkit says | the next step |"
        yield "| --- | --- | --- | --- |"
        yield from (_row(each) for each in CAUSES if each.certainty is certainty)
        yield ""


def _row(cause: Cause) -> str:
    cells = (f"`{cause.name}`", cause.evidence, cause.sentence, cause.next_step)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
