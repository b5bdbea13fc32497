"""Whether a build that asks git something finds the history."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from devkit.engine.git import find_repository
from devkit.engine.git_clone import CommitCheckout
from devkit.engine.git_commits import resolve_commit
from tests.functional.repos import ENVIRONMENT, Repo, make_repo

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILE = {"Dockerfile": "FROM scratch\nCOPY . /\n"}


def check_out(repo: Repo) -> Repo:
    repository = find_repository(repo.path, ENVIRONMENT)
    checkout = CommitCheckout(repository=repository, commit=resolve_commit(repository))
    destination = repo.path.parent / "run" / "clone"
    asyncio.run(checkout.check_out(destination))
    return Repo(path=destination)


def test_a_clone_that_is_copied_with_its_history_stands_alone(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", DOCKERFILE)
    repo.git("commit", "--quiet", "--allow-empty", "--message", "Second")

    clone = check_out(repo)

    repo.path.rename(tmp_path / "elsewhere")
    assert clone.git("log", "--format=%s").splitlines()[0] == "Second"
    assert clone.git("status", "--porcelain") == ""


@pytest.mark.parametrize("line", [".git", "/.git/", "**/.git", "*"])
def test_a_clone_without_git_in_its_context_borrows(line: str, tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {**DOCKERFILE, ".dockerignore": f"data\n{line}\n"})

    clone = check_out(repo)

    assert (clone.path / ".git" / "objects" / "info" / "alternates").exists()
