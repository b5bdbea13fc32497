"""Text of repositories, builds and containers, made safe to show on a person's terminal.

A terminal follows escape sequences: they rename its window, hide text, or write a link over other
text. A commit's subject, a file's name and a container's log may hold any.
"""

from __future__ import annotations

import re

_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")
# Control characters but tab and line end; what turns the direction of text round, so that it
# reads otherwise than it is; line ends of Unicode's own; and bytes that are no text.
_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def legible(text: str) -> str:
    r"""The text with whatever a terminal would obey written out, as ``\x1b``; no colours.

    Line ends stay, because our own messages have some; see ``one_line`` for names.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(_written_out, _COLOURS.sub("", text).replace("\r\n", "\n"))


def one_line(name: str) -> str:
    """The same for a name, which must not look like a line of ours."""
    return legible(name).replace("\n", r"\n").replace("\t", r"\t")


def _written_out(match: re.Match[str]) -> str:
    number = ord(match[0])
    return f"\\x{number:02x}" if number <= 0xFF else f"\\u{number:04x}"  # noqa: PLR2004 - a byte
