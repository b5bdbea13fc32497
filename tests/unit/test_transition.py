from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.deployment.choices import Need
from devkit.deployment.events import ServesOn, Step, StepFailed, StepPassed, TrafficSent
from devkit.deployment.switch import DRAIN_LIMIT
from devkit.errors import (
    CouldNotFindOutError,
    GateError,
    ReleaseCommandError,
    SwitchError,
)
from devkit.ports import Answer, Completed, Loss, Phase, Stopped
from tests.fakes.clock import FakeClock
from tests.fakes.load import one_a_phase, sent
from tests.fakes.stage import FakeStage
from tests.unit.transitions import NEW, OLD, POSTGRES, BrokenProxy, InTurn, Run

if TYPE_CHECKING:
    from pathlib import Path


def test_requests_move_only_when_the_new_containers_answer(tmp_path: Path) -> None:
    run = Run()

    run(tmp_path)

    after_the_build = run.asked[run.asked.index("proxy") :]
    assert after_the_build == [
        "proxy",
        "route 172.18.0.1:80",
        "load before",
        "load during",
        "run ['migrate', 'new'] within 1800 s",
        "prepare 1",
        "load anew",
        "start 1",
        "route 172.18.0.2:80",
        "stop",
        "load after",
        "load ended",
    ]
    assert "run ['migrate', 'old'] within 1800 s" in run.asked[: run.asked.index("proxy")]
    assert run.said(StepPassed)[-4:] == [
        Step.RELEASE,
        Step.COMPATIBILITY,
        Step.GATE,
        Step.SWITCH,
    ]
    figures = [(e.phase, e.sent, e.failed) for e in run.events if isinstance(e, TrafficSent)]
    assert figures == [("before", 1, 0), ("during", 1, 0), ("after", 1, 0)]


def test_an_old_image_at_hand_is_not_built(tmp_path: Path) -> None:
    at_hand, missing = Run(), Run(old=FakeStage(web=OLD))

    at_hand(tmp_path / "a")
    missing(tmp_path / "b")

    assert "build old within 1800 s" not in at_hand.asked
    assert "build old within 1800 s" in missing.asked


def test_a_request_that_fails_after_the_switch_fails_it(tmp_path: Path) -> None:
    requests = dict(one_a_phase())
    requests[Phase.AFTER] = [sent(loss=Loss.RESET, phase=Phase.AFTER)]
    run = Run(requests=requests)

    error = run.fails(tmp_path)

    assert type(error) is SwitchError
    assert error.message == "1 of 3 requests failed while the versions were switched."
    assert run.said(StepFailed) == [Step.SWITCH]


def test_after_a_failing_gate_the_old_version_is_shown_to_serve_on(tmp_path: Path) -> None:
    run = Run(prober=InTurn({"172.18.0.2:80": [Answer(status=503)]}))

    assert type(run.fails(tmp_path)) is GateError

    assert [e for e in run.events if isinstance(e, ServesOn)] == [ServesOn(sent=0, failed=0)]
    figures = [(e.phase, e.sent, e.failed) for e in run.events if isinstance(e, TrafficSent)]
    assert figures == [("before", 1, 0), ("during", 1, 0)]
    assert "route 172.18.0.2:80" not in run.asked
    assert "stop" not in run.asked


