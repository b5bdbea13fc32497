"""What the files of a project hold, so that a touched file is told from a changed one."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.watch.names import UNWATCHED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

MOST_FILES = 50_000
"""Files that are looked at; of a larger project the others count as changed when they are saved."""
LARGEST = 1024 * 1024
"""Bytes of a file that is read; of a larger one size and time count."""


@dataclass(frozen=True)
class _Known:
    status: tuple[int, ...]
    content: str


class Contents:
    """Remembers what files held when they were last looked at.

    Args:
        root: The project's folder.
        is_ignored: Whether a folder, from there and with a slash at its end, is of no interest.
    """

    def __init__(self, root: Path, is_ignored: Callable[[str], bool] = lambda _: False) -> None:
        self._root = root
        self._is_ignored = is_ignored
        self._known: dict[str, _Known] = {}

    def look(self) -> tuple[str, ...]:
        """Look at every file; those that hold something else than before, or are gone or new."""
        return self.changed(dict.fromkeys([*self._files(""), *self._known]))

    def changed(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Those of some files that hold something else than before, and remember it.

        Args:
            paths: From the project's folder; a folder ends with a slash and stands for all in it.
        """
        found: dict[str, None] = {}
        for path in paths:
            for each in self._expanded(path):
                if self._is_changed(each):
                    found[each] = None
        return tuple(found)

    def _expanded(self, path: str) -> Iterable[str]:
        if not path.endswith("/"):
            return (path,)
        known = [each for each in self._known if each.startswith(path)]
        return dict.fromkeys([*known, *self._files(path)])

    def _is_changed(self, path: str) -> bool:
        before = self._known.get(path)
        now = _look_at(self._root / path, before)
        if now is None:
            return self._known.pop(path, None) is not None
        self._known[path] = now
        return before is None or before.content != now.content

    def _files(self, folder: str) -> Iterator[str]:
        count = 0
        for where, folders, files in os.walk(self._root / folder):
            inner = os.path.relpath(where, self._root)
            prefix = "" if inner == os.curdir else f"{inner}/"
            links = [name for name in folders if os.path.islink(f"{where}/{name}")]  # noqa: PTH114 - a hot loop
            folders[:] = [name for name in folders if name not in UNWATCHED
                          and not self._is_ignored(f"{prefix}{name}/")]  # fmt: skip
            for name in (*files, *links):
                count += 1
                if count > MOST_FILES:
                    return
                yield prefix + name


def _look_at(path: Path, before: _Known | None) -> _Known | None:
    """What a file holds; None where there is none, or it is a folder."""
    try:
        found = path.lstat()
        status = (found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
        if before is not None and before.status == status:
            return before
        if stat.S_ISDIR(found.st_mode):
            return None
        return _Known(status, f"{stat.S_IMODE(found.st_mode):o} {_content(path, found)}")
    except OSError:
        return None


def _content(path: Path, found: os.stat_result) -> str:
    if stat.S_ISLNK(found.st_mode):
        return f"link {path.readlink()}"
    if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
        return f"{found.st_size} {found.st_mtime_ns}"
    return hashlib.blake2b(path.read_bytes()).hexdigest()
