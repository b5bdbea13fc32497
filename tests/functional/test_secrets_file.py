""".env-local: made once, for its owner alone, and its values told to nobody."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from devkit.config.load import load_project
from devkit.engine.git_ignore import ignored_by_git
from devkit.engine.projectfiles import refresh
from tests.files import build_file_tree
from tests.functional.programs import devkit
from tests.shop import DOCKERFILE, made, mode, shop

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return shop(tmp_path)


def test_a_secret_is_made_once_for_its_owner_alone(root: Path) -> None:
    made(root)
    path = root / ".env-local"
    text = path.read_text("utf-8")
    assert mode(path) == 0o600
    assert re.search(r"(?m)^SECRET_KEY=[\w-]{64}$", text)
    made(root)
    assert path.read_text("utf-8") == text


def test_each_project_has_a_secret_of_its_own(root: Path, tmp_path: Path) -> None:
    other = build_file_tree(tmp_path / "other", {"Dockerfile": DOCKERFILE})
    made(root)
    made(other)
    assert (root / ".env-local").read_bytes() != (other / ".env-local").read_bytes()


def test_an_existing_file_of_secrets_is_never_touched(root: Path) -> None:
    build_file_tree(root, {".env-local": "MINE=1"})
    assert ".env-local" not in made(root).written
    assert (root / ".env-local").read_text("utf-8") == "MINE=1"


def test_a_link_to_nowhere_is_an_existing_file_of_secrets(root: Path) -> None:
    (root / ".env-local").symlink_to("elsewhere")
    assert made(root).warnings == (".env-local cannot be read: no such file or directory.",)
    assert (root / ".env-local").is_symlink()


def test_others_can_read_the_secrets(root: Path) -> None:
    build_file_tree(root, {".env-local": "SECRET_KEY=x"})
    (root / ".env-local").chmod(0o644)
    assert made(root).warnings == (
        "Other users of this machine can read .env-local: chmod 600 .env-local",
    )


def test_a_name_that_has_no_effect_is_told_and_its_value_is_not(root: Path) -> None:
    text = "SECRET_KEY=x\n# STAGE=no\nDEBUG=hush\n  export DATABASE_URL = hush\nMORE=DEBUG=1\n"
    build_file_tree(root, {".env-local": text})
    (root / ".env-local").chmod(0o600)
    (warning,) = made(root).warnings
    assert warning == (
        "DATABASE_URL and DEBUG in .env-local have no effect, because docker-compose.yml sets them;"
        " put them into environments.local.env of devkit.yaml."
    )


def test_git_would_take_the_secrets(root: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    is_ignored = ignored_by_git(root, dict(os.environ))
    refreshed = refresh(load_project(root), is_ignored=is_ignored)
    (warning,) = refreshed.warnings
    assert warning.startswith("git does not ignore .env-local, which holds secrets: `devkit init")
    build_file_tree(root, {".gitignore": ".env-local\n"})
    assert refresh(load_project(root), is_ignored=is_ignored).warnings == ()


@pytest.mark.parametrize("before", [None, "", "*.pyc", "*.pyc\n"])
def test_git_is_told_to_leave_them(before: str | None, root: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    if before is not None:
        (root / ".gitignore").write_text(before)
    for _ in range(2):
        done = devkit("init", "--gitignore", cwd=root)
        assert done.returncode == 0, done.stderr
        assert "git does not ignore" not in done.stderr
    end = "\n" if before and not before.endswith("\n") else ""
    assert (root / ".gitignore").read_text() == f"{before or ''}{end}/.env-local\n"


def test_without_a_repository_git_takes_nothing(root: Path) -> None:
    assert ignored_by_git(root, {**os.environ, "GIT_CEILING_DIRECTORIES": "/"})(".env-local")
