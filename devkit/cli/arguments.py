"""The options that every command has may stand before or after the command's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FLAGS = frozenset({"--json", "--quiet", "--verbose"})
WITH_VALUE = frozenset({"--project"})
OWN_VALUE = "--folder"
"""Takes a folder's name, which may look like an option: the hook hands it on as it is."""
HOST = "--host"
PASS_THROUGH = frozenset({"run", "exec", "push"})
"""Commands whose own arguments belong to another program."""
PASS_THROUGH_BELOW = frozenset({("db", "shell")})
"""The same of two words."""


def hoist(arguments: Sequence[str]) -> list[str]:
    """Move the common options to the front, where Typer's callback takes them."""
    common, rest = split(arguments)
    return common + rest


def with_optional_value(arguments: Sequence[str]) -> list[str]:
    """Give ``up --host`` an empty value where it has none: Typer knows no optional ones."""
    if arguments[:1] != ["up"]:
        return list(arguments)
    following = [*arguments[1:], "--"]
    return [
        f"{HOST}=" if word == HOST and after.startswith("-") else word
        for word, after in zip(arguments, following, strict=True)
    ]


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell the common options from all the rest.

    Nothing after ``--`` is touched, and nothing that a command hands on to another program.
    """
    common: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in FLAGS or word.partition("=")[0] in WITH_VALUE:
            common += _with_value(word, words)
        else:
            rest.append(word)
            if word == OWN_VALUE:
                rest += [each for each in [next(words, None)] if each is not None]
            if tuple(rest) in PASS_THROUGH_BELOW or (word in PASS_THROUGH and len(rest) == 1):
                rest += words
    return common, rest


def _with_value(word: str, words: Iterator[str]) -> list[str]:
    if word not in WITH_VALUE:
        return [word]
    value = next(words, None)
    return [word] if value is None else [word, value]
