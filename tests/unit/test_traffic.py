"""What counts as a failed request, in which phase, and what is said of all of them."""

from __future__ import annotations

import asyncio
import tracemalloc
from dataclasses import replace

import pytest

from devkit.deployment.traffic import EXAMPLES, Judgement, Tally, judge, phase_of
from devkit.engine.load import LoadPolicy
from devkit.ports import Client, Load, Loss, Phase
from tests.fakes.load import FakeLoad, sent

BEFORE, DURING, AFTER = Phase


@pytest.mark.parametrize(
    ("began", "ended", "counts"),
    [
        (BEFORE, BEFORE, BEFORE),
        (BEFORE, DURING, DURING),
        (DURING, DURING, DURING),
        (DURING, AFTER, DURING),
        (BEFORE, AFTER, DURING),
        (AFTER, AFTER, AFTER),
    ],
)
def test_a_request_that_saw_more_than_one_phase_saw_the_switch(
    began: Phase, ended: Phase, counts: Phase
) -> None:
    assert phase_of(began, ended) is counts


@pytest.mark.parametrize("loss", Loss)
@pytest.mark.parametrize("phase", Phase)
def test_a_request_without_a_complete_answer_failed(loss: Loss, phase: Phase) -> None:
    lost = sent(phase=phase, loss=loss)

    assert judge(lost, baseline={500}) is Judgement.UNANSWERED


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("phase", Phase)
def test_a_proxys_own_error_failed_whatever_was_before(status: int, phase: Phase) -> None:
    assert judge(sent(status, phase=phase), baseline={status}) is Judgement.GATEWAY


@pytest.mark.parametrize(
    ("status", "baseline", "expected"),
    [
        (500, {200}, Judgement.WORSE),
        (500, {404}, Judgement.WORSE),
        (500, {200, 500}, Judgement.WORSE),
        (500, set(), Judgement.WORSE),
        (501, {200}, Judgement.WORSE),
        (500, {500}, Judgement.ANSWERED),
        (501, {500}, Judgement.ANSWERED),
        (499, {200}, Judgement.ANSWERED),
        (404, set(), Judgement.ANSWERED),
    ],
)
@pytest.mark.parametrize("phase", [DURING, AFTER])
def test_another_5xx_failed_where_it_was_better_before(
    status: int, baseline: set[int], expected: Judgement, phase: Phase
) -> None:
    assert judge(sent(status, phase=phase), baseline=baseline) is expected


def test_the_applications_own_500_before_the_switch_is_no_failure() -> None:
    assert judge(sent(500, phase=BEFORE), baseline={200}) is Judgement.ANSWERED


def test_each_path_has_a_baseline_of_its_own() -> None:
    tally = Tally()
    tally.record(sent(500, path="/broken"))
    tally.record(sent(200, path="/fine"))
    for path in ("/broken", "/fine"):
        tally.record(sent(500, path=path, phase=DURING))

    assert tally.failed == 1
    (example,) = tally.report().examples
    assert example == (
        "1.0 s after the load's start: GET /fine of a plain client was answered 500, and below"
        " 500 before."
    )


def test_figures_of_each_phase() -> None:
    tally = Tally()
    for seconds in (0.1, 0.2, 0.9):
        tally.record(sent(seconds=seconds))
    tally.record(replace(sent(phase=DURING, seconds=2.0), paused=1.75))
    tally.record(sent(phase=AFTER, seconds=30.0, loss=Loss.NO_ANSWER))

    report = tally.report()

    before, during, after = (report.phases[phase] for phase in Phase)
    assert (before.sent, before.failed, before.slowest, before.median) == (3, 0, 0.9, 0.2)
    assert (during.sent, during.failed, during.slowest, during.median) == (1, 0, 0.25, 0.25)
    assert (after.sent, after.failed, after.slowest) == (1, 1, 30.0)
    assert tally.figures(BEFORE) == before
    assert (report.sent, report.failed) == (5, 1)
    assert report.sentence == (
        "5 requests sent, 1 failed (0 before, 0 during and 1 after); the slowest answer took "
        "0.90 s before, 0.25 s during and 30.00 s after the switch."
    )


