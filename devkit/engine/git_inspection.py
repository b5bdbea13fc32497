"""A last look into a finished clone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from devkit.engine.git import Repository, run_git, trouble
from devkit.errors import CheckoutError, CouldNotFindOutError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devkit.project import Commit

_MOST_LINES = 20


def make_sure(clone: Path, commit: Commit, environment: Mapping[str, str]) -> None:
    """Look into a finished clone: at the commit, detached, nothing missing, nothing more.

    Args:
        clone: The folder of the clone.
        commit: What it should hold.
        environment: git's, with no configuration but the clone's own.

    Raises:
        CheckoutError: It holds something else.
        CouldNotFindOutError: git cannot look.
    """
    git_dir = clone / ".git"
    if not git_dir.is_dir():
        raise CouldNotFindOutError(f"git could not look into the clone in {clone}: there is none.")
    made = Repository(git_dir=git_dir, common_dir=git_dir, top_level=clone, environment=environment)
    head = _told(made, "rev-parse", "HEAD", "--symbolic-full-name", "HEAD")
    if head.decode().split() != [commit.sha, "HEAD"]:
        raise CheckoutError(f"The clone in {clone} is not at commit {commit.short}.")
    changes = _told(made, "status", "--porcelain=v1", "-z", "--untracked-files=all", "--ignored")
    lines = tuple(map(os.fsdecode, changes.split(b"\0")[:-1]))
    if not all(_is_as_git_writes_it(made, clone, line) for line in lines):
        raise CheckoutError(
            f"Commit {commit.short} does not come out of git as it went in:"
            " a clean clone differs from it.",
            hint="Two names that differ in case only, on a disk that does not tell them apart?",
            details=lines[:_MOST_LINES],
        )


def _told(clone: Repository, *words: str) -> bytes:
    done = run_git(clone, *words)
    if done.returncode != 0:
        raise trouble(done, f"git could not look into the clone in {clone.top_level}.")
    return done.stdout


def _is_as_git_writes_it(repository: Repository, clone: Path, line: str) -> bool:
    """Whether a file is called modified though every checkout writes it this way.

    Such as one committed with CRLF against its own ``text`` attribute: git would store it
    otherwise today.
    """
    state, path = line[:3], line[3:]
    # A link is not followed: it may lead to what is read without end.
    if state != " M " or (clone / path).is_symlink():
        return False
    written = _told(repository, "cat-file", "--filters", f"HEAD:{path}")
    try:
        return written == (clone / path).read_bytes()
    except OSError as error:
        raise CouldNotFindOutError(
            f"The clone in {clone} cannot be read: {path}: {error.strerror}."
        ) from error
