"""What is uncommitted, and where the hooks are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from devkit.engine.git import find_repository
from devkit.engine.git_worktree import differs_from_commit, hooks_are_shared, hooks_folder
from devkit.errors import CouldNotFindOutError
from tests.functional.repos import ENVIRONMENT, make_repo, picture

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_uncommitted(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"a": "", "b": "", "c": "", "d": "", ".gitignore": "ignored"})
    (tmp_path / "a").write_text("changed")
    (tmp_path / "b").unlink()
    repo.git("mv", "c", "moved c")
    (tmp_path / "new\nline").write_text("")
    (tmp_path / "ignored").write_text("")
    found = find_repository(tmp_path, ENVIRONMENT)
    assert set(differs_from_commit(found, tmp_path)) == {"a", "b", "c", "moved c", "new\nline"}


def test_only_the_project_s_folder_counts(tmp_path: Path) -> None:
    make_repo(tmp_path, {"f": "", "shop*/f": "", "shops/f": ""})
    for name in ("f", "shop*/f", "shops/f"):
        (tmp_path / name).write_text("changed")
    folder = tmp_path / "shop*"
    assert differs_from_commit(find_repository(folder, ENVIRONMENT), folder) == ("shop*/f",)


def test_looking_at_a_stale_index_leaves_it(tmp_path: Path) -> None:
    make_repo(tmp_path, {"f": "same"})
    os.utime(tmp_path / "f", (1, 1))
    before = picture(tmp_path)
    assert differs_from_commit(find_repository(tmp_path, ENVIRONMENT), tmp_path) == ()
    assert picture(tmp_path) == before


def test_a_file_monitor_of_the_person_is_not_run(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"f": ""})
    repo.git("config", "core.fsmonitor", f"touch {tmp_path}/ran; false")
    differs_from_commit(find_repository(tmp_path, ENVIRONMENT), tmp_path)
    assert not (tmp_path / "ran").exists()


def test_a_broken_index(tmp_path: Path) -> None:
    make_repo(tmp_path, {"f": ""})
    (tmp_path / ".git/index").write_text("broken")
    with pytest.raises(CouldNotFindOutError, match="could not compare"):
        differs_from_commit(find_repository(tmp_path, ENVIRONMENT), tmp_path)


def test_hooks(tmp_path: Path) -> None:
    make_repo(tmp_path / "main", {"shop/f": ""}).git("worktree", "add", "--quiet", "../other")
    for folder in ("main", "main/shop", "other", "other/shop"):
        found = find_repository(tmp_path / folder, ENVIRONMENT)
        assert hooks_folder(found) == tmp_path / "main/.git/hooks"
        assert not hooks_are_shared(found)


@pytest.mark.parametrize("name", [".githooks", "my hooks/it's", "new\nline"])
def test_a_relative_hooks_path_counts_from_the_top_level(tmp_path: Path, name: str) -> None:
    repo = make_repo(tmp_path / "main", {"shop/f": ""})
    repo.git("worktree", "add", "--quiet", "../other")
    repo.git("config", "core.hooksPath", name)
    for top_level in ("main", "other"):
        found = find_repository(tmp_path / top_level / "shop", ENVIRONMENT)
        assert hooks_folder(found) == tmp_path / top_level / name
        assert not hooks_are_shared(found)


def test_an_absolute_hooks_path(tmp_path: Path) -> None:
    make_repo(tmp_path / "main").git("config", "core.hooksPath", str(tmp_path / "hooks"))
    found = find_repository(tmp_path / "main", ENVIRONMENT)
    assert hooks_folder(found) == tmp_path / "hooks"
    assert not hooks_are_shared(found)


def test_a_hooks_path_of_the_person_is_shared(tmp_path: Path) -> None:
    make_repo(tmp_path / "main")
    (tmp_path / "gitconfig").write_text(f"[core]\n\thooksPath = {tmp_path}/hooks\n")
    person = {**ENVIRONMENT, "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig")}
    found = find_repository(tmp_path / "main", person)
    assert hooks_folder(found) == tmp_path / "hooks"
    assert hooks_are_shared(found)
