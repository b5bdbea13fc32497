"""The first bytes of a clean clone's files; no link in it is followed."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from devkit.deployment.evidence import Entry

POINTER = b"version https://git-lfs.github.com/spec/v1\n"
POINTER_SIZES = range(120, 201)
"""A pointer has its version, a SHA-256 and a size; only files of about that size are opened."""
_CIPHERS = (b"\0GITCRYPT\0", b"U2FsdGVkX1")
_FIRST = 512
_MENTIONS = ("Dockerfile", "devkit.yaml")
_MOST_TEXT = 1_000_000
_WORD = re.compile(r"[\w.+-]+")
_CURES_ITSELF = re.compile(r"dos2unix|\\r")


def pointers(clone: Path, files: Iterable[str]) -> tuple[str, ...]:
    """The files that hold a pointer of Git LFS."""
    small = (path for path in files if _size(f"{clone}/{path}") in POINTER_SIZES)
    return tuple(path for path in small if _start(clone / path).startswith(POINTER))


def encrypted(clone: Path, files: Iterable[str]) -> tuple[str, ...]:
    """The files that are encrypted."""
    return tuple(path for path in files if _start(clone / path).startswith(_CIPHERS))


def link_targets(clone: Path, entries: Iterable[Entry]) -> dict[str, str]:
    """Where each link points to; a disk without links has small files instead."""
    links = (entry.path for entry in entries if entry.is_link)
    return {path: str((clone / path).readlink()) for path in links if (clone / path).is_symlink()}


def crlf_scripts(clone: Path, subfolder: Path, entries: Sequence[Entry]) -> tuple[str, ...]:
    """The programs whose ``#!`` line ends in CRLF.

    A program is what may be executed, or what the Dockerfile or devkit.yaml names: Windows has
    no such permission. None where the Dockerfile takes the CR out itself.
    """
    texts = [_start(clone / subfolder / name, _MOST_TEXT) for name in _MENTIONS]
    text = b"\n".join(texts).decode(errors="replace")
    if _CURES_ITSELF.search(text):
        return ()
    named = set(_WORD.findall(text))
    programs = (
        entry.path
        for entry in entries
        if entry.is_executable or (entry.is_file and entry.path.rpartition("/")[2] in named)
    )
    return tuple(path for path in programs if _has_crlf_interpreter(_start(clone / path)))


def _has_crlf_interpreter(start: bytes) -> bool:
    line, end, _ = start.partition(b"\n")
    return line.startswith(b"#!") and line.endswith(b"\r") and bool(end)


def _start(path: Path, length: int = _FIRST) -> bytes:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            return file.read(length)
    except OSError:  # a link, or none: nothing to see in it
        return b""


def _size(path: str) -> int:
    found = os.lstat(path)
    return found.st_size if stat.S_ISREG(found.st_mode) else -1
