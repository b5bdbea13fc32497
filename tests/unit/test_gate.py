"""All containers together: in parallel, until all pass or the first fails."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from devkit.deployment.gate_policy import GatePolicy, Outcome, Way
from devkit.errors import CouldNotFindOutError
from devkit.ports import Failure
from tests.fakes.liveness import FakeLiveness
from tests.fakes.prober import OK, REFUSED, FakeProber, Step, failure, status
from tests.unit.gates import Gate, outcomes

if TYPE_CHECKING:
    from devkit.deployment.gate_verdict import Attempt


def test_all_pass_when_all_answer() -> None:
    verdict = Gate.over([OK], [status(301)], [status(100)]).run()

    assert verdict.passed
    assert verdict.failed == ()
    assert [c.status for c in verdict.containers] == [200, 301, 100]


def test_no_container_is_no_pass() -> None:
    assert not Gate.over().run().passed


def test_the_verdicts_keep_the_order_of_the_containers() -> None:
    verdict = Gate.over([REFUSED, OK], [OK], [REFUSED, REFUSED, OK]).run()

    assert [c.container for c in verdict.containers] == ["web-1", "web-2", "web-3"]
    assert [c.attempts for c in verdict.containers] == [2, 1, 3]


@pytest.mark.parametrize("count", [1, 50])
def test_containers_are_asked_in_parallel(count: int) -> None:
    gate = Gate.over(*[[*[REFUSED] * 9, status(200, takes=1.0)]] * count)

    verdict = gate.run()

    assert verdict.passed
    assert gate.clock.elapsed == pytest.approx(9 * 0.4 + 1.0)


def test_the_first_failure_stops_the_others() -> None:
    gate = Gate.over([REFUSED], [REFUSED, REFUSED, status(502)], [OK], [status(200, takes=15)])

    verdict = gate.run()

    assert not verdict.passed
    assert outcomes(verdict) == [
        Outcome.NOT_YET,
        Outcome.FAILED,
        Outcome.HEALTHY,
        Outcome.NOT_YET,
    ]
    assert gate.clock.elapsed == pytest.approx(0.8)
    assert [c.container for c in verdict.failed] == ["web-2"]


def test_a_stopped_container_is_reported_by_what_it_was_until_then() -> None:
    stopped = Gate.over([REFUSED], [*[REFUSED] * 5, status(502)]).run().containers[0]

    assert stopped.outcome is Outcome.NOT_YET
    assert stopped.failure is Failure.REFUSED
    assert stopped.attempts in (5, 6)


def test_a_container_whose_first_attempt_was_cut_off_has_made_none() -> None:
    gate = Gate.over([status(200, takes=15)], [status(502, takes=0.1)])

    stopped = gate.run().containers[0]

    assert (stopped.outcome, stopped.attempts, stopped.failure) == (Outcome.NOT_YET, 0, None)
    assert gate.prober.cancelled == [gate.targets[0].address]


def test_containers_that_fail_at_the_same_time_are_all_reported_as_failed() -> None:
    gate = Gate.over([REFUSED], [REFUSED], [OK])

    verdict = gate.run(policy=GatePolicy(attempts=3))

    assert outcomes(verdict) == [Outcome.FAILED, Outcome.FAILED, Outcome.HEALTHY]


def test_a_gate_that_is_cancelled_leaves_no_task_behind() -> None:
    async def cancel() -> set[asyncio.Task[object]]:
        gate = Gate.over([status(200, takes=15)], [REFUSED])
        liveness = FakeLiveness(gate.clock)
        task = asyncio.create_task(gate.passing(liveness=liveness))
        await gate.clock.sleep(2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(cancel()) == set()


def test_a_failing_prober_is_not_a_failing_deployment() -> None:
    class Broken(FakeProber):
        async def attempt(self, *_: object, **__: object) -> None:  # type: ignore[override]
            raise CouldNotFindOutError("No more file descriptors.")

    gate = Gate.over([REFUSED], [REFUSED])
    broken = Gate(clock=gate.clock, prober=Broken(gate.clock, {}), targets=gate.targets)

    with pytest.raises(CouldNotFindOutError):
        broken.run()


def test_attempts_of_all_containers_are_told_live() -> None:
    gate = Gate.over([REFUSED, OK], [OK])
    heard: list[Attempt] = []

    asyncio.run(gate.passing(attempts=heard))

    assert [(a.target.container, a.number) for a in heard] == [
        ("web-1", 1),
        ("web-2", 1),
        ("web-1", 2),
    ]


def test_the_published_way_waits_for_the_application_behind_the_proxy() -> None:
    closed, reset = failure(Failure.CLOSED), failure(Failure.RESET)
    gate = Gate.over([closed, reset, closed, OK])

    verdict = gate.run(policy=GatePolicy(way=Way.PUBLISHED))

    assert verdict.passed
    assert verdict.way is Way.PUBLISHED
    assert verdict.containers[0].attempts == 4


@pytest.mark.parametrize("kind", [Failure.CLOSED, Failure.RESET])
def test_the_direct_way_fails_at_once_where_the_connection_ends(kind: Failure) -> None:
    verdict = Gate.over([failure(kind), OK]).run()

    assert outcomes(verdict) == [Outcome.FAILED]
    assert verdict.way is Way.DIRECT


SENTENCES = [
    ([REFUSED, OK], "web-1 answers 200 after 0.4 s, at attempt 2."),
    ([status(502)], "web-1 fails with 502 after 0.0 s, at attempt 1."),
    ([REFUSED], "web-1 fails after 0.8 s, at attempt 3: connection refused."),
    ([failure(Failure.BROKEN)], "web-1 fails after 0.0 s, at attempt 1: answer is not HTTP."),
]


@pytest.mark.parametrize(("steps", "sentence"), SENTENCES)
def test_a_verdict_says_in_one_sentence_what_was_found(steps: list[Step], sentence: str) -> None:
    verdict = Gate.over(steps).run(policy=GatePolicy(attempts=3))

    assert verdict.containers[0].sentence == sentence
