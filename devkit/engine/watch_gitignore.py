"""Finds the repository of a folder and what git ignores in it; git is asked for exceptions only."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.engine.git import find_repository, run_git
from devkit.errors import DevkitError
from devkit.watch.ignoring import GitIgnore
from devkit.watch.names import UNWATCHED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST = 500
"""Files of that name that are read."""
LARGEST = 1024 * 1024
"""Bytes of one that is read."""


@dataclass(frozen=True, kw_only=True)
class GitPlace:
    """Where a folder's repository is.

    Attributes:
        top: The root of the working tree.
        folder: git's own folder for this working tree.
        prefix: The folder from ``top``; empty for that itself.
    """

    top: Path
    folder: Path
    prefix: str

    @property
    def lock(self) -> Path:
        """The file that is there while git changes the working tree."""
        return self.folder / "index.lock"

    def index_stamp(self) -> tuple[int, ...]:
        """Another one whenever git has written its index, which says what it tracks."""
        try:
            found = (self.folder / "index").stat()
        except OSError:
            return ()
        return found.st_mtime_ns, found.st_size, found.st_ino


def find_git(root: Path) -> GitPlace | None:
    """The repository that a folder is in; None where there is none."""
    root = root.resolve()
    for top in (root, *root.parents):
        own = top / ".git"
        if own.is_dir() or own.is_file():
            inner = root.relative_to(top).as_posix()
            prefix = "" if inner == "." else inner
            return GitPlace(top=top, folder=_own_folder(own), prefix=prefix)
    return None


def _own_folder(own: Path) -> Path:
    """Of a worktree or a submodule ``.git`` is a file that says where it is."""
    if own.is_dir():
        return own
    said = _text(own).removeprefix("gitdir:").strip()
    return own.parent / said


def git_ignore(root: Path, git: GitPlace | None) -> GitIgnore:
    """All that git would ignore in a folder, as far as the repository itself says so."""
    if git is None:
        return GitIgnore({})
    texts = {each: _text(git.top / each / ".gitignore") for each in _folders(root.resolve(), git)}
    common = git.folder.parent.parent if git.folder.parent.name == "worktrees" else git.folder
    texts[""] = f"{_text(common / 'info' / 'exclude')}\n{texts.get('', '')}"
    return GitIgnore({folder: text for folder, text in texts.items() if text.strip()})


def tracked_all_the_same(
    root: Path, git: GitPlace | None, environment: Mapping[str, str]
) -> frozenset[str]:
    """The files, from ``root``, that a .gitignore leaves out and git tracks nevertheless.

    Somebody has added them with ``git add --force``, or before there was such a line. Where git
    does not tell, there are none.
    """
    if git is None:
        return frozenset()
    words = ("ls-files", "-z", "--cached", "--ignored", "--exclude-standard")
    below = ("--", f":(top,literal){git.prefix}") if git.prefix else ()
    try:
        answer = run_git(find_repository(root, environment), *words, *below)
    except DevkitError:
        return frozenset()
    prefix = f"{git.prefix}/" if git.prefix else ""
    names = os.fsdecode(answer.stdout).split("\0")
    return frozenset(name.removeprefix(prefix) for name in names if name)


def _folders(root: Path, git: GitPlace) -> Iterator[str]:
    """The folders that have a .gitignore for ``root``: those above it, and those in it."""
    above = [root, *root.parents]
    for each in above[: above.index(git.top) + 1]:
        yield _from(git.top, each)
    count = 0
    for where, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in UNWATCHED]
        if ".gitignore" in files:
            count += 1
            yield _from(git.top, Path(where))
        if count >= MOST:
            return


def _from(top: Path, folder: Path) -> str:
    inner = folder.relative_to(top).as_posix()
    return "" if inner == "." else inner


def _text(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
