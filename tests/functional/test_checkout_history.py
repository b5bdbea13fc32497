"""Whether a build that asks git something finds the history."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from devkit.engine.git import find_repository
from devkit.engine.git_clone import CommitCheckout
from devkit.engine.git_commits import resolve_commit
from tests.functional.repos import ENVIRONMENT, Repo, make_repo

DOCKERFILE = {"Dockerfile": "FROM scratch\nCOPY . /\n"}


def check_out(repo: Repo, subfolder: Path = Path()) -> Repo:
    repository = find_repository(repo.path, ENVIRONMENT)
    commit = resolve_commit(repository)
    checkout = CommitCheckout(repository=repository, commit=commit, subfolder=subfolder)
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


def test_a_clone_that_is_copied_with_its_history_describes_itself(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", DOCKERFILE)
    repo.git("tag", "--annotate", "--message", "One", "v1.0")
    repo.git("tag", "--annotate", "--message", "Nested", "nested", "v1.0")
    repo.git("commit", "--quiet", "--allow-empty", "--message", "Second")
    repo.git("tag", "light")
    described = {repo.git("describe"), repo.git("describe", "--tags")}

    clone = check_out(repo)

    repo.path.rename(tmp_path / "elsewhere")
    assert {clone.git("describe"), clone.git("describe", "--tags")} == described
    assert clone.git("tag").splitlines() == ["light", "nested", "v1.0"]
    assert clone.git("fsck", "--strict") == ""
    assert clone.git("status", "--porcelain") == ""


def test_a_tag_whose_object_is_missing_leaves_a_clone_that_borrows(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", DOCKERFILE)
    (repo.path / ".git/refs/tags/lost").write_text("1" * 40 + "\n")

    clone = check_out(repo)

    assert clone.git("log", "--format=%s") == "First"


def test_a_project_in_a_subfolder_has_no_git_in_its_context(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {**DOCKERFILE, "shop/Dockerfile": "FROM scratch"})

    clone = check_out(repo, Path("shop"))

    assert (clone.path / ".git" / "objects" / "info" / "alternates").exists()


@pytest.mark.parametrize("line", [".git", "/.git/", "**/.git", "*"])
def test_a_clone_without_git_in_its_context_borrows(line: str, tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {**DOCKERFILE, ".dockerignore": f"data\n{line}\n"})

    clone = check_out(repo)

    assert (clone.path / ".git" / "objects" / "info" / "alternates").exists()
