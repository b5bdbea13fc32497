"""The folders of the uploaded files that loads have put aside, and what goes wrong on the way."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from devkit.data.members import DATA, MEDIA
from devkit.deployment.naming import for_shell
from devkit.engine.moves import copy_folder, is_folder
from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from devkit.engine.moves import Moves

REPLACED = "replaced"
"""The file in such a folder that names what the load replaced as a whole."""


def is_kept(folder: Path, place: Path) -> bool:
    """Whether it is such a folder, in the place of this project's own."""
    return folder.parent == place.resolve() and (folder / DATA).is_dir()


def count_files(folder: Path) -> int:
    """How many there are, links among them."""
    return sum(1 for path in folder.rglob("*") if not is_folder(path))


def copy_kept(kept: Path, target: Path) -> None:
    """Copy the files of such a folder, which may be another project's.

    Raises:
        CouldNotFindOutError: One of them may not be read.
        OSError: Something else went wrong.
    """
    try:
        copy_folder(kept, target)
    except PermissionError as error:
        raise _not_loaded(f"{error.filename} could not be copied", kept, error) from None


def note_replaced(backup: Path, below: Path, *, moves: Moves, origin: Path) -> None:
    """Note what a load replaces.

    An undo hands its own note on: begun again after a kill, it only adds what is missing.

    Args:
        backup: The folder of what the load puts aside.
        below: The folder that it replaces, below ``/data``.
        moves: Take a note that was handed on back.
        origin: The folder that is loaded.

    Raises:
        OSError: It cannot be written.
    """
    if (origin / REPLACED).is_file():
        moves.move(origin / REPLACED, backup / REPLACED)
    else:
        (backup / REPLACED).write_text(below.as_posix(), encoding="utf-8")


def replaced_by(backup: Path) -> Path | None:
    """What the load replaced that put this folder aside; None where it only added."""
    with suppress(FileNotFoundError):
        below = PurePosixPath((backup / REPLACED).read_text(encoding="utf-8"))
        if below in {PurePosixPath(), PurePosixPath(MEDIA)}:
            return Path(below)
    return None


def as_it_was(folder: Path, error: OSError) -> CouldNotFindOutError:
    """The error for a file that could not be moved, after all that was has been taken back."""
    found = _not_loaded(f"{error.filename or folder} could not be moved", folder, error)
    return CouldNotFindOutError(f"{found.message[:-1]}: {folder} is as it was.", hint=found.hint)


def _not_loaded(what: str, folder: Path, error: OSError) -> CouldNotFindOutError:
    theirs = f"`sudo chown -R $(id -u) {for_shell(str(folder))}` makes what containers wrote yours."
    return CouldNotFindOutError(
        f"{what} ({(error.strerror or str(error)).lower()}), and so nothing was loaded.",
        hint=theirs if isinstance(error, PermissionError) else "",
    )


def left_behind(backup: Path, error: BaseException) -> CouldNotFindOutError:
    """The error where not all could be taken back."""
    why = f"{type(error).__name__}: {error}"
    return CouldNotFindOutError(
        f"The load was cut short ({why}), and not all that it had put aside could be put back: the"
        f" rest is in {backup}.",
        hint=f"`devkit media load {for_shell(str(backup))}` brings it back.",
    )
