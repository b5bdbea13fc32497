"""Finding a repository."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from devkit.engine.git import REPOSITORY_VARIABLES, find_repository
from devkit.engine.git_worktree import differs_from_commit
from devkit.errors import CheckoutError, CouldNotFindOutError, UsageError
from tests.functional.repos import ENVIRONMENT, Repo, make_repo

if TYPE_CHECKING:
    from pathlib import Path

ODD_NAMES = ["a b", "it's", 'say "hi"', "a\nb", "café", "-x", "$HOME"]


def fake_git(folder: Path, script: str) -> dict[str, str]:
    """An environment whose git is a script."""
    git = folder / "bin" / "git"
    git.parent.mkdir()
    git.write_text(f"#!/bin/sh\n{script}\n")
    git.chmod(0o755)
    return {**ENVIRONMENT, "PATH": f"{git.parent}:/usr/bin:/bin"}


def test_at_the_top_level(tmp_path: Path) -> None:
    make_repo(tmp_path)
    found = find_repository(tmp_path, ENVIRONMENT)
    assert found.git_dir == found.common_dir == tmp_path / ".git"
    assert found.top_level == tmp_path


def test_in_a_subfolder(tmp_path: Path) -> None:
    make_repo(tmp_path, {"shop/Dockerfile": ""})
    assert find_repository(tmp_path / "shop", ENVIRONMENT).top_level == tmp_path


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names(tmp_path: Path, name: str) -> None:
    make_repo(tmp_path / name, {f"{name}/f": ""})
    found = find_repository(tmp_path / name / name, ENVIRONMENT)
    assert (found.git_dir, found.top_level) == (tmp_path / name / ".git", tmp_path / name)
    assert differs_from_commit(found, tmp_path / name) == ()


def test_through_a_link(tmp_path: Path) -> None:
    make_repo(tmp_path / "real", {"shop/Dockerfile": ""})
    (tmp_path / "link").symlink_to("real/shop")
    assert find_repository(tmp_path / "link", ENVIRONMENT).top_level == tmp_path / "real"


def test_in_a_linked_worktree(tmp_path: Path) -> None:
    make_repo(tmp_path / "main", {"f": ""}).git("worktree", "add", "--quiet", "../other")
    found = find_repository(tmp_path / "other", ENVIRONMENT)
    assert found.git_dir == tmp_path / "main/.git/worktrees/other"
    assert found.common_dir == tmp_path / "main/.git"
    assert found.top_level == tmp_path / "other"


def test_in_a_bare_repository(tmp_path: Path) -> None:
    make_repo(tmp_path / "main", {"f": ""}).git("clone", "--quiet", "--bare", ".", "../bare")
    found = find_repository(tmp_path / "bare", ENVIRONMENT)
    assert (found.git_dir, found.top_level) == (tmp_path / "bare", None)
    assert differs_from_commit(found, tmp_path / "bare") == ()


def test_an_absolute_git_dir_as_a_hook_of_a_worktree_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_repo(tmp_path / "main", {"shop/f": ""}).git("worktree", "add", "--quiet", "../other")
    monkeypatch.chdir(tmp_path / "other")
    git_dir = tmp_path / "main/.git/worktrees/other"
    found = find_repository(tmp_path / "other/shop", {**ENVIRONMENT, "GIT_DIR": str(git_dir)})
    assert (found.git_dir, found.top_level) == (git_dir, tmp_path / "other")


def test_a_relative_git_dir_counts_from_where_the_hook_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_repo(tmp_path, {"shop/f": ""})
    monkeypatch.chdir(tmp_path)
    found = find_repository(tmp_path / "shop", {**ENVIRONMENT, "GIT_DIR": ".git"})
    assert (found.git_dir, found.top_level) == (tmp_path / ".git", tmp_path)


@pytest.mark.parametrize("top_level", ["main", "other"])
def test_in_a_real_hook(tmp_path: Path, top_level: str) -> None:
    repo = make_repo(tmp_path / "main", {"shop/f": ""})
    repo.git("init", "--quiet", "--bare", "../remote")
    repo.git("worktree", "add", "--quiet", "../other")
    program = (
        "import os; from pathlib import Path; from devkit.engine.git import find_repository\n"
        f"found = find_repository(Path('shop'), os.environ)\n"
        f"Path({str(tmp_path / 'record')!r}).write_text(str(found.top_level))"
    )
    hook = tmp_path / "main/.git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{program}"\n')
    hook.chmod(0o755)
    pushing = Repo(path=tmp_path / top_level / "shop")
    pushing.git("push", "--quiet", "../remote", "HEAD:refs/heads/live")
    assert (tmp_path / "record").read_text() == str(tmp_path / top_level)


def test_a_bare_git_dir_with_a_work_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_repo(tmp_path / "main", {"f": "old"}).git("clone", "--quiet", "--bare", ".", "../bare")
    (tmp_path / "tree/shop").mkdir(parents=True)
    (tmp_path / "tree/f").write_text("new")
    monkeypatch.chdir(tmp_path)
    told = {**ENVIRONMENT, "GIT_DIR": "bare", "GIT_WORK_TREE": "tree"}
    found = find_repository(tmp_path / "tree/shop", told)
    assert (found.git_dir, found.top_level) == (tmp_path / "bare", tmp_path / "tree")
    assert "f" in differs_from_commit(found, tmp_path / "tree")


def test_a_git_dir_of_another_project_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_repo(tmp_path / "pushed", {"f": ""})
    make_repo(tmp_path / "named", {"f": ""})
    monkeypatch.chdir(tmp_path / "pushed")
    found = find_repository(tmp_path / "named", {**ENVIRONMENT, "GIT_DIR": ".git"})
    assert found.top_level == tmp_path / "named"


def test_a_git_dir_that_leads_nowhere_is_passed_over(tmp_path: Path) -> None:
    make_repo(tmp_path, {"f": ""})
    found = find_repository(tmp_path, {**ENVIRONMENT, "GIT_DIR": "/nonexistent"})
    assert found.top_level == tmp_path


def test_nothing_that_locates_a_repository_stays_in_the_environment(tmp_path: Path) -> None:
    make_repo(tmp_path)
    locating = dict.fromkeys(REPOSITORY_VARIABLES, "/nonexistent")
    kept = {"GIT_SSH_COMMAND": "ssh -v", "GIT_CONFIG_COUNT": "0"}
    found = find_repository(tmp_path, {**ENVIRONMENT, **locating, **kept})
    assert found.environment == {**ENVIRONMENT, **kept}


def test_the_variables_are_those_that_git_lists() -> None:
    listed = subprocess.run(
        ["git", "rev-parse", "--local-env-vars"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert set(listed) - REPOSITORY_VARIABLES <= {"GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"}


def test_no_secret_of_the_environment_shows_in_a_trace(tmp_path: Path) -> None:
    make_repo(tmp_path)
    assert "hunter2" not in repr(find_repository(tmp_path, {**ENVIRONMENT, "TOKEN": "hunter2"}))


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(CheckoutError, match="is in no git repository") as caught:
        find_repository(tmp_path, ENVIRONMENT)
    assert caught.value.hint == "git init, commit, and run again."


def test_a_worktree_whose_repository_is_gone(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nonexistent/.git/worktrees/x\n")
    with pytest.raises(CouldNotFindOutError) as caught:
        find_repository(tmp_path, ENVIRONMENT)
    assert "/nonexistent/.git/worktrees/x" in caught.value.details[0]


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"There is no folder {tmp_path}/none"):
        find_repository(tmp_path / "none", ENVIRONMENT)


def test_no_git(tmp_path: Path) -> None:
    with pytest.raises(CouldNotFindOutError) as caught:
        find_repository(tmp_path, {**ENVIRONMENT, "PATH": str(tmp_path)})
    assert caught.value.hint == "Install git, or put it on the PATH."


def test_a_git_that_is_too_old(tmp_path: Path) -> None:
    # git 2.30 prints an option of rev-parse that it does not know
    script = (
        'shift; for w in "$@"; do case $w in --devkit*|--path*) echo $w;; *) echo .;; esac; done'
    )
    with pytest.raises(CouldNotFindOutError, match=r"too old: devkit needs 2\.32"):
        find_repository(tmp_path, fake_git(tmp_path, script))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_repository_of_somebody_else(tmp_path: Path) -> None:
    make_repo(tmp_path, {"f": ""})
    os.chown(tmp_path / ".git", 12345, 12345)
    os.chown(tmp_path, 12345, 12345)
    with pytest.raises(CouldNotFindOutError, match="somebody else owns it") as caught:
        find_repository(tmp_path, ENVIRONMENT)
    assert "git config --global --add safe.directory" in caught.value.hint
    trusted = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }
    assert find_repository(tmp_path, {**ENVIRONMENT, **trusted}).top_level == tmp_path
