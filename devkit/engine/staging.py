"""Folders for what is not whole yet; one whose owner has died is removed by the next."""

from __future__ import annotations

import re
import secrets
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from devkit.engine.ownership import is_dead, parse_owner, this_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OWNER = "owner"
_CONTENT = "content"
_NAME = re.compile(r"\.loading-[0-9a-f]{8}")


@contextmanager
def staging(place: Path) -> Iterator[Path]:
    """An empty folder below another one, which is gone with the block.

    Raises:
        OSError: It cannot be made.
    """
    folder = place / f".loading-{secrets.token_hex(4)}"
    try:
        folder.mkdir()
        (folder / _OWNER).write_text(str(this_process()), encoding="utf-8")
        content = folder / _CONTENT
        content.mkdir()
        yield content
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_stale(place: Path) -> None:
    """Remove what ``staging`` made for a process that was killed, and nothing else."""
    for folder in place.iterdir():
        if _NAME.fullmatch(folder.name) and not folder.is_symlink():
            _remove_stale(folder)


def _remove_stale(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()  # killed before it named its owner, it had come no further
        return
    with suppress(OSError, ValueError):
        owner = parse_owner((folder / _OWNER).read_text(encoding="utf-8"))
        if owner is not None and is_dead(owner):
            shutil.rmtree(folder, ignore_errors=True)
