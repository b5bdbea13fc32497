"""Files that are compressed or not, as streams of bounded pieces."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Protocol

from devkit.data.kinds import Compression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHUNK = 1024 * 1024
_ZSTD_STEP = 4096
"""Bytes to decompress at once: zeros become thirty thousand times as many."""
_GZIP_BITS = 31
_GZIP_LEVEL = 6
_LARGEST_WINDOW = 2**31


class DamagedError(Exception):
    """What is compressed ends before its end, or is none of it."""


class Readable(Protocol):
    """What is read from its beginning to its end."""

    def read(self, size: int, /) -> bytes:
        """Some bytes, and none at the end."""
        ...


class Compressor(Protocol):
    """What zlib and zstandard both have."""

    def compress(self, data: bytes, /) -> bytes:
        """Take some more, and give what is ready."""
        ...

    def flush(self) -> bytes:
        """Give the rest."""
        ...


class _AsItIs:
    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


def compressor(compression: Compression) -> Compressor:
    """A new compressor, at the level that the tools of its name have."""
    if compression is Compression.GZIP:
        return zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP_BITS)
    if compression is Compression.ZSTD:
        import zstandard  # noqa: PLC0415 - 20 ms, where it is used

        return zstandard.ZstdCompressor(threads=-1, write_checksum=True).compressobj()
    return _AsItIs()


def decompressed(
    file: Readable, compression: Compression, count: Callable[[int], None] = lambda _: None
) -> Iterator[bytes]:
    """What is in a file, in pieces.

    Args:
        file: Open at its beginning.
        compression: How it is compressed.
        count: Told of every few bytes that were read of the file.

    Raises:
        DamagedError: It ends before its end, or is damaged.
        OSError: It cannot be read.
    """
    pieces = _pieces(file, count)
    if compression is Compression.GZIP:
        return _gunzip(pieces)
    return _unzstd(pieces) if compression is Compression.ZSTD else pieces


def _pieces(file: Readable, count: Callable[[int], None]) -> Iterator[bytes]:
    while piece := file.read(CHUNK):
        count(len(piece))
        yield piece


def _gunzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """One member after the other; what follows the last one is left."""
    member = zlib.decompressobj(_GZIP_BITS)
    began = False
    for piece in pieces:
        rest = piece
        while rest:
            if member.eof:
                if not rest.strip(b"\0"):  # as tapes and blocks pad it
                    break
                member, began = zlib.decompressobj(_GZIP_BITS), False
            try:
                yield member.decompress(rest, CHUNK)
            except zlib.error:
                raise DamagedError from None
            began = True
            rest = member.unused_data if member.eof else member.unconsumed_tail
    if began and not member.eof:
        raise DamagedError


def _unzstd(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """One frame after the other."""
    import zstandard  # noqa: PLC0415 - 20 ms, where it is used

    decompressor = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
    frame = decompressor.decompressobj()
    for piece in pieces:
        for at in range(0, len(piece), _ZSTD_STEP):
            rest = piece[at : at + _ZSTD_STEP]
            while rest:
                if frame.eof:
                    frame = decompressor.decompressobj()
                try:
                    yield frame.decompress(rest)
                except zstandard.ZstdError:
                    raise DamagedError from None
                rest = frame.unused_data if frame.eof else b""
    if not frame.eof:
        raise DamagedError
