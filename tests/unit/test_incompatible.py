"""Old containers on the new version's data: whose fault a failed request is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.deployment.choices import Incompatible
from devkit.deployment.events import Step, StepFailed, StepPassed, TrafficSent
from devkit.errors import (
    GateError,
    IncompatibleError,
    SwitchError,
)
from devkit.ports import Answer, Loss, Phase, Stopped
from tests.fakes.load import one_a_phase, sent
from tests.unit.transitions import OK, InTurn, Run, WhileAsked

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = {"172.18.0.1:80": [OK, OK, Answer(status=500)]}
"""The old container passes the gate, is asked before the release commands, and after them."""


def test_an_old_version_that_breaks_on_the_new_data_is_a_failure(tmp_path: Path) -> None:
    run = Run(prober=InTurn({k: list(v) for k, v in BROKEN.items()}))

    error = run.fails(tmp_path)

    assert type(error) is IncompatibleError
    assert "old-1 answered 500 where it answered 200 before" in error.message
    assert run.said(StepFailed) == [Step.COMPATIBILITY]
    assert "start 1" not in run.asked[run.asked.index("load during") :]


def test_which_may_be_a_warning(tmp_path: Path) -> None:
    requests = dict(one_a_phase())
    requests[Phase.DURING] = [sent(500, phase=Phase.DURING)]
    run = Run(
        prober=InTurn({k: list(v) for k, v in BROKEN.items()}),
        requests=requests,
        incompatible=Incompatible.WARNED,
    )

    run(tmp_path)

    assert any("old-1 answered 500" in warning for warning in run.warnings)
    assert run.said(StepPassed)[-1] is Step.SWITCH


def test_a_500_from_the_start_is_not_the_new_datas_fault(tmp_path: Path) -> None:
    Run(prober=InTurn({"172.18.0.1:80": [Answer(status=500)]}))(tmp_path)


def test_a_request_that_fails_while_the_commands_run_is_the_old_versions(tmp_path: Path) -> None:
    requests = dict(one_a_phase())
    requests[Phase.DURING] = [sent(500, phase=Phase.DURING)]

    error = Run(requests=requests).fails(tmp_path)

    assert "1 requests to it failed while the release commands ran" in error.message
    assert "answered 500" in error.details[0]


NEWS = {phase: (sent(phase=phase), sent(phase=phase, path="/news/")) for phase in Phase}
BROKEN_NEWS = sent(500, phase=Phase.DURING, path="/news/")


def test_a_path_that_breaks_once_it_is_asked_on_the_new_data_is_the_old_versions(
    tmp_path: Path,
) -> None:
    run = Run(requests=NEWS, anew=[BROKEN_NEWS])

    error = run.fails(tmp_path)

    assert type(error) is IncompatibleError
    assert run.said(StepFailed) == [Step.COMPATIBILITY]
    assert "GET /news/ of a plain client was answered 500" in error.details[0]


def test_and_may_be_a_warning_though_the_gate_sees_none_of_it(tmp_path: Path) -> None:
    run = Run(requests=NEWS, anew=[BROKEN_NEWS], incompatible=Incompatible.WARNED)

    run(tmp_path)

    assert ["1 requests to it failed" in warning for warning in run.warnings] == [True]
    assert run.said(StepPassed)[-1] is Step.SWITCH


@pytest.mark.parametrize("answer", [OK, Answer(status=503)])
def test_what_fails_before_the_switch_is_no_fault_of_the_switch(
    answer: Answer, tmp_path: Path
) -> None:
    prober = WhileAsked({"172.18.0.2:80": [answer]}, requests=[BROKEN_NEWS, BROKEN_NEWS])
    run = Run(requests=NEWS, prober=prober)

    error = run.fails(tmp_path)

    if answer is OK:
        assert type(error) is IncompatibleError
        assert "2 requests to it failed while the release commands ran, or since" in error.message
        assert run.said(StepFailed) == [Step.COMPATIBILITY]
        assert "route 172.18.0.2:80" not in run.asked
    else:
        assert type(error) is GateError
    figures = {e.phase: e.failed for e in run.events if isinstance(e, TrafficSent)}
    assert figures == {"before": 0, "during": 2}


def test_nor_does_it_fail_where_that_is_tolerated(tmp_path: Path) -> None:
    prober = WhileAsked(requests=[BROKEN_NEWS, BROKEN_NEWS])
    run = Run(requests=NEWS, prober=prober, incompatible=Incompatible.WARNED)

    run(tmp_path)

    assert ["2 requests to it failed" in warning for warning in run.warnings] == [True]


@pytest.mark.parametrize("incompatible", Incompatible)
def test_errors_of_old_containers_that_drain_are_tolerated_and_told(
    incompatible: Incompatible, tmp_path: Path
) -> None:
    run = Run(requests=NEWS, incompatible=incompatible)
    stop = run.old.stop_containers

    async def answer_badly() -> tuple[Stopped, ...]:
        assert run.load is not None
        run.load.end([BROKEN_NEWS])
        return await stop()

    run.old.stop_containers = answer_badly  # type: ignore[method-assign]

    if incompatible is Incompatible.FAILS:
        assert type(run.fails(tmp_path)) is SwitchError
    else:
        run(tmp_path)
        (warning,) = run.warnings
        assert "1 requests were answered worse than before until the old" in warning


def test_a_new_version_that_answers_worse_is_not_tolerated(tmp_path: Path) -> None:
    requests = {**NEWS, Phase.AFTER: (*NEWS[Phase.AFTER], sent(500, phase=Phase.AFTER))}
    run = Run(requests=requests, anew=[BROKEN_NEWS], incompatible=Incompatible.WARNED)

    assert run.fails(tmp_path).message.startswith("1 of 8 requests failed")


def test_requests_that_are_lost_are_none_of_the_errors_that_are_tolerated(tmp_path: Path) -> None:
    requests = dict(one_a_phase())
    requests[Phase.DURING] = [
        sent(500, phase=Phase.DURING),
        sent(loss=Loss.RESET, phase=Phase.DURING),
    ]
    run = Run(
        prober=InTurn({k: list(v) for k, v in BROKEN.items()}),
        requests=requests,
        incompatible=Incompatible.WARNED,
    )

    assert run.fails(tmp_path).message.startswith("1 of 4 requests failed")
