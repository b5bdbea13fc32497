"""A look into an environment's state that costs nothing: each command and each reaping takes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from devkit.engine.reading import read_bounded

if TYPE_CHECKING:
    from pathlib import Path


def names_run(state: Path, run: str) -> bool:
    """Whether a state names a run's containers as its own, so that nobody else removes them.

    One that cannot be read might.
    """
    try:
        told = json.loads(_content(state))
        generations = [told["live"], *told["replaced"], *told["failed"]]
        return any(each and each["run"] == run for each in generations)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return True


def is_unsettled(state: Path) -> bool:
    """Whether a deployment was cut short, so that something is to be removed or finished."""
    told = read_state(state)
    return bool(told.get("under_way") or told.get("replaced"))


def read_state(state: Path) -> dict[str, Any]:
    """What a state says; nothing where it cannot be read."""
    try:
        told = json.loads(_content(state))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _content(state: Path) -> bytes:
    """The file, which a repository may have brought along as a link, a pipe or a device."""
    return read_bounded(state, root=state.parent)
