"""Which programs a script calls, and what for, as far as that can be told without a shell."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_LONGEST = 50_000
"""Characters of a script that are looked at: a Dockerfile may come from anybody."""
_MOST_WORDS = 30
"""Words behind a program among which its verb is."""
_SEPARATOR = re.compile(r"[;&|\n]+")
_AROUND = "\"'(){}[]!`@,"
_ASSIGNMENT = re.compile(r"\w+=")
_WRAPPERS = frozenset({"sudo", "exec", "env", "time", "if", "then", "else", "do", ""})


@dataclass(frozen=True, kw_only=True)
class Call:
    """A program in a simple command.

    Attributes:
        program: Its name, without its folder and its version (``pip`` for ``/usr/bin/pip3.11``).
        verbs: The words that may say what for. There is more than one where a flag stands before
            that may have a value in a word of its own: ``npm --loglevel error ci``.
        bare: Whether no word has to be a verb, and the command begins with the program.
    """

    program: str
    verbs: frozenset[str]
    bare: bool


def commands(script: str) -> tuple[str, ...]:
    """The simple commands of a script, or of an exec form."""
    joined = re.sub(r'"\s{0,20},\s{0,20}"', " ", script[:_LONGEST].replace("\\\n", " "))
    return tuple(command for command in _SEPARATOR.split(joined) if command)


def calls(command: str, programs: Collection[str]) -> Iterator[Call]:
    """The calls of some programs in a simple command.

    Args:
        command: The command.
        programs: Their names.
    """
    words = [word.strip(_AROUND) for word in command.split()]
    begins = True
    for place, word in enumerate(words, start=1):
        if word.startswith("-") or word in _WRAPPERS or _ASSIGNMENT.match(word):
            continue
        name = posixpath.basename(word)
        name = name if name in programs else name.removesuffix(".phar").rstrip("0123456789.")
        if name in programs:
            verbs, certain = _verbs(words[place : place + _MOST_WORDS])
            yield Call(program=name, verbs=verbs, bare=begins and not certain)
        begins = False


def _verbs(words: Sequence[str]) -> tuple[frozenset[str], bool]:
    """The words that may be the verb, and whether one of them is no flag's value."""
    found, after_flag = set(), False
    for word in words:
        if word.startswith("-"):
            after_flag = True
            found.add(word)
        elif word:
            found.add(word)
            if not after_flag:
                return frozenset(found), True
            after_flag = False
    return frozenset(found), False
