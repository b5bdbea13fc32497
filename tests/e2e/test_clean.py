"""``devkit clean`` on what a killed rehearsal left, and on what is none of its business."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from devkit.engine.witnesses import keep
from tests.e2e.apps import CONFIG, NAME, tiny
from tests.e2e.machine import docker, environment, left_behind, make_workspace
from tests.e2e.test_interrupts import Running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.machine import Workspace

SLEEPING = tiny(
    devkit__yaml=CONFIG + "services: {storage: file}\n",
    release__py="import time; print('waiting', flush=True); time.sleep(600)",
)


@pytest.fixture
def sleeping(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "app", SLEEPING)


@pytest.fixture
def under_way(sleeping: Workspace) -> Iterator[Running]:
    """A rehearsal in its release command."""
    running = Running(sleeping)
    running.wait_for("step_output", "release")
    run = run_of(left_behind())
    yield running
    running.process.kill()
    running.process.communicate()
    # By its name: `--kept` would take what another test keeps at the same time.
    assert sleeping.devkit("clean", run).code in (0, GONE)


GONE = 2
"""The exit code for a rehearsal that is not there (any more)."""


def run_of(found: dict[str, list[str]]) -> str:
    return found["notes"][0].removesuffix(".json")


def test_a_rehearsal_under_way_stays_and_a_dead_one_goes(
    sleeping: Workspace, under_way: Running, tmp_path: Path
) -> None:
    before = left_behind()
    run = run_of(before)
    done = sleeping.devkit("clean")
    assert done.code == 0
    assert (
        f"Stays: rehearsal {run} of {NAME}; process {under_way.process.pid} is at it." in done.err
    )
    assert sleeping.devkit("clean", run).code == 5
    assert left_behind() == before

    under_way.process.kill()
    under_way.process.wait()
    # Seen from another state folder, which may not know that it was kept.
    elsewhere = {"XDG_STATE_HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    other = sleeping.devkit("clean", env=elsewhere)
    assert f"Stays: rehearsal {run} of {NAME}; " in other.err
    assert "whose notes are in another state folder, made it" in other.err
    assert left_behind() == before

    planned = sleeping.devkit("clean", "--dry-run")
    assert planned.code == 0
    assert f"{run} of {NAME}: its owner, process {under_way.process.pid}, is dead." in planned.out
    for kind in ("container", "network", "volume", "folder", "image"):
        assert f"\n  {kind} " in planned.out, planned.out
    assert all(left_behind().values()), "--dry-run removes nothing"

    events = sleeping.devkit("clean", "--json").events
    kinds = {event["kind"] for event in events if event["event"] == "removal"}
    assert kinds == {"container", "network", "volume", "folder", "note", "image"}
    assert events[-1]["verdict"] == "passed"
    assert not any(left_behind().values())


def test_one_that_is_kept_goes_by_its_name_alone(sleeping: Workspace, under_way: Running) -> None:
    run = run_of(left_behind())
    assert keep(run, environment())
    under_way.process.kill()
    under_way.process.wait()

    assert sleeping.devkit("clean").code == 0
    assert sleeping.devkit("status").code == 0
    quick = make_workspace(sleeping.path.parent / "other", tiny())
    assert quick.devkit("verify", "--cached").code == 0
    assert run_of(left_behind()) == run
    assert len(left_behind()["folders"]) == 1
    events = sleeping.devkit("clean", "--dry-run", "--json").events
    assert [each["why"] for each in events if run in each.get("what", "")] == [
        f"it was kept to be looked into; devkit clean {run} removes it"
    ]

    events = sleeping.devkit("clean", "--dry-run", "--kept", "--json").events
    assert any(run in json.dumps(each) for each in events if each["event"] == "removal")
    assert sleeping.devkit("clean", "devkit-verify-ffffffffff").code == GONE
    assert sleeping.devkit("clean", run).code == 0
    assert not any(left_behind().values())


def test_what_is_none_of_its_business(sleeping: Workspace, tmp_path: Path) -> None:
    """A deployed environment, and a container that has its image's labels."""
    labels = {
        "environment": ["--label", "io.devkit.environment=live"],
        "inherited": ["--label", "io.devkit.run=mine", "--label", "io.devkit.owner=x|y|z|1|1"],
    }  # fmt: skip
    made = [
        docker("create", "--name", f"{NAME}-{name}", *words, "python:3.11-slim-bookworm", "true")
        for name, words in labels.items()
    ]
    try:
        sleeping.commit("Be quick", {"release.py": "print('done')"})
        assert sleeping.devkit("verify", "--cached").code == 0
        before = docker("image", "ls", "--quiet", f"devkit/{NAME}")
        events = sleeping.devkit("clean", "--json").events
        assert not [
            each for each in events if NAME in json.dumps(each) and each["event"] == "removal"
        ]
        assert docker("image", "ls", "--quiet", f"devkit/{NAME}") == before
        assert len(docker("ps", "--all", "--quiet", "--filter", f"name={NAME}-").split()) == 2
    finally:
        docker("rm", "--force", *made)
    nowhere = {"DOCKER_HOST": f"unix://{tmp_path}/nobody"}
    assert sleeping.devkit("clean", env=nowhere).code == 4
