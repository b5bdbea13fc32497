"""One container: how often, when and for how long it is asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from devkit.deployment.gate import watch_container
from devkit.deployment.gate_policy import GatePolicy, Outcome, Way
from devkit.deployment.gate_verdict import Attempt, ContainerVerdict, Target
from devkit.ports import Address, Failure
from tests.fakes.clock import FakeClock
from tests.fakes.prober import OK, REFUSED, FakeProber, ReadyProber, Step, failure, status

if TYPE_CHECKING:
    from collections.abc import Sequence

ADDRESS = Address(host="10.0.0.2", port=80)
WEB = Target(container="web-1", address=ADDRESS)
SLOT = 0.4


@dataclass(kw_only=True)
class Watched:
    verdict: ContainerVerdict
    prober: FakeProber
    elapsed: float
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def times(self) -> list[float]:
        return self.prober.times(ADDRESS)


def watch(steps: Sequence[Step], *, policy: GatePolicy | None = None) -> Watched:
    clock = FakeClock()
    prober = FakeProber(clock, {ADDRESS: steps})
    attempts: list[Attempt] = []
    verdict = asyncio.run(
        watch_container(
            WEB,
            prober=prober,
            clock=clock,
            policy=policy or GatePolicy(),
            progress=attempts.append,
        )
    )
    return Watched(verdict=verdict, prober=prober, elapsed=clock.elapsed, attempts=attempts)


def slots(count: int) -> list[float]:
    return [number * SLOT for number in range(count)]


def test_a_container_that_refuses_is_asked_300_times_in_300_slots() -> None:
    watched = watch([REFUSED])

    assert watched.times == pytest.approx(slots(300))
    assert watched.verdict.attempts == 300
    assert watched.verdict.outcome is Outcome.FAILED
    assert watched.verdict.failure is Failure.REFUSED


def test_300_timed_out_connections_take_120_seconds() -> None:
    watched = watch([failure(Failure.CONNECT_TIMEOUT, takes=SLOT)])

    assert watched.times == pytest.approx(slots(300))
    assert watched.elapsed == pytest.approx(120)
    assert watched.verdict.seconds == pytest.approx(120)


def test_there_is_no_pause_after_the_last_attempt() -> None:
    assert watch([REFUSED]).elapsed == pytest.approx(299 * SLOT)


def test_the_300th_attempt_still_passes() -> None:
    watched = watch([*[REFUSED] * 299, OK])

    assert watched.verdict.outcome is Outcome.HEALTHY
    assert watched.verdict.attempts == 300


def test_an_answer_at_the_301st_attempt_comes_too_late() -> None:
    assert watch([*[REFUSED] * 300, OK]).verdict.outcome is Outcome.FAILED


@pytest.mark.parametrize("step", [OK, status(500), status(503), failure(Failure.CLOSED)])
def test_a_decided_container_is_not_asked_again_and_not_waited_for(step: Step) -> None:
    watched = watch([step])

    assert len(watched.times) == 1
    assert watched.elapsed == 0


def test_an_attempt_that_took_part_of_its_slot_is_padded_by_the_rest() -> None:
    early = failure(Failure.REFUSED, takes=0.15)

    assert watch([early, early, REFUSED, OK]).times == pytest.approx(slots(4))


def test_lateness_within_the_slots_does_not_add_up() -> None:
    uneven = [failure(Failure.REFUSED, takes=0.001 * (n % 390)) for n in range(299)]

    assert watch([*uneven, OK]).times[-1] == pytest.approx(299 * SLOT)


def test_lateness_of_timers_does_not_add_up() -> None:
    clock = FakeClock(late=0.003)
    prober = FakeProber(clock, {ADDRESS: [REFUSED]})

    asyncio.run(watch_container(WEB, prober=prober, clock=clock))

    assert prober.times(ADDRESS)[-1] == pytest.approx(299 * SLOT + 0.003)


def test_after_an_attempt_that_outlasted_its_slot_the_next_starts_at_once() -> None:
    policy = GatePolicy(way=Way.PUBLISHED)
    long = failure(Failure.CLOSED, takes=7.0)

    watched = watch([REFUSED, long, REFUSED, REFUSED, OK], policy=policy)

    assert watched.times == pytest.approx([0, 0.4, 7.4, 7.8, 8.2])


def test_a_missed_slot_is_not_made_up_for_with_a_burst() -> None:
    policy = GatePolicy(way=Way.PUBLISHED, attempts=50)
    watched = watch([failure(Failure.RESET, takes=10.0), REFUSED], policy=policy)

    gaps = [b - a for a, b in zip(watched.times, watched.times[1:], strict=False)]

    assert min(gaps) == pytest.approx(SLOT)
    assert len(gaps) == 49


def test_a_long_answer_passes_and_its_time_counts() -> None:
    verdict = watch([REFUSED, status(204, takes=7.0)]).verdict

    assert (verdict.outcome, verdict.status, verdict.attempts) == (Outcome.HEALTHY, 204, 2)
    assert verdict.seconds == pytest.approx(7.4)


@pytest.mark.parametrize("ready_after", [0.0, 0.05, 0.39, 0.41, 3.99, 30.2, 119.5])
def test_a_container_is_noticed_within_a_slot_of_being_ready(ready_after: float) -> None:
    clock = FakeClock()
    prober = ReadyProber(clock, ready_after=ready_after)

    verdict = asyncio.run(watch_container(WEB, prober=prober, clock=clock))

    assert verdict.outcome is Outcome.HEALTHY
    assert ready_after <= verdict.seconds <= ready_after + SLOT


def test_every_attempt_gets_the_policys_timeouts() -> None:
    policy = GatePolicy(connect_timeout=0.3, answer_timeout=5.0)

    watched = watch([REFUSED, OK], policy=policy)

    assert {(m.connect_timeout, m.answer_timeout) for m in watched.prober.made} == {(0.3, 5.0)}


def test_another_policy_has_its_own_slots() -> None:
    watched = watch([REFUSED], policy=GatePolicy(attempts=4, slot=0.1))

    assert watched.times == pytest.approx([0, 0.1, 0.2, 0.3])


def test_every_attempt_is_told_as_it_comes_back() -> None:
    attempts = watch([REFUSED, status(404, takes=0.2)]).attempts

    assert [(a.number, a.outcome, a.answer.status) for a in attempts] == [
        (1, Outcome.NOT_YET, None),
        (2, Outcome.HEALTHY, 404),
    ]
    assert [a.seconds for a in attempts] == pytest.approx([0, 0.6])
    assert {a.target for a in attempts} == {WEB}


def test_the_last_attempt_is_told_as_a_failure() -> None:
    attempts = watch([REFUSED], policy=GatePolicy(attempts=2)).attempts

    assert [a.outcome for a in attempts] == [Outcome.NOT_YET, Outcome.FAILED]


@pytest.mark.parametrize(("refusals", "warnings"), [(0, 0), (149, 0), (151, 1), (299, 1)])
def test_a_pass_after_more_than_60_seconds_carries_a_warning(refusals: int, warnings: int) -> None:
    verdict = watch([*[REFUSED] * refusals, OK]).verdict

    assert verdict.outcome is Outcome.HEALTHY
    assert len(verdict.warnings) == warnings


def test_a_failure_carries_no_warning_however_late() -> None:
    assert watch([*[REFUSED] * 200, status(503)]).verdict.warnings == ()


def test_a_weak_pass_carries_its_warning() -> None:
    verdict = watch([status(400)]).verdict

    assert verdict.outcome is Outcome.HEALTHY
    assert "DisallowedHost" in verdict.warnings[0]
