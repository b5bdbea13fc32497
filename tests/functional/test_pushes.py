"""What the hook makes of pushes that deploy nothing, or whose folder is not checked out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.functional.programs import NO_ENGINE, barely_docker, devkit
from tests.functional.repos import Repo, make_repo
from tests.shop import DOCKERFILE

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

NOTHING = "0" * 40


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A project in a subfolder on main, and a branch without it that is checked out."""
    made = make_repo(tmp_path / "shop", {"site/Dockerfile": DOCKERFILE, "index.html": "hello"})
    made.git("switch", "--quiet", "--orphan", "pages")
    made.commit({"index.html": "pages"})
    assert not (made.path / "site").exists()
    return made


def push(repo: Repo, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    sha = repo.git("rev-parse", name)
    return devkit(
        *words, "hook", "run", "--folder", "site", "--", "origin", "/remote",
        cwd=repo.path, stdin=f"{name} {sha} refs/heads/live {NOTHING}\n", **NO_ENGINE,
    )  # fmt: skip


def test_a_commit_without_the_project_is_let_through(repo: Repo) -> None:
    done = push(repo, "pages")
    assert done.returncode == 0, done.stderr
    short = repo.head[:12]
    assert (
        f"{short} has no Dockerfile and no devkit.yaml in site: nothing to deploy, let through."
    ) in done.stderr


def test_it_is_the_commit_that_counts_not_the_working_tree(repo: Repo) -> None:
    done = push(repo, "main")
    assert done.returncode == 4, done.stderr
    assert "is rehearsed before the push" in done.stderr


def test_a_commit_that_lost_its_dockerfile_is_rehearsed(repo: Repo) -> None:
    repo.commit({"site/devkit.yaml": "name: shop\n"})
    assert "is rehearsed before the push" in push(repo, "pages").stderr


@pytest.mark.parametrize("target", ["HEAD^{tree}", "HEAD:index.html"])
def test_a_tag_that_leads_to_no_commit_is_skipped(target: str, repo: Repo) -> None:
    repo.git("tag", "--annotate", "--message", "Odd", "odd", target)
    done = push(repo, "odd")
    assert done.returncode == 0, done.stderr
    assert "odd leads to no commit" in done.stderr


def test_a_push_that_is_let_through_says_so_to_a_program(repo: Repo) -> None:
    event = json.loads(push(repo, "pages", "--json").stdout)
    assert (event["event"], event["verdict"]) == ("run_finished", "passed")
    assert event["commit"] == repo.head


def test_a_configuration_outside_of_the_project_is_not_read(tmp_path: Path) -> None:
    made = make_repo(tmp_path / "shop", {"Dockerfile": DOCKERFILE})
    (made.path / "devkit.yaml").symlink_to("/etc/passwd")
    done = devkit("verify", cwd=made.path, **NO_ENGINE)
    assert done.returncode == 3, done.stderr
    assert "outside of the project" in done.stderr


def test_a_file_name_that_is_no_text_breaks_no_json(tmp_path: Path) -> None:
    made = make_repo(tmp_path / "shop", {"Dockerfile": DOCKERFILE})
    name = b"caf\xe9".decode("utf-8", "surrogateescape")
    (made.path / name).touch()
    done = devkit("verify", "--json", cwd=made.path, **barely_docker(tmp_path / "bin"))
    warned = next(e for e in map(json.loads, done.stdout.splitlines()) if e["event"] == "warned")
    assert r"'caf\udce9'" in warned["message"]
