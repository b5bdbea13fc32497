"""A clean clone that cannot be made, or is no longer wanted."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import psutil
import pytest

from devkit.engine.git import find_repository
from devkit.engine.git_clone import CommitCheckout, check_out
from devkit.engine.git_commits import resolve_commit
from devkit.engine.git_inspection import make_sure
from devkit.engine.git_trouble import explain
from devkit.errors import CheckoutError, CouldNotFindOutError
from tests.functional.disks import small_disk
from tests.functional.repos import ENVIRONMENT, Repo, make_repo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devkit.project import Commit


def head_of(repo: Repo) -> Commit:
    return resolve_commit(find_repository(repo.path, ENVIRONMENT))


def clone(repo: Repo, destination: Path, environment: Mapping[str, str] = ENVIRONMENT) -> None:
    """Check HEAD out."""
    repository = find_repository(repo.path, environment)
    asyncio.run(check_out(repository, resolve_commit(repository), destination))


def test_a_full_disk(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"big": "x" * 1_000_000})
    destination = tmp_path / "small/clone"
    with (
        small_disk(tmp_path / "small"),
        pytest.raises(CouldNotFindOutError, match="The disk is full") as caught,
    ):
        clone(repo, destination)
    assert str(destination) in caught.value.message


def test_a_disk_that_is_full_when_history_is_copied(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"big": random.Random(1).randbytes(400_000)})
    repo.git("rm", "--quiet", "big")
    repo.commit({"Dockerfile": "FROM scratch"})
    repository = find_repository(repo.path, ENVIRONMENT)
    checkout = CommitCheckout(repository=repository, commit=resolve_commit(repository))
    with (
        small_disk(tmp_path / "small"),
        pytest.raises(CouldNotFindOutError, match="disk is full"),
    ):
        asyncio.run(checkout.check_out(tmp_path / "small/clone"))


def test_a_disk_that_is_full_at_once(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"f": ""})
    with small_disk(tmp_path / "small"):
        with pytest.raises(OSError, match="No space left"):
            (tmp_path / "small/filler").write_bytes(b"x" * 300_000)
        with pytest.raises(CouldNotFindOutError, match="The disk is full"):
            clone(repo, tmp_path / "small/clone")


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("error: unable to write symref for HEAD: No space left on device", "disk is full"),
        ("fatal: sha1 file 'x/index.lock' write error. Out of diskspace", "disk is full"),
        ("error: unable to write file big", "could not write the clone"),
        ("error: unable to read sha1 file of f (8e27be7d61)", "lacks files"),
        ("Killed", "could not make the clone"),
    ],
)
def test_git_s_own_words(tmp_path: Path, output: str, words: str) -> None:
    explained = explain(f"warning: x\n{output}\n", tmp_path)
    assert type(explained) is CouldNotFindOutError
    assert words in explained.message
    assert explained.details[-1] == output


def test_an_object_that_is_missing(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"f": "text"})
    blob = repo.git("rev-parse", "HEAD:f")
    (repo.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(CouldNotFindOutError, match="lacks files of the commit"):
        clone(repo, tmp_path / "clone")


def test_a_name_that_git_refuses_everywhere(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"f": ""})
    blob = repo.git("rev-parse", "HEAD:f")
    inner = repo.git("mktree", stdin=f"100644 blob {blob}\tconfig\n")
    repo.git("reset", "--soft", repo.commit_tree(f"040000 tree {inner}\t.git"))
    with pytest.raises(CheckoutError, match="name git refuses"):
        clone(repo, tmp_path / "clone")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CouldNotFindOutError, match="could not make the clone"):
        clone(make_repo(tmp_path / "repo", {"f": ""}), tmp_path / "file/clone")


@pytest.mark.parametrize("spoil", ["change", "add", "remove"])
def test_a_clone_that_is_not_the_commit_is_noticed(tmp_path: Path, spoil: str) -> None:
    repo = make_repo(tmp_path / "repo", {"f": "text", ".gitignore": "ignored"})
    clone(repo, tmp_path / "clone")
    file = tmp_path / "clone" / {"change": "f", "add": "ignored", "remove": "f"}[spoil]
    file.unlink() if spoil == "remove" else file.write_text("other")
    commit = head_of(repo)
    with pytest.raises(CheckoutError, match="a clean clone differs") as caught:
        make_sure(tmp_path / "clone", commit, ENVIRONMENT)
    assert caught.value.details[0].endswith(file.name)


def test_a_clone_at_another_commit_is_noticed(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"f": ""})
    clone(repo, tmp_path / "clone")
    repo.commit({"f": "changed"})
    with pytest.raises(CheckoutError, match="is not at commit"):
        make_sure(tmp_path / "clone", head_of(repo), ENVIRONMENT)


def test_a_clone_on_a_branch_is_noticed(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"f": ""})
    clone(repo, tmp_path / "clone")
    Repo(path=tmp_path / "clone").git("checkout", "--quiet", "-b", "branch")
    with pytest.raises(CheckoutError, match="is not at commit"):
        make_sure(tmp_path / "clone", head_of(repo), ENVIRONMENT)


def test_a_clone_that_is_none(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"f": ""})
    commit = head_of(repo)
    with pytest.raises(CouldNotFindOutError, match="could not look into"):
        make_sure(tmp_path / "none", commit, ENVIRONMENT)


def git_that(folder: Path, on_checkout: str) -> dict[str, str]:
    """An environment whose git does something more when it checks out."""
    path = ENVIRONMENT["PATH"]
    git = folder / "bin/git"
    git.parent.mkdir()
    git.write_text(
        f'#!/bin/sh\nPATH={path}\ncase " $* " in *" checkout "*) {on_checkout};; esac\n'
        'exec git "$@"\n'
    )
    git.chmod(0o755)
    return {**ENVIRONMENT, "PATH": f"{git.parent}:{path}"}


def test_whoever_writes_into_the_clone_is_noticed(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"f": ""})
    with pytest.raises(CheckoutError, match="a clean clone differs"):
        clone(repo, tmp_path / "clone", git_that(tmp_path, f"touch {tmp_path}/clone/stray"))


def test_cancelling_in_mid_clone_leaves_no_process(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"f": ""})
    commit = head_of(repo)
    started = tmp_path / "started"
    environment = git_that(tmp_path, f"sleep 60 & touch {started}; wait")

    async def cancel() -> None:
        repository = find_repository(repo.path, environment)
        task = asyncio.create_task(check_out(repository, commit, tmp_path / "clone"))
        while not started.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.01)
        assert psutil.Process().children(recursive=True)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert psutil.Process().children(recursive=True) == []
    left = [p for p in psutil.process_iter(["cmdline"]) if str(tmp_path) in str(p.info["cmdline"])]
    assert left == []
