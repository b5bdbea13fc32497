"""Events as JSON lines: one object a line, the last one the verdict."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import fields
from enum import Enum, IntEnum
from typing import TYPE_CHECKING

from devkit.cli.streams import write
from devkit.project import Commit

if TYPE_CHECKING:
    from devkit.deployment.events import Event


class JsonReporter:
    """Writes every event to stdout as one line of JSON."""

    def __call__(self, event: Event) -> None:
        """Write one event, at once."""
        write(sys.stdout, event_line(event) + "\n")


def event_line(event: Event) -> str:
    """One event as JSON: its kind in ``event``, then its fields in their order.

    In ASCII: a file's name need not be text that stdout can carry.
    """
    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
    values = {field.name: _plain(getattr(event, field.name)) for field in fields(event)}
    return json.dumps({"event": kind, **values})


def _plain(value: object) -> object:
    if isinstance(value, Commit):
        return {"sha": value.sha, "tree": value.tree, "subject": value.subject,
                "branch": value.branch_text}  # fmt: skip
    if isinstance(value, IntEnum):
        return int(value)
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, float):
        return round(value, 3)
    return value
