"""Where statements and lines begin in a text of MySQL's SQL: outside of strings and comments.

What is dull is passed over at once, many rows at a time: dumps have hundreds of megabytes of it.
The text may be cut into pieces anywhere.
"""

from __future__ import annotations

import re
from typing import Protocol

LOOK_AHEAD = 4096
"""Bytes of a beginning that are enough to tell what it is."""
_OPENER = 4
"""Bytes that tell whether a comment begins, and of which sort: ``/*M!``."""
_STRING = rb"[^'\\]*+(?:\\[\s\S][^'\\]*+)*+"
_QUOTED = rb'[^"\\]*+(?:\\[\s\S][^"\\]*+)*+'
_PASSED_OVER = (
    rb"""[^'"`/*#\n;-]++|'%b'|"%b"|`[^`]*+`|--(?=\S)|-(?=[^-])|\*/|\*(?=[^/])|/(?=[^*])"""
    rb"""|\n(?=\()""" % (_STRING, _QUOTED)
)
_DULL = re.compile(rb"(?:%b)*+" % _PASSED_OVER)
_DULL_ROWS = re.compile(rb"(?:%b|;\n(?=INSERT INTO `[^`\n]++` [V(]))*+" % _PASSED_OVER)
"""The same behind a row of a dump that has a statement for each."""
_ROW = b"INSERT INTO `"
_SPACE = re.compile(rb"\s*+")
_COMMENT, _LINE = b"*/", b"\n"
_INSIDES = {
    b"'": re.compile(_STRING),
    b'"': re.compile(_QUOTED),
    b"`": re.compile(rb"[^`]*+"),
    _COMMENT: re.compile(rb"(?:[^*]++|\*(?=[^/]))*+"),
    _LINE: re.compile(rb"[^\n]*+"),
}


class Change(Protocol):
    """Tells what becomes of a beginning."""

    def __call__(self, head: bytes, *, is_statement: bool) -> tuple[bytes, int]:
        """What to write in place of the first bytes, and how many of them that replaces.

        Args:
            head: What begins with a line.
            is_statement: Whether a statement begins there, too.
        """
        ...


class MySqlText:
    """One text, piece by piece, in which what begins outside may be changed.

    Args:
        change: Tells what becomes of each beginning.
    """

    def __init__(self, change: Change) -> None:
        self._change = change
        self._rest = b""
        self._closing = b""
        self._begins = True
        self._is_statement = True
        self._dull = _DULL

    @property
    def is_inside(self) -> bool:
        """Whether it goes on within a string, a name or a comment."""
        return self._closing not in {b"", _LINE}

    def feed(self, data: bytes) -> bytes:
        """Take some more, and give what is ready."""
        return self._read(self._rest + data, final=False)

    def end(self) -> bytes:
        """Give the rest."""
        return self._read(self._rest, final=True)

    def _read(self, data: bytes, *, final: bool) -> bytes:
        kept: list[bytes] = []
        at = 0
        while at < len(data):
            before = at, self._begins, self._closing
            if self._closing:
                written, at = self._inside(data, at)
            elif self._begins:
                written, at = self._beginning(data, at, final=final)
            else:
                written, at = self._outside(data, at, final=final)
            kept.append(written)
            if (at, self._begins, self._closing) == before:
                break
        self._rest = data[at:]
        if final:
            kept.append(self._rest)
        return b"".join(kept)

    def _inside(self, data: bytes, at: int) -> tuple[bytes, int]:
        passed = _INSIDES[self._closing].match(data, at)
        end = passed.end() if passed else at
        if data.startswith(self._closing, end):
            end += 0 if self._closing == _LINE else len(self._closing)
            self._closing = b""
        return data[at:end], end

    def _beginning(self, data: bytes, at: int, *, final: bool) -> tuple[bytes, int]:
        space = _SPACE.match(data, at)
        begin = space.end() if space else at
        if not final and len(data) - begin < LOOK_AHEAD:
            return data[at:begin], begin
        head = data[begin : begin + LOOK_AHEAD]
        written, replaced = self._change(head, is_statement=self._is_statement)
        self._is_statement = self._is_statement or written.endswith(b";")
        self._dull = _DULL_ROWS if head.startswith(_ROW) else _DULL
        self._begins = replaced > 0  # what follows on what is gone begins in its place
        return data[at:begin] + written, begin + replaced

    def _outside(self, data: bytes, at: int, *, final: bool) -> tuple[bytes, int]:
        passed = self._dull.match(data, at)
        end = passed.end() if passed else at
        self._is_statement = self._is_statement and not data[at:end].strip()
        opener = data[end : end + _OPENER]
        if not opener or (opener[:1] in b"-/*" and len(opener) < _OPENER and not final):
            return data[at:end], end
        end += self._open(opener)
        return data[at:end], end

    def _open(self, opener: bytes) -> int:
        """How many bytes belong to what opens something, or ends a statement or a line."""
        first = opener[:1]
        if first in b"\n;":
            self._begins = True
            self._is_statement = self._is_statement or first == b";"
        elif first in _INSIDES:
            self._closing, self._is_statement = first, False
        elif first == b"#" or (opener[:2] == b"--" and not opener[2:3].strip()):
            self._closing = _LINE
        elif opener[:2] == b"/*":  # with a ! it is a statement for some versions
            is_code = opener[2:3] == b"!" or opener[2:4] == b"M!"
            self._closing = b"" if is_code else _COMMENT
            self._is_statement = self._is_statement and not is_code
            return 2
        return 1
