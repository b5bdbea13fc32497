"""The head of an archive in pg_dump's custom format: who made it, and of what.

The fields are those of ReadHead in PostgreSQL's src/bin/pg_dump/pg_backup_archiver.c.
"""

from __future__ import annotations

from dataclasses import dataclass

_MAGIC = b"PGDMP"
_COMPRESSION_BYTE_SINCE = (1, 15)
_TIMES = 7
_READABLE = ((17, (1, 16)), (16, (1, 15)), (12, (1, 14)), (0, (1, 13)))
"""From which PostgreSQL on which version of the format is read."""
_NEEDED = {(1, 14): 12, (1, 15): 16, (1, 16): 17}


@dataclass(frozen=True, kw_only=True)
class ArchiveHead:
    """What an archive says of itself.

    Attributes:
        version: Of the format.
        database: The database's name.
        server: The version of the server that it is from.
        tool: The version of the pg_dump that made it.
    """

    version: tuple[int, int]
    database: str = ""
    server: str = ""
    tool: str = ""


class _Reader:
    def __init__(self, data: bytes, *, at: int) -> None:
        self._data = data
        self._at = at
        self.width = 4

    def byte(self) -> int:
        value = self._data[self._at]
        self._at += 1
        return value

    def number(self) -> int:
        sign = self.byte()
        value = sum(self.byte() << (8 * place) for place in range(self.width))
        return -value if sign else value

    def text(self) -> str:
        length = self.number()
        if length < 0:
            return ""
        found = self._data[self._at : self._at + length]
        self._at += length
        return found.decode(errors="replace")


def read_head(head: bytes) -> ArchiveHead | None:
    """Read the beginning of an archive; None where it ends before its head does."""
    reader = _Reader(head, at=len(_MAGIC))
    try:
        version = (reader.byte(), reader.byte())
        reader.byte()  # the revision
        reader.width = reader.byte()
        reader.byte()  # how wide offsets are
        reader.byte()  # the format
        if version >= _COMPRESSION_BYTE_SINCE:
            reader.byte()
        else:
            reader.number()
        for _ in range(_TIMES):
            reader.number()
        found = [reader.text() for _ in range(3)]
    except IndexError:
        return None
    return ArchiveHead(version=version, database=found[0], server=found[1], tool=found[2])


def is_readable(version: tuple[int, int], *, major: int) -> bool:
    """Whether the pg_restore of a major version of PostgreSQL reads a version of the format."""
    return version <= next(most for since, most in _READABLE if major >= since)


def needed(version: tuple[int, int]) -> int:
    """The first PostgreSQL that reads a version of the format; 0 where that is not known."""
    return _NEEDED.get(version, 0)
