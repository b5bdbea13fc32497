"""The records of runs, and the names of local variables, on real files."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from devkit.cli.recording import RecordingReporter
from devkit.deployment.events import ContainerProbed, Event, RunFinished, RunStarted, Warned
from devkit.engine.local_variables import read_local_variables
from devkit.engine.run_records import KEPT, new_record, seconds_to_ready
from devkit.errors import DevkitError
from devkit.project import Commit
from tests.files import build_file_tree

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
STARTED = RunStarted(
    run="devkit-verify-1", commit=Commit(sha="a" * 40, tree="b" * 40), environment="live",
    containers=1, cached=False,
)  # fmt: skip
PASSED = RunFinished(verdict="passed", code=0, seconds=9.0)


def probed(seconds: float) -> ContainerProbed:
    return ContainerProbed(
        container="web-1", outcome="healthy", attempts=1, seconds=seconds, status=200
    )


class Shown(list[Event]):
    """Remembers what a person would see."""

    def __call__(self, event: Event) -> None:
        self.append(event)


def record(root: Path, *events: Event) -> list[Event]:
    """Report events to a recorder, and return those that it showed."""
    shown = Shown()
    reporter = RecordingReporter(shown, root=root)
    for event in events:
        reporter(event)
    return shown


def test_every_event_and_the_verdict_are_kept(tmp_path: Path) -> None:
    shown = record(tmp_path, STARTED, probed(1.25), PASSED)

    assert isinstance(shown[-1], RunFinished)
    folder = tmp_path / shown[-1].record
    assert folder.parent == tmp_path / ".devkit" / "runs"
    assert folder.stat().st_mode & 0o777 == 0o700
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert [e["event"] for e in events] == ["run_started", "container_probed", "run_finished"]
    verdict = json.loads((folder / "verdict.json").read_text())
    assert verdict["verdict"] == "passed"
    assert verdict["seconds_to_ready"] == {"web-1": 1.25}
    assert (tmp_path / ".devkit" / ".gitignore").read_text() == "*\n"


def test_the_trend_is_that_of_the_last_three_runs_that_passed(tmp_path: Path) -> None:
    for number, seconds in enumerate((9.0, 22.0, 31.0, 48.0)):
        kept = new_record(tmp_path, f"run-{number}", now=NOON + timedelta(minutes=number))
        kept.add_verdict({"verdict": "passed", "seconds_to_ready": {"web-1": 1, "web-2": seconds}})
    failed = new_record(tmp_path, "run-5", now=NOON + timedelta(hours=1))
    failed.add_verdict({"verdict": "failed", "seconds_to_ready": {"web-1": 99}})
    broken = new_record(tmp_path, "run-6", now=NOON + timedelta(hours=2))
    (broken.folder / "verdict.json").write_text("{")

    assert seconds_to_ready(tmp_path) == (22.0, 31.0, 48.0)
    assert seconds_to_ready(tmp_path / "nowhere") == ()


def test_the_last_twenty_records_are_kept_and_nothing_else_is_touched(tmp_path: Path) -> None:
    runs = tmp_path / ".devkit" / "runs"
    build_file_tree(runs, {"mine/notes.txt": "mine"})
    (runs / "20200101T000000Z-link").symlink_to(tmp_path)
    for number in range(KEPT + 3):
        new_record(tmp_path, f"run-{number}", now=NOON + timedelta(minutes=number))

    names = sorted(p.name for p in runs.iterdir())
    assert len(names) == KEPT + 2
    assert f"20260101T120300Z-run-{3}" in names
    assert "20260101T120200Z-run-2" not in names
    assert (runs / "mine" / "notes.txt").read_text() == "mine"


def test_a_record_never_leaves_the_project(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    (root / ".devkit").mkdir(parents=True)
    (root / ".devkit" / "runs").symlink_to(outside)

    with pytest.raises(DevkitError):
        new_record(root, "run-1")
    shown = record(root, STARTED, probed(1.0), PASSED)

    assert [type(event) for event in shown] == [RunStarted, Warned, ContainerProbed, RunFinished]
    assert not list(outside.iterdir())


def test_what_cannot_be_written_is_one_warning_and_no_failure(tmp_path: Path) -> None:
    (tmp_path / ".devkit").write_text("a file where a folder is wanted")

    shown = record(tmp_path, STARTED, probed(1.0), PASSED)

    warned = [event.message for event in shown if isinstance(event, Warned)]
    assert len(warned) == 1
    assert warned[0].startswith("No record of this run is kept: ")
    assert shown[-1] == PASSED


def test_a_disk_that_is_full_later_is_one_warning(tmp_path: Path) -> None:
    shown = Shown()
    reporter = RecordingReporter(shown, root=tmp_path)
    reporter(STARTED)
    (folder,) = (tmp_path / ".devkit" / "runs").iterdir()
    (folder / "events.jsonl").unlink()
    (folder / "events.jsonl").symlink_to("/dev/full")

    for event in (probed(1.0), probed(2.0), PASSED):
        reporter(event)

    assert [type(event) for event in shown].count(Warned) == 1
    assert shown[-1] == PASSED


def test_a_project_that_is_not_in_the_working_tree_has_no_record(tmp_path: Path) -> None:
    shown = record(tmp_path / "gone", STARTED, PASSED)

    assert shown == [STARTED, PASSED]


ENV_LOCAL = """\
# a comment
SECRET_KEY=abc-def-ghi
export STRIPE_KEY = 'sk_test_1234567'   # of the test account
EMPTY=
PEM="-----BEGIN
line-of-the-key
-----END"
not a line of it
"""


def test_the_names_and_values_of_env_local(tmp_path: Path) -> None:
    build_file_tree(tmp_path, {".env-local": ENV_LOCAL})

    found = read_local_variables(tmp_path)

    assert found.names == ("SECRET_KEY", "STRIPE_KEY", "EMPTY", "PEM")
    assert {"abc-def-ghi", "sk_test_1234567", "line-of-the-key"} <= found.values
    assert "sk_test" not in repr(found)


@pytest.mark.parametrize(
    "entry", ["env_file: .env", "env_file: [./.env]", "env_file: [{path: .env, required: false}]"]
)
def test_the_env_file_of_a_compose_file_that_somebody_wrote(entry: str, tmp_path: Path) -> None:
    compose = f"services:\n  db: {{image: postgres:15}}\n  web:\n    build: .\n    {entry}\n"
    build_file_tree(tmp_path, {"compose.yaml": compose, ".env": "MAIL_KEY=12345678\n"})

    assert read_local_variables(tmp_path).names == ("MAIL_KEY",)


@pytest.mark.parametrize(
    "compose",
    ["services: [env_file", "env_file: x", "services: {web: {env_file: [1, {path: 2}]}}",
     "services: {web: env_file}", "services: {}  # env_file",
     "services: {web: {env_file: ['../outside', '/etc/passwd', 'link', \"a\\0b\"]}}"],
)  # fmt: skip
def test_a_hostile_compose_file_tells_nothing(compose: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    build_file_tree(tmp_path, {"outside": "CANARY=12345678\n", "root/compose.yaml": compose})
    (root / "link").symlink_to(tmp_path / "outside")
    os.mkfifo(root / ".env-local")

    assert read_local_variables(root).names == ()
