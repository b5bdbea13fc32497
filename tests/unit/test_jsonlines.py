from __future__ import annotations

import json

from devkit.cli.jsonlines import event_line
from devkit.cli.verdicts import finished, passed
from devkit.deployment.events import RunStarted, Step, StepPassed
from devkit.errors import BuildError, CouldNotFindOutError, InterruptedByUserError
from devkit.project import Commit


def test_an_event_is_one_line_with_its_kind_first() -> None:
    commit = Commit(sha="a" * 40, tree="b" * 40, subject="Ünïcode\nline", branch="main")
    event = RunStarted(run="r", commit=commit, environment="live", containers=2, cached=False)

    line = event_line(event)

    assert "\n" not in line
    told = json.loads(line)
    keys = ["event", "run", "commit", "environment", "containers", "cached", "old", "kind"]
    assert list(told) == keys
    assert told["event"] == "run_started"
    assert told["commit"]["subject"] == "Ünïcode\nline"


def test_steps_go_by_their_short_names() -> None:
    told = json.loads(event_line(StepPassed(step=Step.CHECKOUT, seconds=1.23456, summary="s")))
    assert (told["step"], told["seconds"]) == ("checkout", 1.235)


def test_the_verdict_says_where_and_with_which_code() -> None:
    told = json.loads(event_line(finished(BuildError("No.", hint="H"), commit="c", seconds=1)))
    assert (told["verdict"], told["code"], told["step"]) == ("failed", 12, "build")
    assert (told["message"], told["hint"]) == ("No.", "H")


def test_what_could_not_be_found_out_is_not_a_failure() -> None:
    told = finished(CouldNotFindOutError("No engine."), commit="c", seconds=1)
    assert (told.verdict, told.code, told.step) == ("unknown", 4, None)


def test_a_signal_is_told_as_shells_do() -> None:
    told = finished(InterruptedByUserError(15), commit="c", seconds=1)
    assert (told.verdict, told.code) == ("interrupted", 143)


def test_a_pass_is_code_zero() -> None:
    assert passed(commit="c", seconds=1, receipt=True).code == 0
