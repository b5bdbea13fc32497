"""Which image has a commit's tag after several runs of it, on a real engine."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

from devkit.engine.images import RunImage, keep_image
from tests.e2e.machine import docker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REPOSITORY = f"devkit/kept-images-{os.getpid()}"
ROUNDS = 12
"""Without turns the wrong image has the tag in every second round or so."""


def made(tag: str) -> RunImage:
    """An image of nothing, which the run that is named built."""
    nothing = io.BytesIO()
    tarfile.open(fileobj=nothing, mode="w").close()
    image = RunImage(repository=REPOSITORY, run_tag=tag, commit_tag="0123456789ab")
    words = ["docker", "import", "--change", f"LABEL run={tag}", "-", image.reference]
    subprocess.run(words, input=nothing.getvalue(), check=True, capture_output=True)
    return image


@pytest.fixture
def runs() -> Iterator[tuple[RunImage, RunImage]]:
    strict, quick = made("verify-0000000000"), made("verify-1111111111")
    yield strict, quick
    docker("image", "rm", strict.reference, quick.reference)


def test_runs_that_end_at_the_same_time(runs: tuple[RunImage, RunImage], tmp_path: Path) -> None:
    strict, quick = runs
    world = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}

    async def both() -> None:
        await asyncio.gather(keep_image(quick, world, weaker=True), keep_image(strict, world))

    for _ in range(ROUNDS):
        asyncio.run(both())
        label = docker(
            "image", "inspect", "--format", "{{.Config.Labels.run}}", strict.kept_reference
        )
        docker("image", "rm", strict.kept_reference)
        assert label == strict.run_tag


def test_a_run_goes_on_where_no_lock_can_be_had(
    runs: tuple[RunImage, RunImage], tmp_path: Path
) -> None:
    strict, _ = runs
    (tmp_path / "devkit").write_text("not a folder")
    asyncio.run(keep_image(strict, {**os.environ, "XDG_STATE_HOME": str(tmp_path)}))
    docker("image", "rm", strict.kept_reference)
