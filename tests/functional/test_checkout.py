"""A clean clone of a commit."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from devkit.deployment.tree_rules import EMPTY_TREES
from devkit.engine.git import find_repository
from devkit.engine.git_clone import CommitCheckout
from devkit.engine.git_commits import resolve_commit
from devkit.errors import RefusedError
from tests.functional.clones import clone, files
from tests.functional.repos import ENVIRONMENT, Repo, make_repo, picture

if TYPE_CHECKING:
    from pathlib import Path


def test_the_commit_and_nothing_else(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"f": "committed", ".gitignore": "*.env", "a/b": ""})
    (repo.path / "f").write_text("changed")
    (repo.path / "untracked").write_text("")
    (repo.path / "secret.env").write_text("")
    destination = clone(repo)
    assert files(destination) == {"f", ".gitignore", "a/b"}
    assert (destination / "f").read_text() == "committed"
    copy = Repo(path=destination)
    assert copy.head == repo.head
    assert copy.git("rev-parse", "--abbrev-ref", "HEAD") == "HEAD"
    assert copy.git("status", "--porcelain") == ""


def test_what_the_person_has_is_untouched(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"f": "", "g": ""})
    (repo.path / "f").write_text("stashed")
    repo.git("stash")
    (repo.path / "f").write_text("staged")
    repo.git("add", "f")
    (repo.path / "g").write_text("changed")
    os.utime(repo.path / "f", (1, 1))
    before = picture(repo.path)
    clone(repo)
    assert picture(repo.path) == before


@pytest.mark.parametrize(
    "name", ["a b", "it's", 'say "hi"', 'a\nb\\n"', "café", "-x", "$HOME", "~"]
)
def test_odd_names(tmp_path: Path, name: str) -> None:
    destination = clone(make_repo(tmp_path / name / name, {f"{name}/{name}": "text"}))
    assert (destination / name / name).read_text() == "text"


def test_a_sha256_repository(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"f": ""}, object_format="sha256")
    assert files(clone(repo)) == {"f"}


def test_a_commit_that_no_ref_leads_to(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"f": ""})
    dropped = repo.commit({"dropped": ""})
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    assert files(clone(repo, dropped)) == {"f", "dropped"}


def test_the_commit_of_another_worktree_that_is_detached(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"f": ""})
    repo.git("worktree", "add", "--quiet", "--detach", "../other")
    other = Repo(path=tmp_path / "other")
    sha = other.commit({"g": ""})
    assert files(clone(repo, sha)) == {"f", "g"}


def test_from_a_linked_worktree(tmp_path: Path) -> None:
    make_repo(tmp_path / "repo", {"f": ""}).git("worktree", "add", "--quiet", "../other")
    assert files(clone(Repo(path=tmp_path / "other"))) == {"f"}


def test_from_a_shallow_repository(tmp_path: Path) -> None:
    origin = make_repo(tmp_path / "origin", {"f": "1"})
    origin.commit({"f": "2"})
    origin.git("clone", "--quiet", "--depth=1", origin.path.as_uri(), "../shallow")
    shallow = Repo(path=tmp_path / "shallow")
    dropped = shallow.commit({"g": ""})
    shallow.git("reset", "--quiet", "--hard", "HEAD~1")
    destination = clone(shallow, dropped)
    assert files(destination) == {"f", "g"}
    assert len(Repo(path=destination).git("log", "--format=%H").splitlines()) == 2


def test_from_a_repository_that_borrows_objects_itself(tmp_path: Path) -> None:
    origin = make_repo(tmp_path / "origin", {"f": ""})
    origin.git("clone", "--quiet", "--shared", ".", "../borrower")
    assert files(clone(Repo(path=tmp_path / "borrower"))) == {"f"}


def test_from_a_bare_repository(tmp_path: Path) -> None:
    make_repo(tmp_path / "repo", {"f": ""}).git("clone", "--quiet", "--bare", ".", "../bare")
    assert files(clone(Repo(path=tmp_path / "bare"))) == {"f"}


def test_an_empty_folder_is_as_good_as_none(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"f": ""})
    (tmp_path / "run/clone").mkdir(parents=True)
    assert files(clone(repo)) == {"f"}


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"f": ""})
    (tmp_path / "run/clone").mkdir(parents=True)
    (tmp_path / "run/clone/mine").write_text("")
    with pytest.raises(RefusedError, match="is not empty"):
        clone(repo)


def test_the_port(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"f": ""})
    (empty,) = (name for name in EMPTY_TREES if len(name) == 40)
    repo.git("mktree", stdin="")
    repository = find_repository(repo.path, ENVIRONMENT)
    commit = resolve_commit(repository, repo.commit_tree(f"040000 tree {empty}\tlog"))
    port = CommitCheckout(repository=repository, commit=commit)
    asyncio.run(port.check_out(tmp_path / "clone"))
    finding, *_ = asyncio.run(port.findings(tmp_path / "clone"))
    assert "'log'" in finding.sentence
