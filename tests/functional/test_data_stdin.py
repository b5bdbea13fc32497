"""A dump that comes through a pipe, in pieces of any size."""

from __future__ import annotations

import gzip
import os
import threading

import pytest
import zstandard

from devkit.data.kinds import Compression, Kind
from devkit.engine.data_stdin import look_into_pipe

SQL = b"-- a dump\n" + b"SELECT 1;\n" * 50_000


@pytest.mark.parametrize(
    ("data", "kind", "compression"),
    [
        (SQL, Kind.SQL, Compression.NONE),
        (gzip.compress(SQL), Kind.SQL, Compression.GZIP),
        (zstandard.compress(SQL), Kind.SQL, Compression.ZSTD),
        (b"PGDMP" + SQL, Kind.CUSTOM, Compression.NONE),
        (b"", Kind.EMPTY, Compression.NONE),
    ],
)
def test_it_is_told_and_then_read_whole(data: bytes, kind: Kind, compression: Compression) -> None:
    taking, giving = os.pipe()

    def give() -> None:
        with os.fdopen(giving, "wb") as sink:
            sink.write(data)

    writer = threading.Thread(target=give)
    writer.start()
    with os.fdopen(taking, "rb") as source:
        found = look_into_pipe(source)
        assert (found.kind, found.compression) == (kind, compression)
        whole = b"".join(found.pieces())
    writer.join()
    assert whole == (data if compression is Compression.NONE else SQL)


def test_nobody_waits_for_a_pipe_whose_taker_is_gone() -> None:
    taking, giving = os.pipe()
    reading, writing = os.pipe()
    os.write(giving, SQL[:60_000].ljust(65_536, b"\n"))
    with os.fdopen(taking, "rb") as source, os.fdopen(writing, "wb") as sink:
        found = look_into_pipe(source)
        os.close(reading)
        with pytest.raises(BrokenPipeError):
            list(found.pieces(sink=sink))
    os.close(giving)


def test_a_silent_pipe_is_waited_for_until_something_ends_it() -> None:
    taking, giving = os.pipe()
    reading, writing = os.pipe()
    os.write(giving, SQL[:60_000].ljust(65_536, b"\n"))
    looks: list[None] = []

    def look() -> None:
        looks.append(None)
        if len(looks) > 1:
            raise InterruptedError

    with os.fdopen(taking, "rb") as source, os.fdopen(writing, "wb") as sink:
        found = look_into_pipe(source)
        with pytest.raises(InterruptedError):
            list(found.pieces(check=look))
        closing = threading.Timer(0.5, os.close, [reading])
        closing.start()
        with pytest.raises(BrokenPipeError):
            list(found.pieces(sink=sink))
        closing.join()
    os.close(giving)
