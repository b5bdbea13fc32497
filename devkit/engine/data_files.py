"""Dumps and archives as files: told by their content, and written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from devkit.data.kinds import ANY_DUMP, HEAD, HINTS, Compression, Kind, compression_of, kind_of
from devkit.engine.compressed import DamagedError, compressor, decompressed
from devkit.errors import CouldNotFindOutError, RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devkit.data.dialects import Dialect

LOADABLE = frozenset({Kind.SQL, Kind.CUSTOM, Kind.POSTGRES, Kind.MYSQL})
"""Into one database or another."""


@dataclass(frozen=True, kw_only=True)
class DataFile:
    """A file that was looked into.

    Attributes:
        path: Where it is.
        size: Bytes, as it lies there.
        compression: How it is compressed.
        kind: What it is, decompressed.
        head: How it begins, decompressed.
    """

    path: Path
    size: int
    compression: Compression
    kind: Kind
    head: bytes

    def pieces(
        self,
        count: Callable[[int], None] = lambda _: None,
        *,
        sink: IO[bytes] | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> Iterator[bytes]:
        """What is in it, decompressed.

        Args:
            count: Told of every few bytes of the file.
            sink: Who takes them, where that matters to the reading.
            check: Called now and then while nothing comes; what it raises ends the waiting.

        Raises:
            UsageError: It ends before its end, or is damaged.
            CouldNotFindOutError: It cannot be read.
        """
        del sink, check  # a file never has to be waited for
        try:
            with self.path.open("rb") as file:
                yield from decompressed(file, self.compression, count)
        except DamagedError:
            raise damaged(self.path) from None
        except OSError as error:
            raise _unreadable(self.path, error) from None


def damaged(path: Path) -> UsageError:
    """The error for a file that is not whole."""
    return UsageError(f"{path} ends before its end, or is damaged.", hint="Make or fetch it anew.")


def look_into(path: Path) -> DataFile:
    """Tell what a file is by how it begins.

    Raises:
        UsageError: It is no file, or one that is damaged at its beginning.
        CouldNotFindOutError: It cannot be read.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is no file"
        raise UsageError(
            f"{path} {what}." if path.exists() else f"There is no file {path}.",
            hint="Give it the dump's file.",
        )
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            compression = compression_of(file.read(HEAD))
            file.seek(0)
            head = first_bytes(decompressed(file, compression))
    except DamagedError:
        raise damaged(path) from None
    except OSError as error:
        raise _unreadable(path, error) from None
    return DataFile(path=path, size=size, compression=compression, kind=kind_of(head), head=head)


def first_bytes(pieces: Iterator[bytes]) -> bytes:
    """As many as tell what it is."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= HEAD:
            break
    return head[:HEAD]


def check_loadable(file: DataFile, dialect: Dialect | None = None) -> None:
    """Refuse what is no dump.

    Args:
        file: The file.
        dialect: What the database understands; None where that is not known yet.

    Raises:
        UsageError: It is none; with what it is.
    """
    if file.kind not in (dialect.loadable if dialect else LOADABLE):
        raise UsageError(
            f"{file.path} is {file.kind.value}, and no dump of a"
            f" {dialect.noun + ' ' if dialect else ''}database.",
            hint=(dialect.hints if dialect else HINTS).get(file.kind, ANY_DUMP),
        )


def refuse_existing(path: Path, *, force: bool) -> None:
    """Never overwrite what nobody asked to.

    Raises:
        RefusedError: There is something of that name.
        UsageError: Its folder does not exist.
    """
    if path.is_dir() or (path.exists() and not force):
        raise RefusedError(
            f"{path} is there already.", hint="Give it another name, or --force to overwrite it."
        )
    if not path.parent.is_dir():
        raise UsageError(f"There is no folder {path.parent}.")


class NewFile:
    """A file that gets its name when it is whole; ``temporary`` is what it has until then."""

    def __init__(self, path: Path, compression: Compression) -> None:
        self.path = path
        self.bytes = 0
        self._compressor = compressor(compression)
        self.temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
        self._file: IO[bytes] | None = None

    def write(self, data: bytes) -> int:
        """Take some more."""
        return self._put(self._compressor.compress(data)) or len(data)

    def _put(self, data: bytes) -> int:
        assert self._file is not None  # noqa: S101 - within `writing` it is open
        self._file.write(data)
        self.bytes += len(data)
        return 0

    @contextlib.contextmanager
    def writing(self, *, force: bool) -> Iterator[NewFile]:
        """Write within the block; the name is given at its end, and only where all went well.

        Raises:
            CouldNotFindOutError: It cannot be written.
            RefusedError: A file of its name came to be meanwhile.
        """
        try:
            self._file = self.temporary.open("xb")
            with self._file:
                yield self
                self._put(self._compressor.flush())
                self._file.flush()
                os.fsync(self._file.fileno())
            refuse_existing(self.path, force=force)
            self.temporary.replace(self.path)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise unwritable(self.path, error) from None
        finally:
            with contextlib.suppress(OSError):
                self.temporary.unlink()


class NewStdout:
    """The same for stdout, uncompressed."""

    def write(self, data: bytes) -> int:
        """Write some more."""
        sys.stdout.buffer.write(data)
        return len(data)

    @contextlib.contextmanager
    def writing(self, *, force: bool) -> Iterator[NewStdout]:  # noqa: ARG002 - nothing is there
        """Write within the block.

        Raises:
            CouldNotFindOutError: Nobody reads it to its end, or it cannot be written.
        """
        try:
            yield self
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            # What is left of it is not to be tried again when Python ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise CouldNotFindOutError("Nobody read the archive to its end.") from None
        except OSError as error:
            raise unwritable(Path("stdout"), error) from None


def unwritable(path: Path, error: OSError) -> CouldNotFindOutError:
    """The error for a file that could not be written."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return CouldNotFindOutError(
            f"{path} has no room: the disk is full.",
            hint="Make room, or give a name on another disk.",
        )
    why = (error.strerror or str(error)).lower()
    return CouldNotFindOutError(f"{path} could not be written: {why}.")


def _unreadable(path: Path, error: OSError) -> CouldNotFindOutError:
    why = (error.strerror or str(error)).lower()
    return CouldNotFindOutError(f"{path} could not be read: {why}.")
