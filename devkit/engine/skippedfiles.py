"""Unverified pushes on the disk: a file a commit, in the git directory that worktrees share.

A file each, so that two pushes at once write beside each other and never over each other.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from devkit.engine.git import run_git
from devkit.engine.receiptfiles import keep_note
from devkit.hooks.prepush import SKIPPED_FOLDER
from devkit.hooks.skipped import from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from devkit.engine.git import Repository
    from devkit.hooks.skipped import SkippedPush
    from devkit.project import Commit


def skipped_folder(common_dir: Path) -> Path:
    """Where a repository's unverified pushes are; need not exist."""
    return common_dir / SKIPPED_FOLDER


def record_skipped(common_dir: Path, skipped: SkippedPush) -> str:
    """Keep that a commit went unverified, in place of what is kept of it; why not, or empty."""
    path = skipped_folder(common_dir) / f"{skipped.commit}.json"
    problem = keep_note(path, to_json(skipped), common_dir)
    return f"That was not recorded: {problem}" if problem else ""


def list_skipped(common_dir: Path) -> tuple[SkippedPush, ...]:
    """All that are kept, the earliest first."""
    try:
        paths = [p for p in skipped_folder(common_dir).iterdir() if p.suffix == ".json"]
    except OSError:
        return ()
    found = [skipped for path in paths if (skipped := _read(path)) is not None]
    return tuple(sorted(found, key=lambda skipped: skipped.pushed_at))


def forget_skipped(common_dir: Path, skipped: Iterable[SkippedPush]) -> None:
    """Remove what has been made good."""
    for each in skipped:
        with contextlib.suppress(OSError):
            (skipped_folder(common_dir) / f"{each.commit}.json").unlink(missing_ok=True)


def contains(repository: Repository, commit: Commit, earlier: str) -> bool:
    """Whether an earlier commit is this one or one of its ancestors."""
    answer = run_git(repository, "merge-base", "--is-ancestor", earlier, commit.sha)
    return answer.returncode == 0


def who_pushes(repository: Repository) -> str:
    """The person as git knows them; the account's name where git does not."""
    answer = run_git(repository, "var", "GIT_COMMITTER_IDENT")
    ident = os.fsdecode(answer.stdout).rpartition(">")[0]
    if answer.returncode == 0 and ident:
        return f"{ident}>"
    import getpass  # noqa: PLC0415 - where git does not know

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"


def _read(path: Path) -> SkippedPush | None:
    try:
        return from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
