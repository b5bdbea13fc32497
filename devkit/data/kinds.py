"""What a file is, told by how its content begins; its name may say anything."""

from __future__ import annotations

from enum import Enum

HEAD = 1024 * 64
"""Bytes of the beginning that are enough to tell."""
_TAR_MAGIC = slice(257, 262)


class Compression(Enum):
    """How a file is compressed; the value is the ending of its name."""

    NONE = ""
    ZSTD = ".zst"
    GZIP = ".gz"


class Kind(Enum):
    """What a file is; the value is the noun for it."""

    SQL = "SQL"
    CUSTOM = "an archive of pg_dump"
    POSTGRES = "a dump of PostgreSQL"
    TAR = "a tar archive"
    EMPTY = "empty"
    CLUSTER = "a dump of a whole server, of pg_dumpall"
    MYSQL = "a dump of MySQL or MariaDB"
    SQLITE = "a database of SQLite"
    PAGE = "a page of the web"
    IMAGE = "an image"
    PDF = "a PDF"
    ZIP = "a ZIP archive"
    XZ = "compressed with xz"
    BZIP2 = "compressed with bzip2"
    BINARY = "of a kind that devkit does not know"


_COMPRESSIONS = ((b"\x28\xb5\x2f\xfd", Compression.ZSTD), (b"\x1f\x8b", Compression.GZIP))
_MAGIC = (
    (b"PGDMP", Kind.CUSTOM),
    (b"SQLite format 3\x00", Kind.SQLITE),
    (b"PK\x03\x04", Kind.ZIP),
    (b"\xfd7zXZ\x00", Kind.XZ),
    (b"BZh", Kind.BZIP2),
    (b"%PDF-", Kind.PDF),
    (b"\x89PNG", Kind.IMAGE),
    (b"\xff\xd8\xff", Kind.IMAGE),
    (b"GIF8", Kind.IMAGE),
)
_WORDS = (
    (b"PostgreSQL database cluster dump", Kind.CLUSTER),
    (b"-- PostgreSQL database dump", Kind.POSTGRES),
    (b"-- MySQL dump", Kind.MYSQL),
    (b"-- MariaDB dump", Kind.MYSQL),
    (b"/*M!999999", Kind.MYSQL),
    (b"-- phpMyAdmin SQL Dump", Kind.MYSQL),
    (b"ENGINE=InnoDB", Kind.MYSQL),
)
_MYSQL_BEGINS = (b"-- MySQL dump", b"-- MariaDB dump", b"/*M!999999")
_PAGES = (b"<!doctype html", b"<html")
_FIRST_WORDS = 4096
_TEXT_CONTROLS = b"\t\n\v\f\r\x1b"


def compression_of(head: bytes) -> Compression:
    """How a file is compressed that begins like this."""
    return next((each for magic, each in _COMPRESSIONS if head.startswith(magic)), Compression.NONE)


def kind_of(head: bytes) -> Kind:
    """What a file is that begins like this, once it is decompressed."""
    if not head.strip():
        return Kind.EMPTY
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[_TAR_MAGIC] == b"ustar":
        return Kind.TAR
    if head.startswith(_MYSQL_BEGINS):  # its rows may have bytes that are no text
        return Kind.MYSQL
    return _kind_of_text(head) if _is_text(head) else Kind.BINARY


def _kind_of_text(head: bytes) -> Kind:
    if head.lstrip().lower().startswith(_PAGES):
        return Kind.PAGE
    first = head[:_FIRST_WORDS]
    return next((kind for words, kind in _WORDS if words in first), Kind.SQL)


def _is_text(head: bytes) -> bool:
    """Whatever its encoding: only control characters tell."""
    controls = bytes(each for each in range(32) if each not in _TEXT_CONTROLS)
    return len(head.translate(None, controls)) == len(head)


HINTS = {
    Kind.TAR: "A tar archive of uploaded files is for `devkit media load`; one of `pg_dump"
    " --format=tar` has to be made anew with --format=custom.",
    Kind.CLUSTER: "Dump the one database instead: pg_dump --format=custom NAME.",
    Kind.MYSQL: "PostgreSQL cannot read it; a tool such as pgloader converts the database.",
    Kind.SQLITE: "A tool such as pgloader or sqlite3-to-mysql converts the database.",
    Kind.PAGE: "The download may have asked for a login; look into the file.",
    Kind.XZ: "Decompress it first, with xz --decompress --keep.",
    Kind.BZIP2: "Decompress it first, with bzip2 --decompress --keep.",
    Kind.ZIP: "Unpack it first, with unzip.",
    Kind.EMPTY: "The dump or the download may have failed; make it anew.",
}
"""The way out of what cannot be loaded into a database."""
MYSQL_HINTS = {
    Kind.CUSTOM: "MySQL and MariaDB cannot read it; --service chooses another database.",
    Kind.POSTGRES: "MySQL and MariaDB cannot read it; --service chooses another database.",
}
"""The same for what other databases can load."""
ANY_DUMP = "Give it a dump of the database's own tools, plain or compressed with gzip or zstd."
