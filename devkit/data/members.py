"""Which members of an archive may be written where; all others are refused, and the archive too."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tarfile

DATA = "data"
"""The top folder of the archives that devkit makes: all that is ``/data`` in the cloud."""
MEDIA = "media"
"""The top folder of what others make: the uploaded files alone."""
_APPLE_DOUBLE = "._"
_MAC_FOLDER = "__MACOSX"
_MODE = 0o777
_OWN = 0o600
_OWN_FOLDER = 0o700


class RefusedMemberError(Exception):
    """A member that may not be written; its text is the end of a sentence."""


class Places:
    """Where the members of one archive go, below the folder that is ``/data``.

    The first one tells whether the archive has all of it or the uploaded files alone.
    """

    def __init__(self) -> None:
        self._top: str | None = None

    @property
    def below(self) -> PurePosixPath:
        """The folder that is filled, below ``/data``."""
        return PurePosixPath() if self._top == DATA else PurePosixPath(MEDIA)

    def place(self, member: tarfile.TarInfo) -> PurePosixPath:
        """Where a member goes.

        Raises:
            RefusedMemberError: Nowhere: it leads out, or is no file and no folder.
        """
        name = PurePosixPath(member.name)
        if member.issym() or member.islnk():
            raise RefusedMemberError("is a link")
        if not (member.isreg() or member.isdir()):
            raise RefusedMemberError("is a device or a pipe")
        if name.is_absolute() or ".." in name.parts or "\0" in member.name:
            raise RefusedMemberError("leads out of the folder")
        if self._top is None and name.parts:
            first = name.parts[0]
            self._top = first if first in {DATA, MEDIA} else ""
        if not self._top:
            return self.below / name
        if name.parts and name.parts[0] != self._top:
            raise RefusedMemberError(f"is not below {self._top}/, as what comes before it")
        return self.below.joinpath(*name.parts[1:])


def is_of_a_mac(member: tarfile.TarInfo) -> bool:
    """Whether a Mac added the member by itself, for what only its own file system knows."""
    name = PurePosixPath(member.name)
    return name.name.startswith(_APPLE_DOUBLE) or _MAC_FOLDER in name.parts


def mode_of(member: tarfile.TarInfo) -> int:
    """The mode of a member on this machine: nothing runs as somebody else, all is the owner's."""
    return (member.mode & _MODE) | (_OWN_FOLDER if member.isdir() else _OWN)
