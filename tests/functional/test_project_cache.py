"""The kept project is the project, and costs no slow import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from devkit.config.load import load_project
from devkit.engine.project_cache import CACHE, Sources, _key, load_project_cached
from devkit.errors import ConfigurationError
from tests.files import build_file_tree

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "Dockerfile": "FROM python:3.11\nWORKDIR /app\nCOPY . .\nEXPOSE 80\n",
    "requirements.txt": "psycopg\n",
    ".devkit/.gitignore": "*\n",
}
CONFIG = """\
name: shop
web: {command: python -m x, paths: [/, /shop/]}
receipts: {days: 3}
watch: {ignore: ["docs/"], sync: ["*.css", "a/**"]}
services: {database: postgres:15, database_x: postgres:16, storage: file}
release: [a, b c]
environments: {live: {containers: 3, memory: 512m, cpus: 0.5, env: {A: "1"}}}
"""
CHANGES = [
    {"devkit.yaml": CONFIG.replace("postgres:15", "postgres:17")},
    {"devkit.yaml": ""},
    {"Dockerfile": "FROM python:3.11\nEXPOSE 81\n"},
]
"""Files that make another project."""
SLOW = ("pydantic", "jinja2", "yaml")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return build_file_tree(tmp_path / "shop", {**FILES, "devkit.yaml": CONFIG})


@pytest.mark.parametrize("config", [CONFIG, "", None])
def test_the_kept_project_is_the_project(root: Path, config: str | None) -> None:
    (root / "devkit.yaml").unlink()
    if config is not None:
        build_file_tree(root, {"devkit.yaml": config})
    assert load_project_cached(root) == load_project(root)
    assert (root / CACHE).is_file()
    assert load_project_cached(root) == load_project(root)


def test_it_really_comes_from_what_was_kept(root: Path) -> None:
    load_project_cached(root)
    entry = json.loads((root / CACHE).read_text("utf-8"))
    entry[0]["project"]["name"] = "kept"
    (root / CACHE).write_text(json.dumps(entry), encoding="utf-8")
    assert load_project_cached(root).name == "kept"


@pytest.mark.parametrize("changed", CHANGES)
def test_a_change_is_seen(root: Path, changed: dict[str, str]) -> None:
    before = load_project_cached(root)
    build_file_tree(root, changed)
    after = load_project_cached(root)
    assert after != before
    assert after == load_project(root)


def test_a_change_of_what_detection_reads_is_seen(root: Path) -> None:
    (root / "devkit.yaml").unlink()
    assert load_project_cached(root).services
    build_file_tree(root, {"requirements.txt": "flask\n"})
    assert load_project_cached(root).services == ()


def test_a_folder_that_was_renamed(root: Path) -> None:
    build_file_tree(root, {"devkit.yaml": ""})
    load_project_cached(root)
    moved = root.rename(root.with_name("store"))
    assert load_project_cached(moved) == load_project(moved)
    assert load_project_cached(moved).name == "store"


@pytest.mark.parametrize(
    "kept", ["", "{", "[]", "null", '{"key": "x"}', '{"project": {}}', b"\xff"]
)
def test_a_broken_entry_does_no_harm(root: Path, kept: str | bytes) -> None:
    build_file_tree(root, {str(CACHE): kept})
    assert load_project_cached(root) == load_project(root)


def test_an_entry_of_another_form_does_no_harm(root: Path) -> None:
    load_project_cached(root)
    entry = json.loads((root / CACHE).read_text("utf-8"))
    entry[0]["project"]["web"]["unknown"] = 1
    (root / CACHE).write_text(json.dumps(entry), encoding="utf-8")
    assert load_project_cached(root) == load_project(root)


def test_a_change_of_devkit_s_own_code_is_seen(root: Path, tmp_path: Path) -> None:
    package = build_file_tree(tmp_path / "devkit", {"config/model.py": ""})
    sources = Sources(config="", dockerfile="", facts={}, is_adopted=False, read=lambda _: None)
    before = _key(root, sources, package)
    os.utime(package / "config" / "model.py", ns=(1, 1))
    assert _key(root, sources, package) != before


def test_where_devkit_has_no_folder_yet_nothing_is_kept(root: Path) -> None:
    (root / ".devkit" / ".gitignore").unlink()
    (root / ".devkit").rmdir()
    load_project_cached(root)
    assert not (root / ".devkit").exists()


def test_a_mistake_is_told_every_time(root: Path) -> None:
    build_file_tree(root, {"devkit.yaml": "relase: []"})
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="unknown key `relase`"):
            load_project_cached(root)


def test_an_unchanged_project_waits_for_no_slow_import(root: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from devkit.engine.project_cache import load_project_cached
from devkit.engine.projectfiles import refresh

refresh(load_project_cached(Path({str(root)!r})), is_ignored=lambda _: True)
print(*(name for name in {SLOW!r} if name in sys.modules))
"""
    said = [
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert said[0].stdout.split() == list(SLOW)
    assert said[1].stdout.split() == []
