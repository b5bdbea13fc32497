"""Makes a plain SQL dump fit a new, empty database of another owner, while it streams.

What pg_restore does with --no-owner, --no-acl and --if-exists has to be done here for psql. Rows
that are copied go through untouched, and so does what is in strings and in the bodies of functions:
only lines are looked at that begin outside of all those.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from devkit.data.sqltext import SqlText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_COPY = re.compile(rb"^COPY\s.*\sFROM\s+stdin\b.*;\s*$", re.IGNORECASE)
_COPY_END = re.compile(rb"\n\\\.\r?\n")
_LONGEST_END = 4
_BEGINS = b"-- PostgreSQL database dump\n"
_IS_WHOLE = b"-- PostgreSQL database dump complete"
_ENDS = 1024
_CONNECT = re.compile(rb"^\\c(onnect)?\s")
# Whose things are, and who else may use them, names roles that are not here.
_ROLES = re.compile(
    rb"^(ALTER\s[^;]*\sOWNER\sTO\s[^;]+|(GRANT|REVOKE)\s[^;]*\s(TO|FROM)\s[^;]+"
    rb"|ALTER\sDEFAULT\sPRIVILEGES\s[^;]*|SET\sSESSION\sAUTHORIZATION\s[^;]*);\s*$"
)
_DATABASE = re.compile(rb"^((CREATE|DROP|ALTER)\sDATABASE|COMMENT\sON\sDATABASE)\s.*;\s*$")
# Of psql 17 and 18, and of the last versions of those before; an older server knows them not.
_UNKNOWN_TO_OLDER = re.compile(rb"^(SET\stransaction_timeout\s*=\s*0;|\\(un)?restrict\s.*)\s*$")
_ESCAPES = re.compile(
    rb"^SET\s+standard_conforming_strings\s*(?:=|TO)\s*'?(on|off)\b", re.IGNORECASE
)
_LEFT_OUT = (_ROLES, _DATABASE, _UNKNOWN_TO_OLDER)
_FIRST_OBJECT = re.compile(rb"^CREATE\s(?!DATABASE\b)")
_DROP = re.compile(
    rb"^DROP\s((?:EVENT\sTRIGGER|MATERIALIZED\sVIEW|FOREIGN\sTABLE|FOREIGN\sDATA\sWRAPPER"
    rb"|TEXT\sSEARCH\s\w+|OPERATOR\s(?:CLASS|FAMILY)|ACCESS\sMETHOD|[A-Z]+))\s(?!IF\sEXISTS\b)"
)
_ALTER = re.compile(rb"^ALTER\s((?:FOREIGN\s)?TABLE)\s(?!IF\sEXISTS\b)")
_DROP_CONSTRAINT = re.compile(rb"\sDROP\sCONSTRAINT\s(?!IF\sEXISTS\b)")
_STARTS = (
    b"COPY", b"copy", b"\\", b"ALTER", b"GRANT", b"REVOKE", b"SET", b"CREATE", b"DROP", b"COMMENT",
)  # fmt: skip
"""How a line begins that may be of interest; most do not."""


class SeveralDatabasesError(Exception):
    """The dump goes on in another database."""


class CutShortError(Exception):
    """The dump ends before its end."""


class _Place(Enum):
    HEAD = "before the first object"
    STATEMENTS = "between statements"
    ROWS = "among copied rows"


class PlainSql:
    """One dump on its way to psql."""

    def __init__(self) -> None:
        self._place = _Place.HEAD
        self._text = SqlText(_STARTS)
        self._held: list[bytes] = []
        self._first: bytes = b""
        self._last: bytes = b""

    def fit(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The dump as it is to be given to psql.

        Raises:
            SeveralDatabasesError: It is of more than one database.
            CutShortError: It ended within rows, or without the last line of pg_dump's.
        """
        for chunk in chunks:
            self._first = self._first or chunk[:_ENDS]
            self._last = (self._last + chunk[-_ENDS:])[-_ENDS:]
            yield from self._fit(chunk)
        rest = b"".join(self._held)
        if rest:
            is_line = self._place is not _Place.ROWS and self._text.is_outside
            yield self._line(rest) if is_line else rest
        # psql takes the end of its input for the end of the rows, and says nothing.
        if self._place is _Place.ROWS or (_BEGINS in self._first and _IS_WHOLE not in self._last):
            raise CutShortError

    def _fit(self, chunk: bytes) -> Iterator[bytes]:
        self._held.append(chunk)
        if self._place is not _Place.ROWS and b"\n" not in chunk:
            return  # joined once it is whole: one line may have hundreds of megabytes
        data = b"".join(self._held)
        at = 0
        while at < len(data):
            before, place = at, self._place
            fitted, at = (self._rows if place is _Place.ROWS else self._statements)(data, at)
            yield fitted
            if at == before or (place is _Place.ROWS and self._place is place):
                break
        self._held = [data[at:]]

    def _rows(self, data: bytes, at: int) -> tuple[bytes, int]:
        """Rows up to their end, which may lie across two chunks; and where the rest begins."""
        found = _COPY_END.search(data, at)
        if found is not None:
            self._place = _Place.STATEMENTS
            return data[at : found.end()], found.end()
        upto = max(at, len(data) - _LONGEST_END)
        return data[at:upto], upto

    def _statements(self, data: bytes, at: int) -> tuple[bytes, int]:
        """Whole lines up to the next rows; and where the rest begins."""
        kept: list[bytes] = []
        end = data.rfind(b"\n", at) + 1
        while at < end:
            begin = at
            if not (self._text.is_outside and data.startswith(_STARTS, at)):
                at = self._text.read(data, at, end)
                kept.append(data[begin:at])
                continue
            at = data.index(b"\n", at) + 1
            kept.append(self._line(data[begin:at]))
            if self._place is _Place.ROWS:
                # The line's end is left to the rows: their own end begins with one.
                return b"".join(kept)[:-1], at - 1
        return b"".join(kept), at

    def _line(self, line: bytes) -> bytes:
        """A line that begins outside of strings and bodies."""
        if not line.startswith(_STARTS):
            return line
        self._text.read(line, 0, len(line))
        if self._text.is_outside:
            return self._statement(line)
        self._note_first_object(line)
        return line

    def _statement(self, line: bytes) -> bytes:
        if _COPY.match(line):
            self._place = _Place.ROWS
            return line
        if _CONNECT.match(line):
            return self._connect()
        if any(each.match(line) for each in _LEFT_OUT):
            return b"\n"
        if escapes := _ESCAPES.match(line):
            self._text.has_escapes = escapes[1].lower() == b"off"
        self._note_first_object(line)
        return _if_exists(line) if self._place is _Place.HEAD else line

    def _note_first_object(self, line: bytes) -> None:
        if _FIRST_OBJECT.match(line):
            self._place = _Place.STATEMENTS

    def _connect(self) -> bytes:
        if self._place is not _Place.HEAD:
            raise SeveralDatabasesError
        return b"\n"


def _if_exists(line: bytes) -> bytes:
    r"""What ``pg_dump --clean`` drops before it creates: here there is nothing yet."""
    line = _DROP.sub(rb"DROP \1 IF EXISTS ", line)
    if b" DROP " not in line:
        return line
    line = _ALTER.sub(rb"ALTER \1 IF EXISTS ", line)
    return _DROP_CONSTRAINT.sub(b" DROP CONSTRAINT IF EXISTS ", line)
