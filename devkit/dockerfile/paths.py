"""Paths in an image."""

from __future__ import annotations

import posixpath
import re

_LONGEST = 4096


def absolute(path: str | None, workdir: str | None) -> str | None:
    """An absolute path in the image; None where it cannot be told.

    Args:
        path: As it is written; None where a variable hides it.
        workdir: What a relative one counts from; None where that cannot be told.
    """
    if path is not None and re.match(r"~(?:/|$)", path):  # a build's user is root at first
        path = f"/root{path[1:]}"
    if path is None or (workdir is None and not path.startswith("/")):
        return None
    joined = posixpath.join(workdir or "/", path)
    if len(joined) > _LONGEST or not joined.isprintable():
        return None
    return "/" + posixpath.normpath(joined).lstrip("/")


def is_inside(folder: str, root: str) -> bool:
    """Whether a path is another one, or below it."""
    return folder == root or folder.startswith(root.rstrip("/") + "/")