class LosingAfterFailure(FakeClock):
    """Has a request be lost in each wait after a step has failed."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run = run

    async def sleep(self, seconds: float) -> None:
        if self._run.said(StepFailed) and self._run.load is not None:
            self._run.load.end([sent(loss=Loss.RESET, phase=Phase.DURING)])
        await super().sleep(seconds)


def test_an_old_version_that_does_not_serve_on_is_told_in_the_verdict(tmp_path: Path) -> None:
    run = Run(new=FakeStage(web=NEW, commands=[Completed(returncode=1, output="boom")]))
    run.clock = LosingAfterFailure(run)

    error = run.fails(tmp_path)

    assert type(error) is ReleaseCommandError
    assert error.hint.endswith(
        "Until the next deployment visitors get errors: the old containers serve on, and 1 of 1"
        " requests to them have failed since."
    )
    assert [e for e in run.events if isinstance(e, ServesOn)] == [ServesOn(sent=1, failed=1)]


def test_an_old_version_that_does_not_come_up_says_nothing_of_the_new(tmp_path: Path) -> None:
    failed = [Completed(returncode=1, output="boom")]
    asked_for = Run(old=FakeStage(web=OLD, at_hand=True, commands=list(failed)))
    at_hand = Run(old=FakeStage(web=OLD, at_hand=True, commands=list(failed)), need=Need.WELCOME)

    error = asked_for.fails(tmp_path / "a")
    at_hand(tmp_path / "b")

    assert type(error) is CouldNotFindOutError
    assert error.message.startswith("The old version cannot be brought up here: The release")
    assert "So the switch from it is not rehearsed." in at_hand.warnings[0]
    assert "stop" in at_hand.asked  # nothing of it stands beside the new version
    assert at_hand.said(StepPassed)[-1] is Step.GATE
    assert "proxy" not in at_hand.asked


def test_a_proxy_that_does_not_start_says_nothing_of_the_new_version(tmp_path: Path) -> None:
    asked_for = Run(proxy=BrokenProxy())
    at_hand = Run(proxy=BrokenProxy(), need=Need.WELCOME)

    error = asked_for.fails(tmp_path / "a")
    at_hand(tmp_path / "b")

    assert type(error) is CouldNotFindOutError
    assert at_hand.warnings == ["No proxy. So the switch from it is not rehearsed."]
    assert at_hand.said(StepPassed)[-1] is Step.GATE


def test_a_switch_after_which_nobody_was_answered_proves_nothing(tmp_path: Path) -> None:
    requests = dict(one_a_phase())
    requests[Phase.AFTER] = []

    error = Run(requests=requests).fails(tmp_path)

    assert type(error) is CouldNotFindOutError
    assert error.message.startswith("No request for / has come to its end since the switch")


@pytest.mark.parametrize(
    ("phase", "since"),
    [
        (Phase.BEFORE, "the load's start, from the old version"),
        (Phase.DURING, "the release commands, from the old version"),
        (Phase.AFTER, "the switch"),
    ],
)
def test_a_path_that_nobody_answers_proves_nothing(
    phase: Phase, since: str, tmp_path: Path
) -> None:
    requests = {each: [sent(phase=each), sent(phase=each, path="/news/")] for each in Phase}
    del requests[phase][1]

    error = Run(requests=requests).fails(tmp_path)

    assert type(error) is CouldNotFindOutError
    assert error.message == (
        f"No request for /news/ has come to its end since {since}, and no other one for 60 s."
    )


def test_a_failure_is_told_rather_than_that_another_path_is_not_answered(tmp_path: Path) -> None:
    requests = dict(one_a_phase())
    requests[Phase.BEFORE] = [sent(), sent(path="/news/")]
    requests[Phase.DURING] = [sent(phase=Phase.DURING), sent(phase=Phase.DURING, path="/news/")]
    requests[Phase.AFTER] = [sent(500, phase=Phase.AFTER)]

    assert type(Run(requests=requests).fails(tmp_path)) is SwitchError


def test_the_services_of_both_versions_are_started(tmp_path: Path) -> None:
    run = Run(old_services=(POSTGRES,))

    run(tmp_path)

    assert run.asked[0] == "services"


def test_the_old_containers_answer_what_they_were_asked_before(tmp_path: Path) -> None:
    patient, late = Run(busy=[2, 1, 0]), Run(busy=[1] * 10_000)

    patient(tmp_path / "a")
    late(tmp_path / "b")

    assert patient.warnings == []
    assert f"took longer than {DRAIN_LIMIT:.0f} s and were cut off" in late.warnings[0]


def test_an_old_container_that_has_to_be_killed_is_warned_about(tmp_path: Path) -> None:
    run = Run()

    async def killed() -> tuple[Stopped, ...]:
        return (Stopped(name="old-1", seconds=10.2, killed=True),)

    run.old.stop_containers = killed  # type: ignore[method-assign]
    run(tmp_path)

    assert "old-1 did not end on SIGTERM and was killed after 10 s" in run.warnings[0]
