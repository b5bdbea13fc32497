"""A dump that comes through a pipe: looked into and read on, once, with nothing kept of it."""

from __future__ import annotations

import os
import select
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from devkit.data.kinds import HEAD, compression_of, kind_of
from devkit.engine.compressed import CHUNK, DamagedError, decompressed
from devkit.engine.data_files import DataFile, damaged, first_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STDIN = Path("stdin")
"""What it is called in sentences."""
PATIENCE = 200
"""Milliseconds to wait for a pipe between two looks at whether anybody still wants what comes."""


@dataclass
class Pipe:
    """The bytes of a pipe; those that were looked at come once more.

    Attributes:
        file: Open for reading.
        sink: Who takes them; without it nothing more is waited for.
        check: Called now and then while nothing comes; what it raises is raised.
    """

    file: IO[bytes]
    sink: IO[bytes] | None = None
    check: Callable[[], None] = lambda: None
    _seen: list[bytes] = field(default_factory=list)
    _again: list[bytes] = field(default_factory=list)
    _is_looking: bool = True

    def read(self, size: int) -> bytes:
        """Some bytes, and none at the end.

        Raises:
            BrokenPipeError: Nobody takes them any more.
        """
        if self._again:
            return self._again.pop(0)
        self._wait()
        piece = os.read(self.file.fileno(), size)
        if self._is_looking:
            self._seen.append(piece)
        return piece

    def rewind(self, *, to_look: bool = False) -> None:
        """Give what was looked at once more."""
        self._again, self._is_looking = list(self._seen), to_look
        if not to_look:
            self._seen = []

    def _wait(self) -> None:
        poll = select.poll()
        poll.register(self.file.fileno(), select.POLLIN)
        if self.sink is not None:
            poll.register(self.sink.fileno(), 0)
        while not (ready := dict(poll.poll(PATIENCE))):
            self.check()
        if self.sink is not None and self.sink.fileno() in ready:
            raise BrokenPipeError


@dataclass(frozen=True, kw_only=True)
class PipedFile(DataFile):
    """A dump that can be read once."""

    pipe: Pipe

    def pieces(
        self,
        count: Callable[[int], None] = lambda _: None,
        *,
        sink: IO[bytes] | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> Iterator[bytes]:
        """What is in it, decompressed."""
        self.pipe.sink, self.pipe.check = sink, check
        try:
            yield from decompressed(self.pipe, self.compression, count)
        except DamagedError:
            raise damaged(self.path) from None


def look_into_pipe(file: IO[bytes]) -> PipedFile:
    """Tell what comes through a pipe by how it begins.

    Raises:
        UsageError: It is damaged at its beginning.
    """
    pipe = Pipe(file)
    first = b""
    while len(first) < HEAD and (piece := pipe.read(CHUNK)):
        first += piece
    compression = compression_of(first)
    pipe.rewind(to_look=True)
    try:
        head = first_bytes(decompressed(pipe, compression))
    except DamagedError:
        raise damaged(STDIN) from None
    pipe.rewind()
    return PipedFile(
        path=STDIN, size=0, compression=compression, kind=kind_of(head), head=head, pipe=pipe
    )
