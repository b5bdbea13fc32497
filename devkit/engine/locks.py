"""One devkit at a time starts, builds or stops a project."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from devkit.engine.local_files import FOLDER
from devkit.engine.writing import create_file, create_folder, inside
from devkit.errors import CouldNotFindOutError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK = "lock"
PATIENCE = 2.0
"""Seconds to wait for another one, which may be about to end."""


@contextlib.contextmanager
def project_lock(root: Path, *, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the project's lock; the system lets go of it with the process, however that ends.

    Args:
        root: The project's folder.
        patience: Seconds to wait.

    Raises:
        RefusedError: Another devkit holds it.
        CouldNotFindOutError: The lock file cannot be written.
    """
    import filelock  # noqa: PLC0415 - 20 ms, for the commands that start or stop something

    path = _place(root)
    lock = filelock.FileLock(path, timeout=patience)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise _refused(path) from None
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise CouldNotFindOutError(f"{path} could not be locked: {problem}.") from None
    try:
        _leave_pid(path, str(os.getpid()))
        yield
    finally:
        _leave_pid(path, "")
        lock.release()


def stopping_lock(root: Path) -> contextlib.AbstractContextManager[None]:
    """The same for what stops a project: no lock is made where devkit never started anything."""
    return project_lock(root) if (root / FOLDER).is_dir() else contextlib.nullcontext()


def _place(root: Path) -> Path:
    folder = root / FOLDER
    create_folder(folder, root=root)
    create_file(folder / ".gitignore", "*\n", root=root)
    path = folder / LOCK
    inside(path, root)
    if path.is_symlink():  # what it leads to would be emptied
        raise RefusedError(f"{path} is a link.", hint="Remove it: devkit makes a file there.")
    return path


def _leave_pid(path: Path, text: str) -> None:
    # The lock does not depend on it: it is there to be told.
    with contextlib.suppress(OSError):
        path.write_text(text, encoding="ascii")


def _refused(path: Path) -> RefusedError:
    try:
        pid = int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        pid = 0
    holder = f"process {pid}" if pid else "another process"
    return RefusedError(
        f"Another devkit is at work on this project: {holder} holds {path}.",
        hint="Wait for it, or stop it; the lock goes with it.",
    )
