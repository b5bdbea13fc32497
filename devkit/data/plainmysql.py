"""Makes a dump of MySQL or MariaDB fit the one database that it is for, while it streams.

Only what begins a statement or a line is looked at: rows, strings and comments go through as they
are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devkit.data.mysqltext import MySqlText
from devkit.data.plainsql import CutShortError, SeveralDatabasesError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NAME = rb"(?:`(?:[^`]|``)+`|[\w$\x80-\xff]+)"
_PART = rb"(?:`(?:[^`]|``)*`|'(?:[^']|'')*'|\"[^\"]*\"|[\w.%-]+)"
# Whose a view or a routine is: somebody whom this server does not know.
_DEFINER = re.compile(
    rb"((?:/\*M?!\d{5,6}\s*|\*/\s*|CREATE\b\s*|OR\s+REPLACE\s+|AGGREGATE\s+|ALGORITHM\s*=\s*\w+\s+)*+)"
    rb"DEFINER\s*=\s*%b(?:\(\))?(?:\s*@\s*%b)?\s*" % (_PART, _PART),
    re.IGNORECASE,
)
_DELIMITER = re.compile(rb"(DELIMITER\s+(\S+))\r?", re.IGNORECASE)
_USE = re.compile(rb"USE\s+(%b)[ \t]*;?" % _NAME, re.IGNORECASE)
# The settings of the whole server, of the database itself, and of who receives from whom.
_LEFT_OUT = re.compile(
    rb"(?:/\*M?!\d{5,6}\s*)?(?:(?:CREATE|DROP|ALTER)\s+(?:DATABASE|SCHEMA)\b"
    rb"|SET\s+(?:@@)?GLOBAL\b|CHANGE\s+(?:MASTER|REPLICATION\s+SOURCE)\b)[^;]*+;?"
    # An order to the client alone, which older ones and MySQL's do not know.
    rb"|/\*M!999999\\-[^\n]*+",
    re.IGNORECASE,
)
_QUALIFIED = re.compile(
    rb"(?:/\*M?!\d{5,6}\s*)?"
    rb"(?:(?:INSERT|REPLACE)\s+(?:(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE)\s+)*(?:INTO\s+)?"
    rb"|(?:CREATE|DROP|ALTER)\s+(?:OR\s+REPLACE\s+|TEMPORARY\s+|UNIQUE\s+)*"
    rb"(?:TABLE|VIEW|PROCEDURE|FUNCTION|TRIGGER|EVENT|SEQUENCE)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?"
    rb"|TRUNCATE\s+(?:TABLE\s+)?|UPDATE\s+|DELETE\s+FROM\s+|LOCK\s+TABLES?\s+)"
    rb"(%b)\s*\.\s*[`\w]" % _NAME,
    re.IGNORECASE,
)
_OBJECT = re.compile(rb"(?:/\*M?!\d{5,6}\s*)?(?:CREATE|INSERT|REPLACE)\b", re.IGNORECASE)
_OF_THE_SERVER = frozenset({b"mysql", b"sys", b"information_schema", b"performance_schema"})
_BEGINS = (b"-- MySQL dump", b"-- MariaDB dump")
_IS_WHOLE = b"-- Dump completed"
_ENDS = 1024
_NOTHING = (b"", 0)


class OtherDatabaseError(Exception):
    """The dump writes into a database that it names; its text is the name."""


def _without_definer(head: bytes, *, is_statement: bool) -> tuple[bytes, int]:
    del is_statement  # in a view's it is the second line
    found = _DEFINER.match(head)
    return (found[1], found.end()) if found else _NOTHING


class DefinerFree(MySqlText):
    """A dump on its way out, without whose things are."""

    def __init__(self) -> None:
        super().__init__(_without_definer)


class PlainMySql:
    """One dump on its way into a database.

    Args:
        database: The database's name.
    """

    def __init__(self, database: str) -> None:
        self._own = database.encode()
        self._used: bytes | None = None
        self._has_objects = False
        self._in_body = False
        self._first = b""
        self._last = b""

    def fit(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The dump as it is to be given to the client.

        Raises:
            SeveralDatabasesError: It is of more than one database.
            OtherDatabaseError: It names another database to write into.
            CutShortError: It ended within a string, or without the last line of its tool's.
        """
        text = MySqlText(self._change)
        for chunk in chunks:
            self._first += chunk[: _ENDS - len(self._first)]
            self._last = (self._last + chunk[-_ENDS:])[-_ENDS:]
            yield text.feed(chunk)
        yield text.end()
        is_of_its_tool = any(each in self._first for each in _BEGINS)
        if _IS_WHOLE not in self._last and (is_of_its_tool or text.is_inside):
            raise CutShortError

    def _change(self, head: bytes, *, is_statement: bool) -> tuple[bytes, int]:
        delimiter = _DELIMITER.match(head)
        if delimiter:
            self._in_body = delimiter[2] != b";"
            return delimiter[1], delimiter.end()  # a CR would be of the delimiter
        changed = _without_definer(head, is_statement=is_statement)
        if changed is not _NOTHING or self._in_body:
            self._has_objects = True
            return changed
        if not is_statement:
            return _NOTHING
        use = _USE.match(head)
        if use:
            self._note_use(_plain(use[1]))
        left_out = use or _LEFT_OUT.match(head)
        if left_out:
            return b"\n" * left_out[0].count(b"\n"), left_out.end()
        self._check_names(head)
        return _NOTHING

    def _note_use(self, name: bytes) -> None:
        """One database may be named, before the first object: what follows is for this one."""
        is_later = self._has_objects if self._used is None else name != self._used
        if name.lower() in _OF_THE_SERVER or (is_later and name != self._own):
            raise SeveralDatabasesError
        self._used = name

    def _check_names(self, head: bytes) -> None:
        qualified = _QUALIFIED.match(head)
        if qualified and _plain(qualified[1]) != self._own:
            raise OtherDatabaseError(_plain(qualified[1]).decode(errors="replace"))
        self._has_objects = self._has_objects or _OBJECT.match(head) is not None


def _plain(name: bytes) -> bytes:
    return name[1:-1].replace(b"``", b"`") if name.startswith(b"`") else name
