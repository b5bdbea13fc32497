"""Whether the local image is of the files that lie there, on real files."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from devkit.config.load import load_project
from devkit.engine.image_inputs import image_state, keep, look
from tests.files import build_file_tree
from tests.functional.programs import scripted_docker

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.project import Project

TEXT = "FROM python\nCOPY pins/*.txt start conf ./\nCOPY . /app\n"
FILES = {
    "Dockerfile": TEXT,
    "pins/a.txt": "a",
    "pins/b.md": "b",
    "start": "s",
    "conf/deep/x": "x",
    "app.py": "app",
    "notes.md": "n",
    ".git/HEAD": "h",
}
IMAGE = "sha256:c0ffee"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    build_file_tree(tmp_path, FILES | {".dockerignore": "*.md\n"})
    (tmp_path / ".devkit").mkdir()
    found = load_project(tmp_path)
    return replace(found, web=replace(found.web, mount="/app"))


def state(project: Project, image: str = IMAGE, path: str = "") -> tuple[str, ...] | None:
    env = {**os.environ, "PATH": path or os.environ["PATH"]}
    found = image_state(project, image, environment=env)
    return found.changed if found else None


def test_what_is_mounted_does_not_count(project: Project) -> None:
    named = {"Dockerfile", ".dockerignore", "pins/a.txt", "start", "conf/deep/x"}
    assert set(look(project)) == named
    bare = replace(project, web=replace(project.web, mount=None))
    assert set(look(bare)) == named | {"app.py", "pins/b.md"}


def test_a_change_counts_and_a_new_time_does_not(project: Project) -> None:
    keep(project, look(project))
    assert state(project) == ()
    os.utime(project.root / "start", (1, 1))
    assert state(project) == ()

    build_file_tree(project.root, {"start": "other", "pins/c.txt": "new", "app.py": "edited"})
    (project.root / "conf" / "deep" / "x").unlink()
    assert state(project) == ("conf/deep/x", "pins/c.txt", "start")


def test_an_image_that_somebody_else_has_built_goes_by_its_time(
    project: Project, tmp_path: Path
) -> None:
    keep(project, look(project), image="sha256:another")
    long_ago, soon = "2001-02-03T04:05:06.123456789Z", "2999-02-03T04:05:06Z"
    for times, expected in (
        ((long_ago, "0001-01-01T00:00:00Z"), 5),
        ((long_ago, soon), 0),
        (("nonsense", soon), None),
    ):
        words = " ".join(f'"{each}"' for each in times)
        path = scripted_docker(tmp_path / "bin", f"echo '{words}'\n")
        found = state(project, path=path)
        assert (None if found is None else len(found)) == expected
    path = scripted_docker(tmp_path / "bin", "exit 1\n")
    assert state(project, path=path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"image": "", "built": "x", "files": {}}'])
def test_a_note_that_is_none_is_no_note(text: str, project: Project, tmp_path: Path) -> None:
    (project.root / ".devkit" / "image.json").write_text(text)
    path = scripted_docker(tmp_path / "bin", "exit 1\n")
    assert state(project, path=path) is None


def test_a_large_tree_is_looked_at_in_no_time(project: Project) -> None:
    build_file_tree(project.root, {f"conf/{n % 40}/{n}": str(n) for n in range(2000)})
    keep(project, look(project))
    began = time.process_time()
    assert state(project) == ()
    assert time.process_time() - began < 1.0
