"""How large a commit's history is, without reading its files."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from devkit.deployment.tree_rules import LARGE, MEGABYTE
from devkit.engine import git_ask
from devkit.engine.git import find_repository
from devkit.engine.git_commits import resolve_commit
from devkit.engine.git_evidence import reachable_bytes, stored_bytes
from tests.functional.repos import ENVIRONMENT, Repo, make_repo

if TYPE_CHECKING:
    from pathlib import Path

LOT = LARGE + 1


def noise(size: int) -> bytes:
    """Bytes that nothing can pack."""
    return random.Random(size).randbytes(size)


def measured(repo: Repo, stored: int = LOT, revision: str = "HEAD") -> int | None:
    """Bytes of a revision's history."""
    repository = find_repository(repo.path, ENVIRONMENT)
    return asyncio.run(reachable_bytes(repository, resolve_commit(repository, revision), stored))


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """2 MB that were removed again, 1 MB that is there, 4 MB on another branch."""
    repo = make_repo(tmp_path / "repo", {"gone": noise(2 * MEGABYTE)})
    repo.git("rm", "--quiet", "gone")
    repo.commit({"here": noise(MEGABYTE)})
    repo.git("checkout", "--quiet", "-b", "other")
    repo.commit({"other": noise(4 * MEGABYTE)})
    repo.git("checkout", "--quiet", "main")
    return repo


def test_the_history_counts_and_other_branches_do_not(repo: Repo) -> None:
    size = measured(repo)
    assert size is not None
    assert 3.0 <= size / MEGABYTE < 3.1


@pytest.mark.parametrize("pack", [("gc", "--quiet"), ("repack", "-adbq")])
def test_packed_and_with_a_bitmap(repo: Repo, pack: tuple[str, ...]) -> None:
    repo.git(*pack)
    size = measured(repo)
    assert size is not None
    assert 3.0 <= size / MEGABYTE < 3.1


def test_where_little_is_stored_nothing_is_counted(repo: Repo) -> None:
    repository = find_repository(repo.path, ENVIRONMENT)
    stored = stored_bytes(repository)
    assert 7.0 <= stored / MEGABYTE < 7.2
    assert measured(repo, stored) == stored
    repo.git("gc", "--quiet")
    assert 7.0 <= stored_bytes(repository) / MEGABYTE < 7.2


def test_borrowed_objects_count(repo: Repo, tmp_path: Path) -> None:
    repo.git("clone", "--quiet", "--shared", ".", str(tmp_path / "borrower"))
    borrower = Repo(path=tmp_path / "borrower")
    stored = stored_bytes(find_repository(borrower.path, ENVIRONMENT))
    assert stored < MEGABYTE
    assert (measured(borrower, stored) or 0) > 3 * MEGABYTE


def test_shallow_and_partial_clones_count_what_they_have(repo: Repo, tmp_path: Path) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    url = f"file://{repo.path}"
    repo.git("clone", "--quiet", "--depth=1", url, str(tmp_path / "shallow"))
    repo.git("clone", "--quiet", "--filter=blob:none", url, str(tmp_path / "partial"))
    for kind in ("shallow", "partial"):
        assert MEGABYTE < (measured(Repo(path=tmp_path / kind)) or 0) < 1.1 * MEGABYTE


def test_a_damaged_history_is_not_counted(repo: Repo) -> None:
    parent = repo.git("rev-parse", "HEAD~1")
    (repo.path / ".git/objects" / parent[:2] / parent[2:]).unlink()
    assert measured(repo) is None


def test_an_answer_that_takes_too_long_is_none(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"f": ""})
    repo.git("config", "alias.slow", "!sleep 60")
    answer = asyncio.run(git_ask.ask("slow", folder=repo.path, environment=ENVIRONMENT, limit=0.3))
    assert answer is None
