"""What the cloud refuses of a commit's tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.engine.git import find_repository
from devkit.engine.git_commits import EMPTY_TREES, resolve_commit, tree_problems
from devkit.errors import CouldNotFindOutError
from tests.functional.repos import ENVIRONMENT, Repo, make_repo

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.engine.git import Repository

SHA1_EMPTY, SHA256_EMPTY = sorted(EMPTY_TREES, key=len)


def found(repo: Repo) -> Repository:
    return find_repository(repo.path, ENVIRONMENT)


def test_an_ordinary_tree_has_no_problems(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"f": "", "a/b/c": ""})
    assert tree_problems(found(repo), resolve_commit(found(repo))) == ()


def test_submodules_are_named(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "main", {"f": ""})
    make_repo(tmp_path / "lib", {"f": ""})
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../lib")
    repo.git(*add, "vendor/lib one")
    repo.git(*add, "other")
    repo.commit({})
    first, second = tree_problems(found(repo), resolve_commit(found(repo)))
    assert first.startswith("The commit has a submodule at 'other'")
    assert "git rm --cached 'vendor/lib one'" in second


@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_empty_trees_are_named(tmp_path: Path, kind: str) -> None:
    empty = SHA1_EMPTY if kind == "sha1" else SHA256_EMPTY
    repo = make_repo(tmp_path, {"f": ""}, object_format=kind)
    inner = repo.git("mktree", stdin=f"040000 tree {empty}\tlog\n")
    sha = repo.commit_tree(
        f"100644 blob {repo.git('rev-parse', 'HEAD:f')}\tf", f"040000 tree {inner}\tvar"
    )
    (problem,) = tree_problems(found(repo), resolve_commit(found(repo), sha))
    assert problem.startswith("The commit has an empty folder at 'var/log'")
    assert "'var/log/.gitkeep'" in problem


def test_a_tree_that_cannot_be_read(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"f": ""})
    sha = repo.commit_tree(f"040000 tree {'1' * 40}\tgone")
    with pytest.raises(CouldNotFindOutError, match="could not list the files"):
        tree_problems(found(repo), resolve_commit(found(repo), sha))
