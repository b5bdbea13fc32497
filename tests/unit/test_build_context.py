"""What counts as the Dockerfile of a check-out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from devkit.deployment.build import build_image
from devkit.errors import BuildError
from tests.fakes.stage import FakeStage

if TYPE_CHECKING:
    from pathlib import Path


def build(context: Path) -> list[str]:
    """What the stage was asked for."""
    stage = FakeStage()
    asyncio.run(build_image(stage, context, on_line=lambda _: None))
    return stage.asked


def test_a_file_and_a_link_inside_count(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("FROM scratch\n")
    (tmp_path / "Dockerfile").symlink_to("real")

    assert build(tmp_path) == [f"build {tmp_path.name} within 1800 s"]


@pytest.mark.parametrize("what", ["nothing", "another case", "a folder", "a link out"])
def test_nothing_else_counts(what: str, tmp_path: Path) -> None:
    context = tmp_path / "context"
    context.mkdir()
    (tmp_path / "outside").write_text("FROM scratch\n")
    if what == "another case":
        (context / "dockerfile").write_text("FROM scratch\n")
    if what == "a folder":
        (context / "Dockerfile").mkdir()
    if what == "a link out":
        (context / "Dockerfile").symlink_to(tmp_path / "outside")

    with pytest.raises(BuildError, match="no Dockerfile"):
        build(context)
    with pytest.raises(BuildError, match="no Dockerfile"):
        build(tmp_path / "none")
