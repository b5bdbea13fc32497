"""Published ports that close on the gate: the proxy's close, or the application's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from devkit.deployment.gate_policy import GatePolicy, Outcome, Way
from devkit.ports import Failure
from tests.fakes.prober import OK, failure
from tests.unit.gates import Gate, outcomes

if TYPE_CHECKING:
    from tests.fakes.clock import FakeClock
    from tests.fakes.prober import Step

CLOSED = failure(Failure.CLOSED)
RESET = failure(Failure.RESET)
PUBLISHED = GatePolicy(way=Way.PUBLISHED)


@dataclass
class FakeWitness:
    """Sees listeners from given moments on, up to others."""

    clock: FakeClock
    listening: dict[str, tuple[float, float]]
    takes: float = 0.0
    asked: list[tuple[float, str]] = field(default_factory=list)

    async def listens(self, container: str) -> bool:
        self.asked.append((self.clock.elapsed, container))
        if self.takes:
            await self.clock.sleep(self.takes)
        start, end = self.listening.get(container, (1e9, 1e9))
        return start <= self.clock.elapsed < end


@pytest.mark.parametrize("kind", [CLOSED, RESET])
def test_an_application_that_listens_and_closes_fails_after_two_looks(kind: Step) -> None:
    gate = Gate.over([kind])
    witness = FakeWitness(gate.clock, {"web-1": (0, 1e9)})

    (verdict,) = gate.run(policy=PUBLISHED, witness=witness).containers

    assert verdict.outcome is Outcome.FAILED
    assert verdict.failure in {Failure.CLOSED, Failure.RESET}
    assert gate.clock.elapsed == pytest.approx(1.0, abs=0.1)
    assert len(witness.asked) == 2


def test_the_proxys_closes_are_waited_through() -> None:
    gate = Gate.over([*[CLOSED] * 100, OK])
    witness = FakeWitness(gate.clock, {"web-1": (40.0, 1e9)})

    assert gate.run(policy=PUBLISHED, witness=witness).passed


def test_a_listener_that_went_away_between_the_looks_is_no_proof() -> None:
    gate = Gate.over([*[CLOSED] * 10, OK])
    witness = FakeWitness(gate.clock, {"web-1": (0.9, 1.1)})

    assert gate.run(policy=PUBLISHED, witness=witness).passed
    assert [moment for moment, _ in witness.asked] == pytest.approx([0.0, 1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("closed", "listening", "outcome"),
    [
        pytest.param(3, (0, 1e9), Outcome.FAILED, id="closes twice while somebody listens"),
        pytest.param(2, (0, 1e9), Outcome.HEALTHY, id="closes once then: it may be restarted"),
        pytest.param(1, (0, 1e9), Outcome.HEALTHY, id="closes once, before the look"),
        pytest.param(5, (0.2, 1e9), Outcome.FAILED, id="heard at the second look"),
        pytest.param(4, (1.3, 1e9), Outcome.HEALTHY, id="heard by nobody"),
    ],
)
def test_one_that_closes_and_then_answers_fails_where_it_was_seen_to_listen(
    closed: int, listening: tuple[float, float], outcome: Outcome
) -> None:
    gate = Gate.over([*[CLOSED] * closed, OK])
    witness = FakeWitness(gate.clock, {"web-1": listening})

    (verdict,) = gate.run(policy=PUBLISHED, witness=witness).containers

    assert verdict.outcome is outcome


def test_it_is_told_of_with_the_attempt_that_was_closed() -> None:
    gate = Gate.over([CLOSED, CLOSED, CLOSED, OK])
    witness = FakeWitness(gate.clock, {"web-1": (0, 1e9)}, takes=0.3)

    (verdict,) = gate.run(policy=PUBLISHED, witness=witness).containers

    assert verdict.sentence == (
        "web-1 fails after 0.8 s, at attempt 3: connection closed before any answer"
        " (though somebody listened; attempt 4 brought 200)."
    )


def test_a_slow_look_needs_an_attempt_that_began_after_it() -> None:
    gate = Gate.over([*[CLOSED] * 7, failure(Failure.CLOSED, takes=0.5), OK])
    witness = FakeWitness(gate.clock, {"web-1": (2.85, 1e9)}, takes=2.9)

    # The first look ends at 2.9 s with a listener in sight; the last close was begun at 2.8 s.
    assert gate.run(policy=PUBLISHED, witness=witness).passed


def test_one_container_is_looked_into_at_a_time_and_each_has_its_turn() -> None:
    gate = Gate.over(*([[*[CLOSED] * 16, OK]] * 3))
    witness = FakeWitness(gate.clock, {})

    gate.run(policy=PUBLISHED, witness=witness)

    assert [name for _, name in witness.asked] == ["web-1", "web-2", "web-3"] * 2 + ["web-1"]


def test_nobody_is_looked_into_whose_port_refuses_or_is_silent() -> None:
    gate = Gate.over([*[failure(Failure.REFUSED)] * 10, OK])
    witness = FakeWitness(gate.clock, {"web-1": (0, 1e9)})

    assert gate.run(policy=PUBLISHED, witness=witness).passed
    assert witness.asked == []


def test_at_the_containers_own_address_a_close_needs_no_witness() -> None:
    gate = Gate.over([CLOSED])
    witness = FakeWitness(gate.clock, {})

    assert outcomes(gate.run(witness=witness)) == [Outcome.FAILED]
    assert witness.asked == []
