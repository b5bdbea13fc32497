"""Receipts without a rehearsal, for what is about finding them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from devkit.cli.receipts import Pass, leave_receipt
from devkit.engine.commit_project import CommitFolder, read_commit_config
from devkit.engine.git import find_repository
from devkit.engine.git_commits import resolve_commit
from tests.functional.repos import ENVIRONMENT

if TYPE_CHECKING:
    from tests.functional.repos import Repo


def commit_folder_of(repo: Repo, revision: str = "HEAD") -> CommitFolder:
    """The top level of a repository in one of its commits."""
    repository = find_repository(repo.path, ENVIRONMENT)
    return CommitFolder(
        repository=repository,
        commit=resolve_commit(repository, revision),
        subfolder=Path(),
        root=repo.path,
    )


def give_receipt(
    repo: Repo, revision: str = "HEAD", *, seconds: float = 134.0, old: str = ""
) -> None:
    """Leave the receipt that a rehearsal of a commit, which passes, would leave."""
    folder = commit_folder_of(repo, revision)
    done = Pass(containers=2, seconds=seconds, image_id="sha256:abc", days=7, old=old)
    assert leave_receipt(folder, read_commit_config(folder), done) == ""
