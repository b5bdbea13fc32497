"""What passes, what does not yet, what fails, and what is said about a weak pass."""

from __future__ import annotations

import dataclasses

import pytest

from devkit.deployment.gate_policy import (
    GatePolicy,
    Outcome,
    Way,
    classify,
    pass_warnings,
    slow_pass_warning,
    weak_pass_warning,
)
from devkit.ports import Answer, Failure

CLOUD = GatePolicy()


def test_the_numbers_are_the_clouds() -> None:
    assert dataclasses.asdict(CLOUD) == {
        "attempts": 300,
        "connect_timeout": 0.4,
        "answer_timeout": 20.0,
        "slot": 0.4,
        "warn_after": 60.0,
        "way": Way.DIRECT,
    }


@pytest.mark.parametrize("way", Way)
def test_of_all_statuses_100_to_500_pass_and_501_to_599_fail(way: Way) -> None:
    found = {status: classify(Answer(status=status), way=way) for status in range(100, 600)}

    assert found == {
        **dict.fromkeys(range(100, 501), Outcome.HEALTHY),
        **dict.fromkeys(range(501, 600), Outcome.FAILED),
    }


@pytest.mark.parametrize("status", [0, 99, 600, 999])
def test_a_status_that_is_none_fails(status: int) -> None:
    assert classify(Answer(status=status)) is Outcome.FAILED


def test_an_answer_with_nothing_in_it_fails() -> None:
    assert classify(Answer()) is Outcome.FAILED


FAILURES = {
    Failure.REFUSED: (Outcome.NOT_YET, Outcome.NOT_YET),
    Failure.CONNECT_TIMEOUT: (Outcome.NOT_YET, Outcome.NOT_YET),
    Failure.UNREACHABLE: (Outcome.NOT_YET, Outcome.NOT_YET),
    Failure.CLOSED: (Outcome.FAILED, Outcome.NOT_YET),
    Failure.RESET: (Outcome.FAILED, Outcome.NOT_YET),
    Failure.BROKEN: (Outcome.FAILED, Outcome.FAILED),
    Failure.NO_ANSWER: (Outcome.FAILED, Outcome.FAILED),
    Failure.EXITED: (Outcome.FAILED, Outcome.FAILED),
}


@pytest.mark.parametrize("failure", Failure)
def test_a_failure_means_what_the_way_of_probing_makes_of_it(failure: Failure) -> None:
    answer = Answer(failure=failure)

    direct, published = FAILURES[failure]

    assert classify(answer) is direct
    assert classify(answer, way=Way.DIRECT) is direct
    assert classify(answer, way=Way.PUBLISHED) is published


@pytest.mark.parametrize(
    ("status", "words"),
    [(400, "DisallowedHost"), (404, "404"), (403, "403"), (499, "499"), (500, "missing")],
)
def test_a_weak_pass_is_warned_about_in_one_sentence(status: int, words: str) -> None:
    warning = weak_pass_warning(status)

    assert warning is not None
    assert words in warning
    assert str(status) in warning
    assert "passes the gate" in warning
    assert "\n" not in warning


@pytest.mark.parametrize("status", [100, 103, 200, 204, 301, 302, 399])
def test_a_strong_pass_is_not_warned_about(status: int) -> None:
    assert weak_pass_warning(status) is None


@pytest.mark.parametrize(("seconds", "warned"), [(0.0, False), (60.0, False), (60.1, True)])
def test_a_pass_after_more_than_a_minute_is_warned_about(seconds: float, warned: bool) -> None:
    warning = slow_pass_warning(seconds, policy=CLOUD)

    assert (warning is not None) is warned


def test_the_slow_warning_names_both_documents_numbers() -> None:
    warning = slow_pass_warning(75.4, policy=CLOUD)

    assert warning is not None
    assert "75 s" in warning
    assert "300 attempts" in warning
    assert "60 s" in warning


def test_a_weak_and_slow_pass_is_warned_about_twice() -> None:
    assert len(pass_warnings(500, seconds=61, policy=CLOUD)) == 2
    assert pass_warnings(200, seconds=1, policy=CLOUD) == ()
