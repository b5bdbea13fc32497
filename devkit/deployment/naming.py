"""How names that anybody could have committed are shown: in sentences, and in commands."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_NAMES = 3
"""How many names a sentence has."""
LONGEST_NAME = 200
"""Characters of a name in a sentence."""

_ESCAPES = {ord("'"): "\\'", ord("\\"): "\\\\", ord("\n"): "\\n", ord("\t"): "\\t"}


def listed(names: Sequence[str]) -> str:
    """The first names in quotes, and how many more there are."""
    shown = ", ".join(quoted(name) for name in names[:MOST_NAMES])
    more = len(names) - MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown


def quoted(name: str) -> str:
    """A name in quotes, on one line, with nothing in it that a terminal would obey."""
    short = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}..."
    return repr(short)


def for_shell(name: str) -> str:
    """A name as one word of a shell's command line, readable and on one line.

    A leading dash is the command's matter: it has its ``--`` before the name.
    """
    if name.isprintable():
        return shlex.quote(name)
    return f"$'{''.join(map(_escaped, os.fsencode(name)))}'"


def _escaped(byte: int) -> str:
    plain = chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}"  # noqa: PLR2004 - ASCII
    return _ESCAPES.get(byte, plain)
