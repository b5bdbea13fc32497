"""What a commit's clean clone shows, as far as the rules of the check-out ask for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_LINK, _GITLINK, _TREE, _EXECUTABLE = "120000", "160000", "040000", "100755"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Something in the commit's tree, at any depth.

    Attributes:
        mode: git's six digits.
        name: The object's name.
        path: From the repository's top level.
    """

    mode: str
    name: str
    path: str

    @property
    def is_folder(self) -> bool:
        """Whether it has entries of its own."""
        return self.mode == _TREE

    @property
    def is_submodule(self) -> bool:
        """Whether it is another repository's commit."""
        return self.mode == _GITLINK

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return self.mode == _LINK

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file."""
        return self.mode.startswith("100")

    @property
    def is_executable(self) -> bool:
        """Whether it is a regular file that may be executed."""
        return self.mode == _EXECUTABLE


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of a commit that was checked out.

    Attributes:
        entries: All of its tree.
        subfolder: The project's folder in it, which is the build's context.
        links: Where each symbolic link points to.
        pointers: Files that hold a pointer of Git LFS instead of their content.
        encrypted: Files that are encrypted in git.
        filtered: Files that a filter of this machine's git rewrites when they are checked out.
        kept_crlf: Files in git with CRLF though their attributes ask for LF there.
        crlf_scripts: Programs whose ``#!`` line ends in CRLF.
        reachable: Bytes of all objects of the commit's history; None where they were not counted
            to the end.
        stored: Bytes of all objects of the repository on this disk.
    """

    entries: tuple[Entry, ...]
    subfolder: PurePosixPath = field(default_factory=PurePosixPath)
    links: Mapping[str, str] = field(default_factory=dict)
    pointers: tuple[str, ...] = ()
    encrypted: tuple[str, ...] = ()
    filtered: tuple[str, ...] = ()
    kept_crlf: tuple[str, ...] = ()
    crlf_scripts: tuple[str, ...] = ()
    reachable: int | None = 0
    stored: int = 0

    @property
    def dockerfile(self) -> str:
        """Where the cloud looks for the Dockerfile."""
        return (self.subfolder / "Dockerfile").as_posix()

    @property
    def has_dockerfile(self) -> bool:
        """Whether there is a file or a link of exactly that name."""
        wanted = self.dockerfile
        return any(e.path == wanted and not e.is_folder for e in self.entries)
