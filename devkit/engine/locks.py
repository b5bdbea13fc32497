"""One devkit at a time starts, builds or stops a project."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from datetime import datetime
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
    with _held(_place(root), patience):
        yield


@contextlib.contextmanager
def environment_lock(root: Path, folder: Path, *, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the lock of one environment that stays, in its folder; see ``project_lock``."""
    with _held(_ordinary(folder / LOCK, root), patience):
        yield


@contextlib.contextmanager
def _held(path: Path, patience: float) -> Iterator[None]:
    import filelock  # noqa: PLC0415 - 20 ms, for the commands that start or stop something

    # A lock by the mere existence of a file would outlive its holder.
    lock = filelock.FileLock(path, timeout=patience, fallback_to_soft=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise _refused(path) from None
    except (OSError, NotImplementedError) as error:
        raise _not_lockable(path, error) from None
    try:
        _leave_word(path, json.dumps({"pid": os.getpid(), "command": _command(), "since": _now()}))
        yield
    finally:
        _leave_word(path, "")
        lock.release()


def stopping_lock(root: Path) -> contextlib.AbstractContextManager[None]:
    """The same for what stops a project: no lock is made where devkit never started anything."""
    return project_lock(root) if (root / FOLDER).is_dir() else contextlib.nullcontext()


def _place(root: Path) -> Path:
    folder = root / FOLDER
    create_folder(folder, root=root)
    create_file(folder / ".gitignore", "*\n", root=root)
    path = _ordinary(folder / LOCK, root)
    create_file(path, "", root=root)
    return path


def _ordinary(path: Path, root: Path) -> Path:
    inside(path, root)
    if path.is_symlink():  # what it leads to would be emptied
        raise RefusedError(f"{path} is a link.", hint="Remove it: devkit makes a file there.")
    return path


def _command() -> str:
    # The name alone: what follows it may be anything.
    return next((word for word in sys.argv[1:] if not word.startswith("-")), "")


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _leave_word(path: Path, text: str) -> None:
    # The lock does not depend on it: it is there to be told.
    with contextlib.suppress(OSError):
        path.write_text(text, encoding="utf-8")


def _refused(path: Path) -> RefusedError:
    return RefusedError(
        f"Another devkit is at work on this project: {_holder(path)} holds {path}.",
        hint="Wait for it, or stop it; the lock goes with it.",
    )


def _holder(path: Path) -> str:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        pid, command = int(told["pid"]), str(told["command"])
        since = datetime.fromisoformat(told["since"]).astimezone()
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
    name = f"devkit {command} (process {pid})" if command else f"process {pid}"
    return f"{name}, since {since:%H:%M:%S},"


def _not_lockable(path: Path, error: OSError | NotImplementedError) -> CouldNotFindOutError:
    problem = (getattr(error, "strerror", None) or str(error)).lower()
    return CouldNotFindOutError(
        f"{path} could not be locked: {problem}.",
        hint="devkit needs a project folder that it can write to, on a disk with file locks"
        " (for NFS: version 4, or its lock service).",
    )
