"""Where in a text of SQL one is, as psql sees it: between its words, or inside something.

Inside of strings, quoted names, bodies in dollars and comments a line says nothing of itself. What
is dull is passed over at once, many lines at a time: dumps have hundreds of megabytes of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_NO_WORD = rb"(?<![\w$\x80-\xff])"
# `date'2026-01-01'` ends with an e, too, and is no string with backslashes.
_ESCAPING = re.compile(rb"(?<![\w$\x80-\xff][eE])(?<=[eE])'")
_DOLLARS = re.compile(_NO_WORD + rb"\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$")
_META_COMMAND = re.compile(rb"\\(?:[;:]|[^\n]*)")
_STRING_ENDS = re.compile(rb"[^']*+'")
_NAME_ENDS = re.compile(rb'[^"]*+"')
_ESCAPING_ENDS = re.compile(rb"(?:[^'\\]++|\\.|'')*+'", re.DOTALL)
_COMMENT_GOES_ON = re.compile(rb"(?:[^*/]++|\*(?!/)|/(?!\*))*+(\*/|/\*)")


class SqlText:
    """One text, line by line.

    Attributes:
        has_escapes: Whether a backslash escapes in every string, as with
            ``standard_conforming_strings = off``.
    """

    def __init__(self, starts: Sequence[bytes]) -> None:
        self.has_escapes = False
        self._ends: re.Pattern[bytes] | None = None
        self._depth = 0
        self._dull = _dull(starts, rb"[^']")
        self._dull_without_escapes = _dull(starts, rb"[^'\\]")

    @property
    def is_outside(self) -> bool:
        """Whether what comes next is outside of strings, names, bodies and comments."""
        return self._ends is None

    def read(self, data: bytes, at: int, end: int) -> int:
        """Read on from the beginning of a line, up to the next line that starts with a start.

        Args:
            data: The text.
            at: Where to begin.
            end: Where to stop at the latest: after a line's end.

        Returns:
            The beginning of that line; ``end`` where there is none.
        """
        dull = self._dull_without_escapes if self.has_escapes else self._dull
        while at < end:
            if self._ends is not None:
                at = self._inside(self._ends, data, at, end)
                continue
            passed = dull.match(data, at, end)
            at = passed.end() if passed else at
            if at < end and data[at] == ord("\n"):
                return at + 1
            if at < end:
                at = self._open(data, at)
        return end

    def _open(self, data: bytes, at: int) -> int:
        """Pass over what opens something, or only looks like it."""
        match data[at : at + 1]:
            case b"'":
                is_escaping = self.has_escapes or _ESCAPING.match(data, at)
                self._ends = _ESCAPING_ENDS if is_escaping else _STRING_ENDS
            case b'"':
                self._ends = _NAME_ENDS
            case b"/":
                self._ends, self._depth = _COMMENT_GOES_ON, 1
                return at + 2
            case b"$" if opening := _DOLLARS.match(data, at):
                self._ends = _body_ends(opening[0])
                return opening.end()
            case b"\\" if command := _META_COMMAND.match(data, at):
                return command.end()
        return at + 1

    def _inside(self, ends: re.Pattern[bytes], data: bytes, at: int, end: int) -> int:
        found = ends.match(data, at, end)
        if found is None:
            return end
        if ends is _COMMENT_GOES_ON:  # one may be within another
            self._depth += 1 if found[1] == b"/*" else -1
        if ends is not _COMMENT_GOES_ON or not self._depth:
            self._ends = None
        return found.end()


def _body_ends(dollars: bytes) -> re.Pattern[bytes]:
    word = re.escape(dollars)
    return re.compile(rb"(?:[^$]++|(?!%b)\$)*+%b" % (word, word))


def _dull(starts: Sequence[bytes], inside: bytes) -> re.Pattern[bytes]:
    """What opens nothing or closes it again, and line ends without a start behind them."""
    words = b"|".join(map(re.escape, starts))
    escaping = rb"(?<=[\s(,][eE])'(?:[^'\\]++|\\[\s\S]|'')*+'"  # as pg_dump writes them
    return re.compile(
        rb"""(?:[^'"$\\/\n-]++|(?<![eE])'%b*+'|%b|"[^"]*+"|--[^\n]*+|-|/(?!\*)|\n(?!%b))*+"""
        % (inside, escaping, words)
    )
