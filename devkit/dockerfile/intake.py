"""What a Dockerfile takes out of the build context, where to, and what runs on it afterwards."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from enum import Enum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from devkit.dockerfile.words import expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from devkit.dockerfile.instructions import Instruction

_MOST = 500
"""Instructions of one kind that are looked at: a Dockerfile may come from anybody."""
_LONGEST = 4000
_BOUND = re.compile(r"--mount=(?P<options>\S*\btype=bind\b\S*)")
_FROM_STAGE = re.compile(r"(?:^|,)from=(?P<stage>[^,\s]+)")
_BOUND_SOURCE = re.compile(r"(?:^|,)(?:source|src)=(?P<path>[^,]+)")

_SPECIAL = re.compile(r"[*?\[]")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*://|git@|<<")


class TakenAs(Enum):
    """As part of what a file is copied."""

    ROOT = "the whole build context"
    FOLDER = "a folder of it"
    FILE = "the file itself"


@dataclass(frozen=True, kw_only=True)
class Copy:
    """One COPY or ADD out of the build context, or a RUN that mounts some of it.

    Attributes:
        text: The instruction, in one line.
        line: Where it stands, counted from 1.
        sources: Its sources from the context's root, ``.`` for the root itself; patterns as Go's.
        destination: The absolute path that they go to; None where that cannot be told.
        into_folder: Whether a file is put into ``destination``, rather than under that name.
        runs: The scripts of the RUN instructions that follow in the same stage, in order.
        final: Whether it is in the stage that becomes the image, or in one that it builds on.
    """

    text: str
    line: int
    sources: tuple[str, ...]
    destination: str | None
    into_folder: bool = True
    runs: tuple[str, ...] = ()
    final: bool = True


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A file of the context, as one instruction takes it in.

    Attributes:
        copy: The instruction.
        kind: As part of what.
        destination: The file's path in the image; None where it cannot be told.
    """

    copy: Copy
    kind: TakenAs
    destination: str | None


@dataclass(kw_only=True)
class Intake:
    """What one stage takes in, as it is read."""

    _copies: list[tuple[Copy, int]] = field(default_factory=list)
    _scripts: list[str] = field(default_factory=list)
    needs: dict[str, None] = field(default_factory=dict)

    def take(self, copy: Copy) -> None:
        """Note an instruction; one without a source in the context is none."""
        if copy.sources and len(self._copies) < _MOST:
            self._copies.append((copy, len(self._scripts)))

    def ran(self, script: str) -> None:
        """Note a RUN."""
        if len(self._scripts) < _MOST:
            self._scripts.append(script.strip()[:_LONGEST])

    def need(self, stage: str) -> None:
        """Note that another stage, or an image, is copied from."""
        if len(self.needs) < _MOST:
            self.needs[stage.lower()] = None

    def copy(self) -> Intake:
        """One that begins as this one is."""
        return Intake(
            _copies=self._copies.copy(), _scripts=self._scripts.copy(), needs=self.needs.copy()
        )

    def copies(self) -> list[Copy]:
        """What was noted, each with what ran after it."""
        return [replace(each, runs=tuple(self._scripts[at:])) for each, at in self._copies]


def all_copies(final: Intake, stages: Mapping[str, Intake]) -> tuple[Copy, ...]:
    """Those of the final stage, and then of all those that it copies from."""
    found, wanted, seen = final.copies(), list(final.needs), {id(final)}
    while wanted:
        needed = stages.get(wanted.pop(0))
        if needed is not None and id(needed) not in seen:
            seen.add(id(needed))
            found += [replace(each, final=False) for each in needed.copies()]
            wanted += needed.needs
    return tuple(dict.fromkeys(found))


def copy_of(
    instruction: Instruction,
    sources: Iterable[str | None],
    *,
    written: str,
    destination: str | None,
    workdir: str | None,
) -> Copy:
    """What a COPY or an ADD takes from the context.

    Args:
        instruction: The instruction.
        sources: Its sources; None for one that a variable hides.
        written: The destination as it stands there.
        destination: The same as an absolute path; None where it cannot be told.
        workdir: The working directory, which is a folder in any case.
    """
    named = [each for each in sources if each]
    own = [each for each in named if not _ELSEWHERE.match(each)]
    is_folder = written.endswith(("/", "/.")) or destination == workdir or len(named) > 1
    return Copy(
        text=" ".join([instruction.keyword, *instruction.arguments[:_LONGEST].split()]),
        line=instruction.line,
        sources=tuple(posixpath.normpath(each.lstrip("/") or ".") for each in own),
        destination=destination,
        into_folder=is_folder or any(_SPECIAL.search(each) for each in own),
    )


def bound(intake: Intake, instruction: Instruction, variables: Mapping[str, str]) -> None:
    """Note what a RUN mounts instead of copying it: of the context, or of another stage."""
    for match in _BOUND.finditer(instruction.arguments):
        other = _FROM_STAGE.search(match["options"])
        source = _BOUND_SOURCE.search(match["options"])
        path = expand(source["path"], variables) if source else "."
        if other is not None:
            intake.need(other["stage"])
        else:
            intake.take(copy_of(instruction, [path], written="", destination=None, workdir=""))


def take(copy: Copy, path: str) -> Taken | None:
    """How an instruction takes a file in; None where it does not.

    Args:
        copy: The instruction.
        path: The file, from the context's root.
    """
    for source in copy.sources:
        found = _below(source, path)
        if found is not None:
            kind, rest = found
            return Taken(copy=copy, kind=kind, destination=_destination(copy, kind, rest))
    return None


def _below(source: str, path: str) -> tuple[TakenAs, str] | None:
    """As what a source takes a path, and what is left of the path below the destination."""
    if source == ".":
        return TakenAs.ROOT, path
    depth = source.count("/") + 1
    parts = path.split("/")
    head, rest = parts[:depth], parts[depth:]
    if len(head) < depth or not all(map(_matches, head, source.split("/"))):
        return None
    if rest:
        return TakenAs.FOLDER, "/".join(rest)
    return TakenAs.FILE, head[-1]


def _matches(name: str, pattern: str) -> bool:
    if not _SPECIAL.search(pattern):
        return name == pattern
    return fnmatchcase(name, pattern.replace("[^", "[!"))


def _destination(copy: Copy, kind: TakenAs, rest: str) -> str | None:
    if copy.destination is None:
        return None
    if kind is TakenAs.FILE and not copy.into_folder:
        return copy.destination
    return posixpath.join(copy.destination, rest)
