"""What is looked for in a commit, one function a row of the table in ``findings``."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.deployment.evidence import Entry, Evidence

MEGABYTE = 1_000_000
LARGE = 100 * MEGABYTE
"""Bytes of history from which a deployment is slow."""
TOO_LARGE = 800 * MEGABYTE
"""Bytes of history that the cloud does not clone any more."""
EMPTY_TREES = frozenset(
    {
        "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
    }
)
"""The object name of the tree with nothing in it: SHA-1, SHA-256."""

IN_EVERY_CONTAINER = ("/data", "/dev", "/proc", "/run", "/tmp")  # noqa: S108 - nothing is written
"""Where an absolute link may well point to on purpose."""


def submodules(evidence: Evidence) -> tuple[str, ...]:
    """Other repositories' commits in the tree."""
    return _paths(evidence, lambda entry: entry.is_submodule)


def empty_folders(evidence: Evidence) -> tuple[str, ...]:
    """Trees with nothing in them."""
    return _paths(evidence, lambda entry: entry.name in EMPTY_TREES)


def too_large(evidence: Evidence) -> tuple[str, ...]:
    """The size of a history that is refused."""
    reachable = evidence.reachable
    return (_megabytes(reachable),) if reachable is not None and reachable > TOO_LARGE else ()


def large(evidence: Evidence) -> tuple[str, ...]:
    """The size of a history between the limits; uncounted, of what lies here."""
    if evidence.reachable is None:
        return (_megabytes(evidence.stored),) if evidence.stored > LARGE else ()
    return (_megabytes(evidence.reachable),) if LARGE < evidence.reachable <= TOO_LARGE else ()


def _megabytes(size: int) -> str:
    return f"{size // MEGABYTE:,} MB"


def dockerfile_elsewhere(evidence: Evidence) -> tuple[str, ...]:
    """The Dockerfiles of other folders, the nearest first, where the project's has none."""
    if evidence.has_dockerfile or dockerfile_misnamed(evidence):
        return ()
    paths = _paths(evidence, lambda e: e.is_file and f"/{e.path}".endswith("/Dockerfile"))
    return tuple(sorted(paths, key=lambda path: (path.count("/"), path)))


def dockerfile_misnamed(evidence: Evidence) -> tuple[str, ...]:
    """What is meant to be the Dockerfile and has another name or case."""
    if evidence.has_dockerfile:
        return ()
    place = posixpath.dirname(evidence.dockerfile)
    paths = _paths(evidence, lambda e: e.is_file and posixpath.dirname(e.path) == place)
    return tuple(path for path in paths if _is_dockerfile(posixpath.basename(path).lower()))


def _is_dockerfile(name: str) -> bool:
    """Whether a person means it to be one; ``Dockerfile.dockerignore`` belongs to one."""
    stem, dot, ending = name.partition(".")
    return name in {"dockerfile", "containerfile"} or (
        stem == "dockerfile" and bool(dot) and ending != "dockerignore"
    )


def dockerfile_link(evidence: Evidence) -> tuple[str, ...]:
    """The Dockerfile, where it is a link out of the project's folder."""
    return tuple(path for path in _links_out(evidence) if path == evidence.dockerfile)


def other_links(evidence: Evidence) -> tuple[str, ...]:
    """The other links out of it."""
    return tuple(path for path in _links_out(evidence) if path != evidence.dockerfile)


def _links_out(evidence: Evidence) -> tuple[str, ...]:
    """The project's links that lead out of its folder, which alone is in the image."""
    place = evidence.subfolder.as_posix()
    return tuple(path for path, target in evidence.links.items() if _leads_out(place, path, target))


def _leads_out(place: str, path: str, target: str) -> bool:
    if target.startswith("/"):
        return not any(_is_in(posixpath.normpath(target), root) for root in IN_EVERY_CONTAINER)
    there = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return _is_in(there, "..") or (place != "." and not _is_in(there, place))


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def alike_but_for_case(evidence: Evidence) -> tuple[str, ...]:
    """Paths that are one on a disk that does not tell upper from lower case."""
    groups = defaultdict(list)
    for entry in evidence.entries:
        groups[entry.path.casefold()].append(entry.path)
    return tuple(path for group in groups.values() if len(group) > 1 for path in group)


def _paths(evidence: Evidence, wanted: Callable[[Entry], bool]) -> tuple[str, ...]:
    return tuple(entry.path for entry in evidence.entries if wanted(entry))
