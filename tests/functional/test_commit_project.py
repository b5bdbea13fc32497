"""The project of a commit is kept, too, and is always that of the commit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from devkit.config.load import load_project
from devkit.engine.commit_project import project_at, read_commit_config
from devkit.engine.project_cache import (
    CACHE,
    COMMITS_CACHE,
    KEPT_OF_COMMITS,
    load_project_cached,
)
from tests.files import build_file_tree
from tests.functional.receipts import commit_folder_of
from tests.functional.repos import make_repo
from tests.functional.test_project_cache import CHANGES, CONFIG, FILES

if TYPE_CHECKING:
    from devkit.project import Project
    from tests.functional.repos import Repo

KEPT = Path(".git", COMMITS_CACHE)
TWO_APPLICATIONS = """\
services:
  shop: {build: ., ports: ["8000:80"]}
  admin: {build: ., ports: ["8001:80"]}
  db: {build: ./db}
"""
COMPOSE = """\
services:
  web: {build: ., ports: ["8000:80"]}
  db: {image: "postgres:14"}
"""


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make_repo(tmp_path / "shop")
    made.commit({**FILES, "devkit.yaml": CONFIG})
    return made


def at(repo: Repo, revision: str = "HEAD") -> Project:
    folder = commit_folder_of(repo, revision)
    return project_at(folder, read_commit_config(folder))


def kept(repo: Repo) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads((repo.path / KEPT).read_text("utf-8"))
    return read


def test_it_is_kept_apart_from_the_working_tree_s(repo: Repo) -> None:
    build_file_tree(repo.path, {"devkit.yaml": CONFIG.replace("name: shop", "name: changed")})
    assert load_project_cached(repo.path).name == "changed"
    assert [at(repo).name for _ in range(2)] == ["shop", "shop"]
    assert load_project_cached(repo.path).name == "changed"
    assert (repo.path / CACHE).is_file()


def test_what_is_kept_is_the_project(repo: Repo) -> None:
    assert at(repo) == load_project(repo.path)
    before = kept(repo)
    assert at(repo) == load_project(repo.path)
    assert kept(repo) == before


@pytest.mark.parametrize("changed", CHANGES)
def test_another_commit_has_another_project(repo: Repo, changed: dict[str, str]) -> None:
    before = at(repo)
    repo.commit(changed)
    after = at(repo)
    assert after == load_project(repo.path) != before
    both = kept(repo)
    assert at(repo, "HEAD~1") == before
    assert at(repo) == after
    assert kept(repo) == both


def test_only_the_last_ones_are_kept(repo: Repo) -> None:
    for number in range(1, KEPT_OF_COMMITS + 3):
        repo.commit({"devkit.yaml": CONFIG.replace("containers: 3", f"containers: {number}")})
        assert at(repo).environments["live"].containers == number
    assert len(kept(repo)) == KEPT_OF_COMMITS


def test_what_detection_reads_in_the_commit_counts(repo: Repo) -> None:
    (repo.path / "devkit.yaml").unlink()
    repo.commit({})
    assert at(repo).services
    repo.commit({"requirements.txt": "flask\n"})
    assert at(repo).services == ()
    assert at(repo, "HEAD~1").services


def test_what_its_own_compose_file_says_counts(repo: Repo) -> None:
    (repo.path / "devkit.yaml").unlink()
    repo.commit({"docker-compose.yml": COMPOSE})
    assert [service.image for service in at(repo).services] == ["postgres:14"]
    repo.commit({"docker-compose.yml": COMPOSE.replace("14", "16")})
    assert [service.image for service in at(repo).services] == ["postgres:16"]


def test_a_file_that_only_the_chosen_service_leads_to_counts(repo: Repo) -> None:
    files = {"docker-compose.yml": TWO_APPLICATIONS, "devkit.yaml": "compose: {web: shop}\n"}
    repo.commit({**files, "db/Dockerfile": "FROM postgres:15\n"})
    assert [service.image for service in at(repo).services] == ["postgres:15"]
    repo.commit({"db/Dockerfile": "FROM postgres:16\n"})
    assert [service.image for service in at(repo).services] == ["postgres:16"]
    assert [service.image for service in at(repo, "HEAD~1").services] == ["postgres:15"]


@pytest.mark.parametrize(
    "broken", ["", "{", "{}", "[1]", '[{"key": "x"}]', '[{"project": {}}]', b"\xff"]
)
def test_a_broken_entry_does_no_harm(repo: Repo, broken: str | bytes) -> None:
    build_file_tree(repo.path, {str(KEPT): broken})
    for _ in range(2):
        assert at(repo) == load_project(repo.path)


def test_an_entry_of_another_form_does_no_harm(repo: Repo) -> None:
    right = at(repo)
    entries = kept(repo)
    changes: list[dict[str, Any]] = [
        {"texts": []},
        {"texts": {"compose.yaml": "x"}},
        {"project": {"name": "x"}},
    ]
    for change in changes:
        (repo.path / KEPT).write_text(json.dumps([entries[0] | change]), encoding="utf-8")
        assert at(repo) == right


@pytest.mark.parametrize("name", ["project.json", "commit-project.json", "projects.json"])
def test_a_link_in_the_commit_leads_nowhere(repo: Repo, name: str) -> None:
    hook = repo.path / ".git" / "hooks" / "pre-push"
    build_file_tree(hook.parent, {hook.name: "#!/bin/sh\n"})
    link = repo.path / ".devkit" / name
    link.symlink_to("../.git/hooks/pre-push")
    assert at(repo) == load_project_cached(repo.path) == load_project(repo.path)
    assert hook.read_text("utf-8") == "#!/bin/sh\n"
    assert name != CACHE.name or not link.is_symlink()


def test_a_link_to_itself_is_no_bug(repo: Repo) -> None:
    (repo.path / CACHE).symlink_to(CACHE.name)
    (repo.path / KEPT).parent.mkdir(parents=True)
    (repo.path / KEPT).symlink_to(KEPT.name)
    assert at(repo) == load_project_cached(repo.path) == load_project(repo.path)


def test_the_next_commit_of_the_same_project_waits_for_no_slow_import(repo: Repo) -> None:
    script = """
import sys
from pathlib import Path
from devkit.engine.commit_project import project_at, read_commit_config
from tests.functional.receipts import commit_folder_of
from tests.functional.repos import Repo

folder = commit_folder_of(Repo(path=Path(sys.argv[1])))
project_at(folder, read_commit_config(folder))
print(*(name for name in ("pydantic", "yaml") if name in sys.modules))
"""
    said = []
    for number in range(2):
        repo.commit({"notes.txt": f"{number}"})
        words = [sys.executable, "-c", script, str(repo.path)]
        said.append(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    assert [each.split() for each in said] == [["pydantic", "yaml"], []]
