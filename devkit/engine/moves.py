"""Files that are moved, each move noted, so that all of them can be taken back."""

from __future__ import annotations

import errno
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

_NUMBER = re.compile(r"\[Errno (\d+)\]")
_OF_THE_TARGET = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


class Moves:
    """What was moved, in its order."""

    def __init__(self) -> None:
        self._done: list[tuple[Path, Path]] = []

    def move(self, source: Path, target: Path) -> None:
        """Move a file, a folder or a link itself; what is below a folder may be another user's.

        Raises:
            OSError: It cannot be moved; `take_back` brings back what of it was.
        """
        try:
            source.rename(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._move_across(source, target)
            return
        self._done.append((source, target))

    def _move_across(self, source: Path, target: Path) -> None:
        """To another file system: the copy is whole before anything goes."""
        try:
            _copy(source, target)
        except OSError:
            with suppress(OSError):
                _remove(target)
            raise
        self._done.append((source, target))
        _remove(source)

    def take_back(self) -> list[Path]:
        """Move everything back, the last first; what could not be, and so is where it was put."""
        left = []
        while self._done:
            source, target = self._done.pop()
            try:
                _move_back(source, target)
            except OSError:
                left.append(target)
        return left


def _move_back(source: Path, target: Path) -> None:
    try:
        target.rename(source)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy(target, source)
        _remove(target)


def _copy(source: Path, target: Path) -> None:
    if is_folder(source):
        copy_folder(source, target)
    else:
        _copy_missing(str(source), str(target))


def copy_folder(source: Path, target: Path) -> None:
    """Copy what is in a folder and is not in the other one, links as links.

    Raises:
        OSError: The first that went wrong; what else could be copied has been.
    """
    try:
        shutil.copytree(
            source, target, symlinks=True, dirs_exist_ok=True, copy_function=_copy_missing
        )
    except shutil.Error as error:
        raise _first(error) from None


def _first(several: shutil.Error) -> OSError:
    """The first of the errors that copytree has together, of which it keeps the texts alone."""
    source, target, why = several.args[0][0]
    found = _NUMBER.match(str(why))
    number = int(found[1]) if found else errno.EINVAL
    words = os.strerror(number) if found else str(why)
    return OSError(number, words, str(target if number in _OF_THE_TARGET else source))


def _copy_missing(source: str, target: str) -> None:
    if not os.path.lexists(target):
        shutil.copy2(source, target, follow_symlinks=False)


def _remove(path: Path) -> None:
    if is_folder(path):
        shutil.rmtree(path)
    else:
        path.unlink()


def is_folder(path: Path) -> bool:
    """Whether it is a folder, and no link to one."""
    return path.is_dir() and not path.is_symlink()


def remove_empty(folder: Path) -> None:
    """Remove the folders in which there is nothing, and never a file."""
    for path, _, _ in os.walk(folder, topdown=False):
        with suppress(OSError):
            Path(path).rmdir()
