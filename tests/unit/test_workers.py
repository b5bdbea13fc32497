"""Workers are held to running on after the gate."""

from __future__ import annotations

import asyncio

import pytest

from devkit.deployment.workers import check_workers
from devkit.errors import GateError
from devkit.ports import Container
from tests.fakes.clock import FakeClock
from tests.fakes.stage import FakeStage

RUNS = Container(id="1", name="worker_queue-1")


def check(stage: FakeStage, clock: FakeClock) -> str:
    return asyncio.run(check_workers(stage, started=clock.start, clock=clock))


def test_without_workers_nobody_waits() -> None:
    clock = FakeClock()
    assert check(FakeStage(), clock) == ""
    assert clock.elapsed == 0


def test_they_have_five_seconds_and_then_have_to_run() -> None:
    clock = FakeClock()
    assert check(FakeStage(workers=(RUNS, RUNS)), clock) == "2 workers run on"
    assert clock.elapsed == 5


def test_after_a_slow_gate_nobody_waits_any_more() -> None:
    clock = FakeClock()
    asyncio.run(clock.sleep(20))
    assert check(FakeStage(workers=(RUNS,)), clock) == "1 worker runs on"
    assert clock.elapsed == 20


def test_one_that_has_ended_is_named_with_its_last_words() -> None:
    ended = Container(id="2", name="worker_my_beat-2", running=False, exit_code=3)
    log = (*(f"line {n}" for n in range(30)), "ModuleNotFoundError: No module named 'celery'")

    clock = FakeClock()
    with pytest.raises(GateError) as caught:
        check(FakeStage(workers=(RUNS, ended), log=log), clock)
    assert clock.elapsed == 0

    assert caught.value.message == (
        "The worker my_beat (worker_my_beat-2) exited with code 3; it is expected to go on running."
    )
    assert "celery" in caught.value.hint
    assert len(caught.value.details) == 20


def test_one_that_was_killed_for_memory_is_told_so() -> None:
    killed = Container(id="2", name="worker_queue-1", running=False, exit_code=137, oom_killed=True)
    with pytest.raises(GateError, match="ran out of memory") as caught:
        check(FakeStage(workers=(killed,)), FakeClock())
    assert "memory" in caught.value.hint


def test_silence_leads_to_the_command() -> None:
    ended = Container(id="2", name="worker_queue-1", running=False)
    with pytest.raises(GateError) as caught:
        check(FakeStage(workers=(ended,)), FakeClock())
    assert "`workers.queue`" in caught.value.hint
