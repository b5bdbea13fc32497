"""A clean clone has the commit's bytes, whatever the person has configured."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from devkit.engine.git import find_repository
from devkit.engine.git_clone import check_out, clone_environment
from devkit.engine.git_commits import resolve_commit
from tests.functional.clones import clone, files
from tests.functional.repos import ENVIRONMENT, Repo, make_repo

if TYPE_CHECKING:
    from pathlib import Path


def test_export_ignore_does_not_count(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {".gitattributes": "docs export-ignore\n", "docs/x": ""})
    assert "docs/x" in files(clone(repo))


def test_line_ends_come_from_the_commit_alone(tmp_path: Path) -> None:
    attributes = "*.bat text eol=crlf\n*.sh text eol=lf\n"
    contents = {"a.bat": "1\n", "a.sh": "1\n", "a.txt": "1\n", ".gitattributes": attributes}
    repo = make_repo(tmp_path / "repo", contents)
    (tmp_path / "gitconfig").write_text("[core]\n\tautocrlf = true\n\teol = crlf\n")
    person = {**ENVIRONMENT, "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig")}
    destination = clone(repo, environment=person)
    assert (destination / "a.bat").read_bytes() == b"1\r\n"
    assert (destination / "a.sh").read_bytes() == b"1\n"
    assert (destination / "a.txt").read_bytes() == b"1\n"


def test_crlf_committed_against_its_own_attribute_is_no_difference(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {".gitattributes": "* text\n"})
    blob = repo.git("hash-object", "-w", "--stdin", "--no-filters", stdin="1\r\n2\r\n")
    repo.git("update-index", "--add", "--cacheinfo", f"100644,{blob},f")
    repo.git("commit", "--quiet", "--message", "CRLF")
    assert (clone(repo) / "f").read_bytes() == b"1\r\n2\r\n"


def test_a_keyword_committed_expanded_is_no_difference(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {".gitattributes": "f ident\n"})
    blob = repo.git("hash-object", "-w", "--stdin", "--no-filters", stdin="$Id: old $\n")
    repo.git("update-index", "--add", "--cacheinfo", f"100644,{blob},f")
    repo.git("commit", "--quiet", "--message", "Keyword")
    assert (clone(repo) / "f").read_text() == f"$Id: {blob} $\n"


def test_no_filter_of_the_person_runs(tmp_path: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\n"
    repo = make_repo(tmp_path / "repo", {".gitattributes": "* filter=lfs\n", "big": pointer})
    config = f'[filter "lfs"]\n\tsmudge = touch {tmp_path}/ran; cat\n\trequired = true\n'
    (tmp_path / "gitconfig").write_text(config)
    person = {**ENVIRONMENT, "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig")}
    assert (clone(repo, environment=person) / "big").read_text() == pointer
    assert not (tmp_path / "ran").exists()


def test_no_hook_of_the_person_runs(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"f": ""})
    for folder in (repo.path / ".git/hooks", tmp_path / "template/hooks", tmp_path / "shared"):
        folder.mkdir(parents=True, exist_ok=True)
        for hook in ("post-checkout", "post-index-change", "reference-transaction"):
            (folder / hook).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
            (folder / hook).chmod(0o755)
    config = (
        f"[core]\n\thooksPath = {tmp_path}/shared\n[init]\n\ttemplateDir = {tmp_path}/template\n"
    )
    (tmp_path / "gitconfig").write_text(config)
    person = {
        **ENVIRONMENT,
        "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
        "GIT_TEMPLATE_DIR": str(tmp_path / "template"),
    }
    destination = clone(repo, environment=person)
    assert not (tmp_path / "ran").exists()
    assert not (destination / ".git/hooks").exists()
    Repo(path=destination).git("checkout", "HEAD~0", GIT_CONFIG_GLOBAL=str(tmp_path / "gitconfig"))
    assert not (tmp_path / "ran").exists()


def test_the_umask_of_the_person_does_not_count(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a/f": "", "start": ""})
    (repo.path / "start").chmod(0o755)
    repo.commit({})
    before = os.umask(0o077)
    try:
        destination = clone(repo)
    finally:
        os.umask(before)
    modes = [(destination / name).stat().st_mode & 0o777 for name in ("a", "a/f", "start")]
    assert modes == [0o755, 0o644, 0o755]


def test_variables_that_lead_elsewhere_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repo(tmp_path / "repo", {"f": ""})
    make_repo(tmp_path / "decoy", {"decoy": ""}, object_format="sha256")
    repository = find_repository(repo.path, ENVIRONMENT)
    decoy = tmp_path / "decoy/.git"
    leading = {
        "GIT_DIR": str(decoy),
        "GIT_COMMON_DIR": str(decoy),
        "GIT_WORK_TREE": str(tmp_path / "decoy"),
        "GIT_INDEX_FILE": str(decoy / "index"),
        "GIT_OBJECT_DIRECTORY": str(decoy / "objects"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.bare",
        "GIT_CONFIG_VALUE_0": "true",
    }
    for name, value in leading.items():
        monkeypatch.setenv(name, value)
    repository = replace(repository, environment={**ENVIRONMENT, **leading})
    commit = resolve_commit(find_repository(repo.path, ENVIRONMENT))
    asyncio.run(check_out(repository, commit, tmp_path / "clone"))
    assert files(tmp_path / "clone") == {"f"}


def test_of_git_s_variables_the_clone_gets_its_own_and_where_its_programs_are() -> None:
    person = {"GIT_SSH_COMMAND": "x", "GIT_EXEC_PATH": "/opt/git", "HOME": "/h", "GIT_TRACE": "1"}
    environment = clone_environment(person)
    assert environment["GIT_EXEC_PATH"] == "/opt/git"
    assert environment["HOME"] == "/h"
    assert environment["GIT_TERMINAL_PROMPT"] == "0"
    assert not {"GIT_SSH_COMMAND", "GIT_TRACE"} & environment.keys()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_repository_that_the_person_trusts(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"f": ""})
    os.chown(repo.path / ".git", 12345, 12345)
    os.chown(repo.path, 12345, 12345)
    trusted = {
        **ENVIRONMENT,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }
    assert files(clone(repo, environment=trusted)) == {"f"}
