"""What ``git push --dry-run --porcelain`` says it would push."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINE = re.compile(
    r"(?P<flag>[ +\-*!=])\t(?P<source>.*):(?P<target>[^:\t]+)\t(?P<summary>[^\t]*)", re.DOTALL
)
_MOVED = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})\.\.\.?([0-9a-f]{40}|[0-9a-f]{64})(?: \(.*\))?")


class Fate(Enum):
    """What becomes of a ref; the value is git's flag."""

    FORWARD = " "
    FORCED = "+"
    DELETED = "-"
    NEW = "*"
    REJECTED = "!"
    UP_TO_DATE = "="


@dataclass(frozen=True, kw_only=True)
class PlannedRef:
    """One ref of a dry run.

    Attributes:
        fate: What becomes of it.
        source: What is pushed, as git or the person named it; empty for a deletion.
        target: The ref over there.
        summary: git's words, such as ``[rejected] (fetch first)``.
        old_sha: What the remote has; empty where git does not say.
        new_sha: What it is to have; empty where git does not say.
    """

    fate: Fate
    source: str
    target: str
    summary: str
    old_sha: str = ""
    new_sha: str = ""


def parse_porcelain(text: str) -> tuple[PlannedRef, ...]:
    """Read the refs, of all the remote's URLs, in git's order and each once.

    Args:
        text: git's stdout; lines of another form, such as ``To URL`` and ``Done``, say no ref.
    """
    found = (_LINE.fullmatch(line) for line in text.split("\n"))
    return tuple(dict.fromkeys(_planned(match) for match in found if match))


def dry_run_arguments(arguments: Sequence[str]) -> list[str]:
    """The arguments of ``git`` for a dry run of ``git push ARGUMENTS``.

    Ours come last, where they win over the person's (``--quiet`` would list nothing), but before
    a ``--``. The hook is left out: it would rehearse. Object names come in full.
    """
    ours = ["--dry-run", "--porcelain", "--no-verify", "--no-quiet", "--recurse-submodules=no"]
    end = _end_of_options(arguments)
    start = ["-c", "core.abbrev=no", "push"]
    return [*start, *arguments[:end], *ours, *arguments[end:]]


_TAKES_WORD = frozenset(
    {"--repo", "--receive-pack", "--exec", "--push-option", "--recurse-submodules", "-o"}
)
"""Options of git push whose value is a word of its own, which may read ``--``."""


def _end_of_options(arguments: Sequence[str]) -> int:
    position = 0
    while position < len(arguments):
        if arguments[position] == "--":
            return position
        position += 2 if arguments[position] in _TAKES_WORD else 1
    return len(arguments)


def _planned(match: re.Match[str]) -> PlannedRef:
    moved = _MOVED.fullmatch(match["summary"])
    return PlannedRef(
        fate=Fate(match["flag"]),
        source=match["source"],
        target=match["target"],
        summary=match["summary"],
        old_sha=moved[1] if moved else "",
        new_sha=moved[2] if moved else "",
    )
