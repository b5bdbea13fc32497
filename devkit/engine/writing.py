"""Writes files so that they are whole or not there, and never outside of the project.

What root makes in another person's project, by way of sudo, belongs to that person.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from typing import TYPE_CHECKING

from devkit.errors import CouldNotFindOutError, RefusedError

if TYPE_CHECKING:
    from pathlib import Path


OWN_FOLDER = ".devkit"
"""The folder of a project that devkit alone writes into."""


def replace_file(path: Path, text: str, *, root: Path, mode: int | None = None) -> None:
    """Write a file in one step; an existing one keeps its mode, a link is written through.

    In devkit's own folder, where nobody puts a link with good intent, it is replaced. At no time
    can more people read the file than may in the end.

    Args:
        path: The file.
        text: Its text.
        root: The project's folder.
        mode: Its mode whatever it was before; None to keep that, or what the umask leaves.

    Raises:
        RefusedError: The path leads out of the project.
        CouldNotFindOutError: It cannot be written; what was there is unchanged.
    """
    target = inside(path, root)
    if path.parent.name == OWN_FOLDER:
        target = path.parent.resolve() / path.name
    wanted = _mode(target) if mode is None else mode
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        owner = _owner(target, root)
        _write_new(temporary, text, mode=0o666 if wanted is None else 0o600, owner=owner)
        if wanted is not None:
            temporary.chmod(wanted)
        temporary.replace(target)
    except OSError as error:
        raise _not_written(path, error) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def create_file(path: Path, text: str, *, root: Path, mode: int = 0o666) -> bool:
    """Write a file that is not there yet; never touch one that is.

    Args:
        path: The file.
        text: Its text.
        root: The project's folder.
        mode: Its mode, as the umask leaves it.

    Returns:
        Whether it was written.

    Raises:
        RefusedError: The path leads out of the project.
        CouldNotFindOutError: It cannot be written; nothing is left of it.
    """
    if os.path.lexists(path):
        return False
    inside(path, root)
    try:
        _write_new(path, text, mode=mode, owner=_owner(path, root))
    except FileExistsError:  # somebody was quicker
        return False
    except OSError as error:
        raise _not_written(path, error) from None
    return True


def is_there(path: Path) -> bool:
    """Whether there is anything of this name, be it a link that leads nowhere."""
    return os.path.lexists(path)


def remove_file(path: Path, *, root: Path) -> None:
    """Remove a file, or a link and not what it leads to; fine where there is none.

    Raises:
        RefusedError: Its folder lies outside of the project.
        CouldNotFindOutError: It cannot be removed.
    """
    if not os.path.lexists(path):
        return
    inside(path.parent, root)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        message = f"{path.name} could not be removed from {path.parent}: {problem}."
        raise CouldNotFindOutError(message) from None


def create_folder(path: Path, *, root: Path) -> bool:
    """Make a folder that is not there yet, and say whether it was made.

    Raises:
        RefusedError: The path leads out of the project.
        CouldNotFindOutError: It cannot be made.
    """
    inside(path, root)
    if path.is_dir():
        return False
    try:
        path.mkdir()
        owner = _owner(path.parent, root)
        if owner is not None:
            os.chown(path, *owner, follow_symlinks=False)
    except OSError as error:
        raise _not_written(path, error) from None
    return True


def inside(path: Path, root: Path) -> Path:
    """The file that a path leads to.

    Raises:
        RefusedError: It lies outside of the project, or leads nowhere.
    """
    try:
        target = path.resolve()
    except RuntimeError:
        raise RefusedError(
            f"{path.name} in {path.parent} is a link that leads to itself."
        ) from None
    if not target.is_relative_to(root.resolve()):
        raise RefusedError(
            f"{path.name} in {path.parent} is a link to {target}, outside of the project.",
            hint="devkit keeps to the project's folder: put the file itself there.",
        )
    return target


def _mode(path: Path) -> int | None:
    try:
        found = path.lstat().st_mode
    except OSError:
        return None
    return None if stat.S_ISLNK(found) else stat.S_IMODE(found)


def _owner(path: Path, root: Path) -> tuple[int, int] | None:
    """Whom root has to give a file to: who has it, else who has the project; None for nobody."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    try:
        found = (path if path.exists() else root).stat()
    except OSError:
        return None
    return (found.st_uid, found.st_gid) if found.st_uid else None


def _write_new(path: Path, text: str, *, mode: int, owner: tuple[int, int] | None) -> None:
    """Write a file that must not exist, and leave nothing behind on failure."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            if owner is not None:
                os.fchown(descriptor, *owner)
            file.write(text)
    except OSError:
        path.unlink()
        raise


def _not_written(path: Path, error: OSError) -> CouldNotFindOutError:
    problem = (error.strerror or str(error)).lower()
    return CouldNotFindOutError(f"{path.name} could not be written in {path.parent}: {problem}.")
