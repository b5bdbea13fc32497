"""Files are written whole or not at all, and never outside of the project."""

from __future__ import annotations

import os
import resource
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from devkit.compose.document import render_compose
from devkit.engine.projectfiles import refresh
from devkit.engine.writing import replace_file
from devkit.errors import ConfigurationError, CouldNotFindOutError, RefusedError
from tests.files import build_file_tree
from tests.shop import change_config, made, mode, shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return shop(tmp_path)


def test_a_link_inside_the_project_is_written_through(root: Path) -> None:
    made(root)
    (root / "deploy").mkdir()
    (root / "docker-compose.yml").rename(root / "deploy" / "real.yml")
    (root / "docker-compose.yml").symlink_to("deploy/real.yml")
    project = change_config(root)
    made(root)
    assert (root / "docker-compose.yml").is_symlink()
    assert (root / "deploy" / "real.yml").read_text("utf-8") == render_compose(project)


def test_a_link_out_of_the_project_is_not_followed(root: Path, tmp_path: Path) -> None:
    made(root)
    outside = tmp_path / "outside.yml"
    (root / "docker-compose.yml").rename(outside)
    (root / "docker-compose.yml").symlink_to(outside)
    before = outside.read_bytes()
    change_config(root)
    with pytest.raises(RefusedError) as caught:
        made(root)
    assert caught.value.message == (
        f"docker-compose.yml in {root} is a link to {outside}, outside of the project."
    )
    assert outside.read_bytes() == before


def test_a_folder_that_is_a_link_out_of_the_project(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / ".devkit").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RefusedError, match="outside of the project"):
        made(root)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_in_place_of_the_compose_file(root: Path) -> None:
    (root / "docker-compose.yml").mkdir()
    with pytest.raises(ConfigurationError) as caught:
        made(root)
    assert caught.value.message == f"docker-compose.yml in {root} cannot be read: is a directory."


def test_a_compose_file_that_is_not_text_is_a_person_s_own(root: Path) -> None:
    build_file_tree(root, {"compose.yaml": b"\xff\xfe"})
    assert made(root).adopted


def test_what_cannot_be_replaced_leaves_nothing_behind(root: Path) -> None:
    (root / "target").mkdir()
    with pytest.raises(CouldNotFindOutError) as caught:
        replace_file(root / "target", "text", root=root)
    assert caught.value.message == f"target could not be written in {root}: is a directory."
    assert {path.name for path in root.iterdir()} == {"Dockerfile", "devkit.yaml", "target"}


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process can grow: to a writer that is a full disk.

    Around the writing alone: pytest's own output may go to a file, too.
    """
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_leaves_nothing_half_written(root: Path) -> None:
    made(root)
    project = change_config(root)
    before = (root / "docker-compose.yml").read_bytes()
    (root / ".env-local").unlink()
    with full_disk(), pytest.raises(CouldNotFindOutError) as caught:
        refresh(project, is_ignored=lambda _: True)
    assert caught.value.message == f".env-local could not be written in {root}: file too large."
    assert not (root / ".env-local").exists()
    (root / ".env-local").touch()
    with (
        full_disk(),
        pytest.raises(CouldNotFindOutError, match=r"^docker-compose\.yml could not be written"),
    ):
        refresh(project, is_ignored=lambda _: True)
    assert (root / "docker-compose.yml").read_bytes() == before
    assert {path.name for path in root.iterdir()} == {
        "Dockerfile", "devkit.yaml", "docker-compose.yml", ".env-local", ".devkit", "data",
        ".dockerignore",
    }  # fmt: skip


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(root: Path) -> None:
    root.chmod(0o555)
    with pytest.raises(CouldNotFindOutError) as caught:
        made(root)
    root.chmod(0o755)
    assert caught.value.message == f".devkit could not be written in {root}: permission denied."


def test_the_umask_is_honoured(root: Path) -> None:
    before = os.umask(0o027)
    try:
        made(root)
    finally:
        os.umask(before)
    assert mode(root / "docker-compose.yml") == 0o640
    assert mode(root / ".env-local") == 0o600
