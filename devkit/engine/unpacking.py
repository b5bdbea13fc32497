"""Unpacks an archive of uploaded files, whoever made it, into a folder of its own."""

from __future__ import annotations

import os
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.data.members import Places, RefusedMemberError, is_of_a_mac, mode_of
from devkit.engine.data_files import damaged
from devkit.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devkit.engine.data_files import DataFile

BLOCK = 512
_COPIED = 1024 * 1024


@dataclass(kw_only=True)
class Unpacking:
    """One archive on its way into a folder.

    Attributes:
        file: The archive.
        into: The folder, which is empty.
        check: Called now and then; what it raises ends the work.
        count: Told of every few bytes of the archive.
        files: How many files were written.
        passed_over: How many members a Mac had added, which were left out.
    """

    file: DataFile
    into: Path
    check: Callable[[], None]
    count: Callable[[int], None]
    files: int = field(default=0, init=False)
    passed_over: int = field(default=0, init=False)

    def run(self) -> Path:
        """Unpack all of it; the folder that it fills, below ``/data``.

        Raises:
            UsageError: It is damaged.
            RefusedError: A member of it leads out, or is a link or a device.
            OSError: Something cannot be written.
        """
        stream = _Stream(self.file.pieces(self.count, check=self.check), self.check)
        places = Places()
        try:
            with tarfile.open(fileobj=stream, mode="r|") as tar:  # type: ignore[call-overload] # it reads alone
                for member in tar:
                    self._write(tar, member, places)
            stream.to_the_end()
        except RefusedMemberError as refused:
            raise RefusedError(
                f"{self.file.path} was not loaded: {member.name!r} in it {refused}.",
                hint="Only files and folders are; make the archive without the others.",
            ) from None
        # The last two come of numbers in a header that no system takes.
        except (tarfile.TarError, EOFError, ValueError, OverflowError):
            raise damaged(self.file.path) from None
        return Path(places.below)

    def _write(self, tar: tarfile.TarFile, member: tarfile.TarInfo, places: Places) -> None:
        if is_of_a_mac(member):
            self.passed_over += 1
            return
        target = self.into / places.place(member)
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
            target.chmod(mode_of(member))
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        content = tar.extractfile(member)
        with target.open("wb") as sink:
            while content is not None and (piece := content.read(_COPIED)):
                sink.write(piece)
        target.chmod(mode_of(member))
        os.utime(target, (member.mtime, member.mtime))
        self.files += 1


class _Stream:
    """What tarfile reads from, with a look at its very end."""

    def __init__(self, pieces: Iterator[bytes], check: Callable[[], None]) -> None:
        self._pieces = pieces
        self._check = check
        self._rest = b""
        self._last = b""

    def read(self, size: int) -> bytes:
        """As many bytes as there are, and never more than asked for."""
        while len(self._rest) < size:
            self._check()
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._rest += piece
        found, self._rest = self._rest[:size], self._rest[size:]
        self._last = (self._last + found[-BLOCK:])[-BLOCK:]
        return found

    def to_the_end(self) -> None:
        """Read the rest, which has the compression's own check; an archive ends with zeros.

        Raises:
            EOFError: It ends without.
        """
        while self.read(_COPIED):
            pass
        if self._last.strip(b"\0"):
            raise EOFError