def test_the_sentence_of_a_pass() -> None:
    tally = Tally()
    for phase in Phase:
        tally.record(sent(phase=phase))

    assert tally.report().passed
    assert tally.report().sentence == (
        "3 requests sent, 0 failed; the slowest answer took 0.10 s before, 0.10 s during and "
        "0.10 s after the switch."
    )


@pytest.mark.parametrize("phase", Phase)
def test_one_failure_in_any_phase_is_no_pass(phase: Phase) -> None:
    tally = Tally()
    for each in Phase:
        tally.record(sent(phase=each))
    tally.record(sent(phase=phase, loss=Loss.RESET))

    assert not tally.report().passed


@pytest.mark.parametrize("silent", Phase)
def test_a_phase_without_a_request_proves_nothing(silent: Phase) -> None:
    tally = Tally()
    for phase in set(Phase) - {silent}:
        tally.record(sent(phase=phase))

    assert tally.failed == 0
    assert not tally.report().passed


def test_an_example_says_when_who_and_why() -> None:
    tally = Tally()
    lost = sent(phase=DURING, client=Client.KEEP_ALIVE, path="/a", loss=Loss.CLOSED)
    tally.record(replace(lost, started=12.34, detail="request 3 of its connection"))

    assert tally.report().examples == (
        (
            "12.3 s after the load's start: GET /a of a keep-alive client failed after 0.1 s: "
            "connection closed before any answer (request 3 of its connection)."
        ),
    )


def test_only_the_first_failures_are_kept() -> None:
    tally = Tally()
    for number in range(EXAMPLES + 5):
        tally.record(replace(sent(loss=Loss.RESET), started=float(number)))

    assert tally.failed == EXAMPLES + 5
    assert [e.split()[0] for e in tally.report().examples] == [f"{n}.0" for n in range(EXAMPLES)]


def test_a_status_that_changed_is_a_warning() -> None:
    tally = Tally()
    for status, phase in [(200, BEFORE), (302, BEFORE), (200, DURING), (404, AFTER), (410, AFTER)]:
        tally.record(sent(status, phase=phase))

    assert tally.failed == 0
    assert tally.report().warnings == (
        "GET / answered 200 or 302 before the switch and 404 or 410 after it.",
    )


def test_a_failure_is_not_warned_about_besides() -> None:
    tally = Tally()
    for status, phase in [(200, BEFORE), (500, DURING), (503, AFTER)]:
        tally.record(sent(status, phase=phase))

    assert tally.failed == 2
    assert tally.report().warnings == ()


def test_a_500_from_the_start_is_a_warning() -> None:
    tally = Tally()
    for phase in Phase:
        tally.record(sent(500, phase=phase))

    assert tally.report().passed
    assert tally.report().warnings == ("GET / answered 500 before the switch already.",)


def test_memory_does_not_grow_with_the_requests() -> None:
    tally = Tally()

    def an_hours_worth(times: int) -> None:
        for number in range(times):
            tally.record(sent(seconds=number % 500 / 1000, loss=Loss.RESET if number % 2 else None))

    an_hours_worth(2000)
    tracemalloc.start()
    try:
        an_hours_worth(20_000)
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert grown < 20_000


def test_the_fake_keeps_the_ports_promise() -> None:
    async def run() -> tuple[Tally, list[str]]:
        fake, tally = FakeLoad(), Tally()
        load: Load = fake
        async with load.sending(tally.record):
            load.enter(DURING)
            load.enter(AFTER)
        return tally, fake.asked

    tally, asked = asyncio.run(run())

    assert tally.report().passed
    assert asked == ["load before", "load during", "load after", "load ended"]


def test_the_kinds_of_clients_begin_mixed() -> None:
    clients = LoadPolicy(plain=2, keep_alive=1, slow_senders=0, slow_readers=1).clients

    assert clients == (Client.PLAIN, Client.KEEP_ALIVE, Client.SLOW_READER, Client.PLAIN)
