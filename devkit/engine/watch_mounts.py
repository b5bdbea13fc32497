"""What of a project's folder a service's containers see as it is."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.watch.setting import Mount

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def mounts_of(root: Path, service: Mapping[str, Any]) -> Iterator[Mount]:
    """The folders and files of a project that a service mounts.

    Args:
        root: The project's folder.
        service: As docker compose tells of it.
    """
    for each in service.get("volumes") or ():
        if isinstance(each, dict) and each.get("type") == "bind":
            source = inner(root, root / str(each.get("source")))
            if source is not None:
                yield Mount(source=source, target=posixpath.normpath(str(each.get("target"))))


def inner(root: Path, path: Path) -> str | None:
    """A path from the project's folder; None where it is outside of it."""
    normal = Path(os.path.normpath(path))
    for base in (root, root.resolve()):
        if normal.is_relative_to(base):
            found = normal.relative_to(base).as_posix()
            return "" if found == "." else found
    return None
