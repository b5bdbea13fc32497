"""Reads the few files that detection looks at, from the working directory."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING

from devkit.config.detection.files import MAX_FACT_DEPTH, choose, is_skipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MAX_BYTES = 1_000_000
_MAX_ENTRIES = 5_000


def read_facts(root: Path) -> dict[str, str]:
    """Path to text of the files that detection wants; what cannot be read tells nothing."""
    facts = {}
    root = root.resolve()
    for path in choose(_walk(root, "", MAX_FACT_DEPTH)):
        with contextlib.suppress(OSError):
            # A link may lead out of the project, and to what is read without end.
            place = (root / path).resolve()
            if place.is_relative_to(root) and stat.S_ISREG(place.lstat().st_mode):
                with place.open("rb") as file:
                    facts[path] = file.read(_MAX_BYTES).decode(errors="replace")
    return facts


def _walk(root: Path, folder: str, depth: int) -> Iterator[str]:
    """The files of a folder and of those below it; links to folders are not followed."""
    try:
        with os.scandir(root / folder) as entries:
            names = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    except OSError:
        return
    for name, is_folder in names[:_MAX_ENTRIES]:
        path = f"{folder}{name}"
        if not is_folder:
            yield path
        elif depth > 1 and not is_skipped(f"{path}/"):
            yield from _walk(root, f"{path}/", depth - 1)
