"""Containers that exit while the gate waits for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.deployment.gate_policy import Outcome
from devkit.errors import CouldNotFindOutError
from devkit.ports import Failure
from tests.fakes.liveness import Exit, FakeLiveness
from tests.fakes.prober import OK, REFUSED
from tests.unit.gates import Gate, outcomes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def exits(gate: Gate, exits: Mapping[str, Exit], *, takes: float = 0.0) -> FakeLiveness:
    return FakeLiveness(gate.clock, exits, takes=takes)


def test_a_container_that_has_exited_fails_the_gate_at_once() -> None:
    gate = Gate.over([REFUSED], [REFUSED])
    liveness = exits(gate, {"web-2": Exit(at=2.5)})

    verdict = gate.run(liveness=liveness)

    assert outcomes(verdict) == [Outcome.NOT_YET, Outcome.FAILED]
    assert verdict.containers[1].failure is Failure.EXITED
    assert verdict.containers[1].detail == "exited with code 3"
    assert verdict.containers[1].seconds == pytest.approx(3.0)
    assert gate.clock.elapsed == pytest.approx(3.0)


def test_all_containers_that_have_exited_are_reported() -> None:
    gate = Gate.over([REFUSED], [REFUSED], [REFUSED])
    same = Exit(at=0.2, reason="was killed: out of memory")

    verdict = gate.run(liveness=exits(gate, {"web-1": same, "web-2": same, "web-3": same}))

    assert outcomes(verdict) == [Outcome.FAILED] * 3
    assert {c.detail for c in verdict.containers} == {"was killed: out of memory"}


def test_liveness_is_looked_at_once_a_second_for_those_still_waited_for() -> None:
    gate = Gate.over([REFUSED], [*[REFUSED] * 4, OK], [*[REFUSED] * 9, OK])
    liveness = exits(gate, {"web-1": Exit(at=3.9)})

    gate.run(liveness=liveness)

    assert [moment for moment, _ in liveness.asked] == pytest.approx([1, 2, 3, 4])
    assert [len(names) for _, names in liveness.asked] == [3, 2, 2, 1]


def test_a_look_at_liveness_that_takes_long_is_followed_by_a_whole_pause() -> None:
    gate = Gate.over([*[REFUSED] * 16, OK])
    liveness = exits(gate, {}, takes=1.5)

    gate.run(liveness=liveness)

    assert [moment for moment, _ in liveness.asked] == pytest.approx([1, 3.5, 6])


def test_a_container_that_passed_is_not_failed_by_its_exit() -> None:
    gate = Gate.over([*[REFUSED] * 3, OK], [*[REFUSED] * 12, OK])
    liveness = exits(gate, {"web-1": Exit(at=0.9)}, takes=0.5)

    assert gate.run(liveness=liveness).passed


def test_a_quick_gate_does_not_wait_for_liveness() -> None:
    gate = Gate.over([REFUSED, OK])
    liveness = exits(gate, {})

    assert gate.run(liveness=liveness).passed
    assert gate.clock.elapsed == pytest.approx(0.4)
    assert liveness.asked == []


def test_a_liveness_that_cannot_find_out_is_not_a_failing_deployment() -> None:
    class Broken:
        async def gone(self, containers: Sequence[str]) -> Mapping[str, str]:
            raise CouldNotFindOutError(f"The engine does not answer about {containers}.")

    with pytest.raises(CouldNotFindOutError):
        Gate.over([REFUSED], [REFUSED]).run(liveness=Broken())


def test_the_sentences_of_an_exit_and_of_a_stopped_container() -> None:
    gate = Gate.over([REFUSED], [REFUSED])
    verdict = gate.run(liveness=exits(gate, {"web-1": Exit(at=0.5)}))

    assert [c.sentence for c in verdict.containers] == [
        "web-1 exited with code 3 after 1.0 s, before it answered.",
        "web-2 was not decided yet when the gate stopped (attempts so far: 3).",
    ]
