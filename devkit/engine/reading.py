"""Reads files of a project's folder, which may be anything: devices, pipes, links to elsewhere."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from devkit.config.sources import MAX_BYTES

if TYPE_CHECKING:
    from pathlib import Path


def read_bounded(path: Path, *, root: Path, limit: int = MAX_BYTES) -> bytes:
    """The content of an ordinary file inside of a folder.

    Never waits, as opening a pipe would, and never reads without end, as a device would.

    Args:
        path: The file; a link is followed where it stays inside of ``root``.
        root: The folder.
        limit: How many bytes there may be.

    Raises:
        FileNotFoundError: There is none.
        OSError: It is no ordinary file, too large, outside of ``root``, or cannot be read.
    """
    try:
        target = path.resolve()
    except RuntimeError:
        raise OSError(errno.ELOOP, "it is a link that leads to itself") from None
    if not target.is_relative_to(root.resolve()):
        raise OSError(errno.ELOOP, "it is a link that leads out of the project")
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no ordinary file")
        content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit:,} bytes")
    return content


def read_text(root: Path, name: str) -> str:
    """The text of an ordinary file inside of a folder; none where it cannot be read.

    Args:
        root: The folder.
        name: The file, from there.
    """
    try:
        return read_bounded(root / name, root=root).decode(errors="replace")
    except OSError:
        return ""
