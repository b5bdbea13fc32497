"""What watch knows of a project, from real files and a real git."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from devkit.config.load import load_project
from devkit.engine.watch_gitignore import find_git, tracked_all_the_same
from devkit.engine.watch_setting import read_setting, same_image
from devkit.watch.meaning import Action, meaning
from tests.files import build_file_tree

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.watch.setting import Setting

FILES = {
    "shop/.gitignore": "config/*\n/build/\n",
    "shop/Dockerfile": "FROM python:3.11\nWORKDIR /app\nCOPY . /app\n",
    "shop/config/settings.py": "1\n",
    "shop/config/other.py": "1\n",
}


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True)


def test_a_service_of_the_image_that_another_is_built_to_goes_along() -> None:
    services = {
        "web": {"build": {"context": "/shop"}},
        "worker_queue": {"image": "shop-web"},
        "same": {"build": {"context": "/shop"}},
        "other": {"build": {"context": "/other"}},
        "database": {"image": "postgres:15"},
    }
    document = {"name": "shop", "services": services}
    assert same_image(document) == ("web", "worker_queue", "same")
    named = {**services, "web": {"build": "/shop", "image": "own:1"}, "beat": {"image": "own:1"}}
    assert same_image({**document, "services": named}) == ("web", "same", "beat")


def setting(root: Path) -> Setting:
    return read_setting(load_project(root), None, environment=os.environ)


def test_what_git_tracks_all_the_same_is_followed(tmp_path: Path) -> None:
    build_file_tree(tmp_path, FILES)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--force", "shop/config/settings.py")
    found = setting(tmp_path / "shop")
    assert found.tracked == {"config/settings.py"}
    assert meaning("config/settings.py", found).action > Action.IGNORED
    assert meaning("config/other.py", found).reason == "is ignored by git"


def test_the_index_tells_when_git_tracks_more(tmp_path: Path) -> None:
    root = build_file_tree(tmp_path, FILES) / "shop"
    git(tmp_path, "init", "--quiet")
    place = find_git(root)
    assert place is not None
    before = place.index_stamp()
    git(tmp_path, "add", "--force", "shop/config/other.py")
    assert place.index_stamp() != before
    assert tracked_all_the_same(root, place, os.environ) == {"config/other.py"}


def test_without_git_nothing_is_tracked(tmp_path: Path) -> None:
    build_file_tree(tmp_path, FILES)
    assert setting(tmp_path / "shop").tracked == frozenset()


def test_what_a_compose_file_takes_in_decides_what_runs(tmp_path: Path) -> None:
    root = build_file_tree(tmp_path, {
        "Dockerfile": "FROM python:3.11\n",
        "compose.yml": """\
            include:
              - compose/services.yml
              - {path: [more/compose.yml], env_file: more.env}
            services:
              web:
                extends: {file: common/base.yml, service: app}
                env_file: [web.env, {path: local.env, required: false}]
            """,
        "compose/services.yml": "services: {db: {image: postgres, env_file: db.env}}\n",
        "common/base.yml": "services: {app: {build: ., env_file: ../app.env}}\n",
        "docker-compose.override.yml": "services: {web: {env_file: mine.env}}\n",
    })  # fmt: skip
    found = setting(root).configuration
    assert found >= {
        "compose/services.yml", "compose/db.env", "more/compose.yml", "more.env",
        "common/base.yml", "app.env", "web.env", "local.env", "mine.env",
    }  # fmt: skip
    assert meaning("common/base.yml", setting(root)).action is Action.REGENERATE
