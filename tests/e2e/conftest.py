"""Every test here needs the engine; where CI=true says that there is one, its absence fails."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.e2e.apps import NAME, tiny
from tests.e2e.machine import SAMPLE_NAME, Workspace, docker, left_behind, make_workspace
from tests.e2e.watching import Watcher

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/e2e" in item.path.as_posix():
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session", autouse=True)
def engine() -> None:
    """A Docker Engine that answers."""
    answer = subprocess.run(["docker", "info"], capture_output=True, check=False)
    if answer.returncode == 0:
        return
    message = "no Docker Engine answers; script/bootstrap provides one"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session", autouse=True)
def images(engine: None) -> Iterator[None]:  # noqa: ARG001 - the engine comes first
    """The images that the rehearsals of this test run built, removed at its end."""
    yield
    for name in (NAME, SAMPLE_NAME):
        # Some tests' projects have a suffix, as has a second folder's project of the name.
        wanted = [f"devkit/{name}", f"devkit/{name}-*", f"{name}-web", f"{name}-*-web"]
        filters = [word for each in wanted for word in ("--filter", f"reference={each}")]
        listed = docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", *filters)
        references = [each for each in listed.split() if "<none>" not in each]
        if references:
            docker("image", "rm", "--force", *references)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A repository with a small application that passes."""
    return make_workspace(tmp_path / "tiny", tiny())


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[Workspace]:
    """A repository with the sample application, under a name of its own; taken down afterwards."""
    made = make_workspace(tmp_path / "sample")
    config = (made.path / "devkit.yaml").read_text(encoding="utf-8")
    made.commit("Name", {"devkit.yaml": config.replace("name: sample-app", f"name: {SAMPLE_NAME}")})
    yield made
    made.devkit("down", "--volumes", "--yes")


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    """One that looks while the test's commands run."""
    thread = Watcher()
    thread.start()
    yield thread
    thread.stopped.set()
    thread.join()


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """No rehearsal leaves anything, whatever became of it."""
    yield
    assert not any(left_behind().values())
