"""Dumps as files: compressed or not, whole or not, with room or without."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import pytest
import zstandard

from devkit.data.kinds import Compression, Kind
from devkit.engine.compressed import DamagedError, compressor, decompressed
from devkit.engine.data_files import NewFile, check_loadable, look_into
from devkit.errors import CouldNotFindOutError, RefusedError, UsageError
from tests.functional.disks import small_disk

if TYPE_CHECKING:
    from pathlib import Path

TEXT = b"-- PostgreSQL database dump\n" + bytes(range(32, 127)) * 50_000


def squeezed(compression: Compression) -> bytes:
    squeezing = compressor(compression)
    return squeezing.compress(TEXT) + squeezing.flush()


@pytest.mark.parametrize("compression", list(Compression))
def test_what_was_compressed_comes_back(compression: Compression) -> None:
    data = squeezed(compression)
    counted: list[int] = []
    assert b"".join(decompressed(io.BytesIO(data), compression, counted.append)) == TEXT
    assert sum(counted) == len(data)


@pytest.mark.parametrize("compression", [Compression.GZIP, Compression.ZSTD])
def test_several_in_a_row_are_one(compression: Compression) -> None:
    data = squeezed(compression) * 2
    assert b"".join(decompressed(io.BytesIO(data), compression)) == TEXT * 2


@pytest.mark.parametrize("compression", [Compression.GZIP, Compression.ZSTD])
@pytest.mark.parametrize("left", [-1, -9, 20])
def test_one_that_is_cut_short_is_noticed(compression: Compression, left: int) -> None:
    with pytest.raises(DamagedError):
        list(decompressed(io.BytesIO(squeezed(compression)[:left]), compression))


@pytest.mark.parametrize("compression", [Compression.GZIP, Compression.ZSTD])
def test_one_that_is_damaged_is_noticed(compression: Compression) -> None:
    data = bytearray(squeezed(compression))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(DamagedError):
        list(decompressed(io.BytesIO(bytes(data)), compression))


@pytest.mark.parametrize("compression", [Compression.GZIP, Compression.ZSTD])
def test_a_bomb_comes_in_pieces(compression: Compression) -> None:
    squeezing = compressor(compression)
    zeros = bytes(1024 * 1024)
    data = b"".join([squeezing.compress(zeros) for _ in range(512)]) + squeezing.flush()
    largest = max(map(len, decompressed(io.BytesIO(data), compression)))
    assert largest < 300 * 1024 * 1024


def test_a_file_is_told_by_its_content(tmp_path: Path) -> None:
    told = {
        "dump.png": (gzip.compress(TEXT), Compression.GZIP, Kind.POSTGRES),
        "a.sql": (zstandard.compress(b"PGDMP\x01\x0e"), Compression.ZSTD, Kind.CUSTOM),
        "a.gz": (b"", Compression.NONE, Kind.EMPTY),
    }
    for name, (data, compression, kind) in told.items():
        (tmp_path / name).write_bytes(data)
        found = look_into(tmp_path / name)
        assert (found.compression, found.kind, found.size) == (compression, kind, len(data))
    with pytest.raises(UsageError, match="is empty"):
        check_loadable(look_into(tmp_path / "a.gz"))
    with pytest.raises(UsageError, match="is a folder"):
        look_into(tmp_path)
    with pytest.raises(UsageError, match="There is no file"):
        look_into(tmp_path / "nowhere")
    (tmp_path / "cut").write_bytes(gzip.compress(TEXT)[:15])
    with pytest.raises(UsageError, match="ends before its end"):
        look_into(tmp_path / "cut")


def _write(path: Path, data: bytes, *, force: bool = False) -> None:
    file = NewFile(path, Compression.NONE)
    with file.writing(force=force):
        file.write(data)


def test_a_file_has_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.sql.gz"
    file = NewFile(path, Compression.GZIP)
    with file.writing(force=False):
        file.write(TEXT)
        assert not path.exists()
    assert gzip.decompress(path.read_bytes()) == TEXT
    with pytest.raises(RefusedError):
        _write(path, b"other")
    with pytest.raises(TypeError):
        _write(path, None, force=True)  # type: ignore[arg-type] # it fails amidst
    assert gzip.decompress(path.read_bytes()) == TEXT
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk"):
        path = tmp_path / "disk" / "a.sql"
        file = NewFile(path, Compression.NONE)
        with pytest.raises(CouldNotFindOutError, match="disk is full"), file.writing(force=False):
            file.write(TEXT)
        assert not list(path.parent.iterdir())
