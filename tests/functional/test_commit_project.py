"""The project of a commit is kept, too, and is always that of the commit."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from devkit.config.load import load_project
from devkit.engine.commit_project import project_at, read_commit_config
from devkit.engine.project_cache import CACHE, COMMIT_CACHE, load_project_cached
from tests.files import build_file_tree
from tests.functional.receipts import commit_folder_of
from tests.functional.repos import make_repo
from tests.functional.test_project_cache import CONFIG, FILES

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.project import Project
    from tests.functional.repos import Repo

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


def entry(repo: Repo) -> dict[str, object]:
    read: dict[str, object] = json.loads((repo.path / COMMIT_CACHE).read_text("utf-8"))
    return read


def test_it_is_kept_apart_from_the_working_tree_s(repo: Repo) -> None:
    build_file_tree(repo.path, {"devkit.yaml": CONFIG.replace("name: shop", "name: changed")})
    assert load_project_cached(repo.path).name == "changed"
    assert [at(repo).name for _ in range(2)] == ["shop", "shop"]
    assert load_project_cached(repo.path).name == "changed"
    assert (repo.path / CACHE).is_file()


def test_what_is_kept_is_the_project(repo: Repo) -> None:
    assert at(repo) == load_project(repo.path)
    kept = entry(repo)
    assert at(repo) == load_project(repo.path)
    assert entry(repo) == kept


@pytest.mark.parametrize(
    "changed",
    [
        {"devkit.yaml": CONFIG.replace("postgres:15", "postgres:17")},
        {"devkit.yaml": ""},
        {"Dockerfile": "FROM python:3.11\nEXPOSE 81\n"},
    ],
)
def test_another_commit_has_another_project(repo: Repo, changed: dict[str, str]) -> None:
    before = at(repo)
    repo.commit(changed)
    after = at(repo)
    assert after == load_project(repo.path) != before
    assert at(repo, "HEAD~1") == before


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


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"key": "x"}', b"\xff"])
def test_a_broken_entry_does_no_harm(repo: Repo, kept: str | bytes) -> None:
    build_file_tree(repo.path, {str(COMMIT_CACHE): kept})
    assert at(repo) == load_project(repo.path)


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
