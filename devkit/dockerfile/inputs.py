"""The files that an image is built from, and what it means that some of them have changed."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.dockerfile.context import copied_paths
from devkit.dockerfile.instructions import read_instructions

if TYPE_CHECKING:
    from collections.abc import Mapping

_ELSEWHERE = re.compile(r"^(?:\w+://|git@|<<)")
MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What a Dockerfile takes from the build context.

    Attributes:
        paths: Files, folders and patterns that it names.
        whole: Whether it takes in the root of the context.
    """

    paths: tuple[str, ...] = ()
    whole: bool = False


def inputs(text: str, *, mounted: bool) -> Inputs:
    """What an image is built from, without what is mounted over it for local work.

    A path with a variable, or of another stage, is left out.

    Args:
        text: The Dockerfile.
        mounted: Whether the project's folder lies over what ``COPY .`` brought in.
    """
    paths: dict[str, None] = {}
    for instruction in read_instructions(text):
        if instruction.keyword in {"COPY", "ADD"}:
            paths |= dict.fromkeys(copied_paths(instruction.arguments))
    named = {posixpath.normpath(path.lstrip("/") or ".") for path in paths if _is_plain(path)}
    return Inputs(paths=tuple(sorted(named - {"."})), whole="." in named and not mounted)


def _is_plain(path: str) -> bool:
    return "$" not in path and not _ELSEWHERE.match(path)


def changed(then: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """The files that are new, gone or other than they were.

    Args:
        then: The digest of each, when the image was built.
        now: The same as they are.
    """
    names = then.keys() | now.keys()
    return tuple(sorted(name for name in names if then.get(name) != now.get(name)))


def outdated(names: tuple[str, ...], *, seconds: float) -> str:
    """The sentence on an image whose files have changed.

    Args:
        names: The files, at least one.
        seconds: The image's age.
    """
    first, *others = names
    files = f"{first}, which it is built from, has"
    if others:
        count = f"{len(others)} other file{'s' if len(others) > 1 else ''}"
        files = f"{first} and {count} that it is built from have"
    return f"The image is of {age(seconds)} ago; since then {files} changed: `devkit up --build`"


def age(seconds: float) -> str:
    """A duration in its largest whole unit, such as ``2 h``."""
    for unit, size in (("d", DAY), ("h", HOUR), ("min", MINUTE)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"
