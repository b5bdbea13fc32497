"""Which services of an environment a deployment makes anew, under what serves there."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def definitions_of(document: Mapping[str, Any], services: Iterable[str]) -> dict[str, str]:
    """A mark of each service's definition: Compose makes a container anew where that has changed.

    Args:
        document: The Compose document.
        services: The names of the services.
    """
    return {name: _mark(document["services"][name]) for name in services}


def _mark(definition: Mapping[str, Any]) -> str:
    text = json.dumps(definition, sort_keys=True)  # holds passwords, as the state itself does
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def note_on_changes(
    before: Mapping[str, str], now: Mapping[str, str], environment: str
) -> tuple[str, ...]:
    """What a person should know of services that differ from those that serve; nothing for none."""
    changed = [name for name, mark in now.items() if before.get(name, mark) != mark]
    if not changed:
        return ()
    are, them = ("is", "it") if len(changed) == 1 else ("are", "them")
    note = (
        f"{', '.join(changed)} of {environment} {are} made anew, as this commit or a newer devkit"
        f" has changed {them}: what serves there is without {them} for some seconds, and a"
        f" deployment that fails does not put {them} back."
    )
    return (note,)
