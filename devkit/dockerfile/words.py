"""Words of a Dockerfile: quotes taken off, ARG and ENV values put in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE = r"""
      \\(?P<escaped>.)
    | \$(?P<plain>\w+)
    | \$\{(?P<name>\w+)(?::?(?P<operator>[-+])(?P<word>[^}]*))?\}
    | (?P<beyond>\$\{)
"""
_QUOTED = r"""
      "(?P<double>(?:\\.|[^"\\])*)"
    | '(?P<single>[^']*)'
"""
_OUTSIDE_QUOTES = re.compile(f"{_QUOTED}|{_VARIABLE}", re.VERBOSE)
_INSIDE_QUOTES = re.compile(_VARIABLE, re.VERBOSE)


def expand(word: str, variables: Mapping[str, str]) -> str | None:
    """Take the quotes off a word and put the values of its variables in.

    Returns:
        The text; None where a variable has no value that the Dockerfile itself tells.
    """
    try:
        return _expand(_OUTSIDE_QUOTES, word, variables)
    except KeyError:
        return None


def assignments(
    words: tuple[str, ...], variables: Mapping[str, str], inherited: Mapping[str, str]
) -> dict[str, str]:
    """Read ``NAME=value`` words; a bare ``NAME`` takes the value that ``inherited`` has for it.

    A name whose value cannot be told is left out.
    """
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        text = expand(value, variables) if equals else inherited.get(name)
        if text is not None:
            found[name.strip("\"'")] = text
    return found


def _expand(token: re.Pattern[str], word: str, variables: Mapping[str, str]) -> str:
    return token.sub(lambda match: _value(match, variables), word)


def _value(match: re.Match[str], variables: Mapping[str, str]) -> str:
    part = match.groupdict()
    if part.get("double") is not None:
        return _expand(_INSIDE_QUOTES, part["double"], variables)
    for literal in (part.get("single"), part["escaped"]):
        if literal is not None:
            return literal
    return _variable(part, variables)


def _variable(part: Mapping[str, str], variables: Mapping[str, str]) -> str:
    """The value of ``$NAME``, ``${NAME}``, ``${NAME:-word}`` or ``${NAME:+word}``.

    Raises:
        KeyError: It has none, or it is a form beyond these.
    """
    name = part["plain"] or part["name"] or ""
    value = variables.get(name)
    if part["operator"] == "+":
        return _expand(_OUTSIDE_QUOTES, part["word"], variables) if value else ""
    if part["operator"] == "-" and not value:
        return _expand(_OUTSIDE_QUOTES, part["word"], variables)
    return variables[name]
