"""Remembers that Compose files want nothing of the machine: asking docker compose takes 0.1 s.

Only of files that say all by themselves. What a person's environment, another file or another
spelling decides is asked of docker compose each time.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

from devkit import __version__
from devkit.engine.compose_inputs import DOTENV, OVERRIDES
from devkit.engine.reading import read_bounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

_DEPENDS = (b"$", b"include", b"extends", b"\\", b"\0", b"COMPOSE_")
"""Variables, other files, escapes and UTF-16 that may spell these, and Compose's own settings."""


def files_key(root: Path, compose_file: Path, environment: Mapping[str, str]) -> str:
    """What decides alone what docker compose makes of a folder's files.

    Args:
        root: The project's folder.
        compose_file: The file that Compose reads.
        environment: The person's environment.

    Returns:
        A digest; empty where more than the files decides.
    """
    digest = hashlib.sha256(__version__.encode())
    settings = sorted(each for each in environment.items() if each[0].startswith("COMPOSE_"))
    digest.update(json.dumps([str(root), settings]).encode())
    paths = (compose_file, *(root / name for name in (*OVERRIDES, DOTENV)))
    for path in filter(os.path.lexists, paths):
        content = read_bounded(path, root=root)
        if any(each in content for each in _DEPENDS):
            return ""
        digest.update(json.dumps([path.name, len(content)]).encode() + content)
    return digest.hexdigest()


def harmless_note(key: str, paths: Iterable[str]) -> str:
    """The text to remember.

    Args:
        key: Of ``files_key``.
        paths: The paths of this machine that the files name, all of them inside of the project.
    """
    return json.dumps({"key": key, "paths": sorted(set(paths))})


def is_noted_harmless(note: str | None, key: str, *, inside: Callable[[str], bool]) -> bool:
    """Whether the note is about these files, and their paths lead into the project still."""
    if not note or not key:
        return False
    try:
        told = json.loads(note)
        return bool(told["key"] == key and all(inside(str(path)) for path in told["paths"]))
    except (ValueError, LookupError, TypeError, OSError):
        return False
