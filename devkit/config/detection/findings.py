"""What the modules of this package find: guesses, each with its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from devkit.config.detection.dependencies import Dependencies, read_dependencies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.dockerfile import Dockerfile

_COMMENT = re.compile(r"(?m)(?:^|\s)#.*$")
_COMMENTED = (".py", ".txt", ".in", ".toml", ".cfg", ".ini", ".yaml", ".yml", ".sh")


@dataclass(frozen=True, kw_only=True)
class Guess:
    """A command, and why.

    Attributes:
        command: As devkit.yaml would have it.
        reason: What speaks for it; of one that is not certain, what is missing.
        certain: Whether it may be run; another one is a suggestion in a comment.
    """

    command: str
    reason: str
    certain: bool = True


@dataclass(frozen=True, kw_only=True)
class Framework:
    """What a project is built with, and what follows from that.

    Attributes:
        name: As people know it.
        evidence: Where it was seen.
        release: The command that migrates its database.
        local: The command that serves the sources and reloads them.
        env: Variables without which it does not start.
        notes: Sentences on what to look after.
    """

    name: str
    evidence: str
    release: Guess | None = None
    local: Guess | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sources:
    """A project as detection sees it.

    Attributes:
        files: Path to text, of the files that ``devkit.config.detection.files`` wants.
        dockerfile: What the Dockerfile says.
        dockerfile_text: How it says it.
    """

    files: Mapping[str, str]
    dockerfile: Dockerfile
    dockerfile_text: str

    @cached_property
    def texts(self) -> dict[str, str]:
        """The same without comments where ``#`` begins one."""
        return {p: _COMMENT.sub("", t) if _has_comments(p) else t for p, t in self.files.items()}

    @cached_property
    def dependencies(self) -> Dependencies:
        """The packages that the project names."""
        return read_dependencies(self.files)

    def first(self, *paths: str) -> str | None:
        """The first of these files that is there."""
        return next((path for path in paths if path in self.files), None)

    def below(self, folder: str) -> str | None:
        """The first file in a folder; None where there is none."""
        return next((path for path in sorted(self.files) if path.startswith(folder)), None)


def _has_comments(path: str) -> bool:
    return path.endswith(_COMMENTED) or "." not in path.rpartition("/")[2].lstrip(".")
