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
    assert gate.clock.elapsed == pytest.approx(2.0, abs=0.5)
    assert len(witness.asked) == 2


def test_the_proxys_closes_are_waited_through() -> None:
    gate = Gate.over([*[CLOSED] * 100, OK])
    witness = FakeWitness(gate.clock, {"web-1": (40.0, 1e9)})

    assert gate.run(policy=PUBLISHED, witness=witness).passed


def test_a_listener_that_went_away_between_the_looks_is_no_proof() -> None:
    gate = Gate.over([*[CLOSED] * 10, OK])
    witness = FakeWitness(gate.clock, {"web-1": (0.9, 1.1)})

    assert gate.run(policy=PUBLISHED, witness=witness).passed
    assert [moment for moment, _ in witness.asked] == pytest.approx([1.0, 2.0, 3.0])


def test_a_slow_look_needs_an_attempt_that_began_after_it() -> None:
    gate = Gate.over([*[CLOSED] * 10, OK])
    witness = FakeWitness(gate.clock, {"web-1": (3.4, 1e9)}, takes=2.5)

    # The first look ends at 3.5 s with a listener in sight; the answer at 4.0 s comes first.
    assert gate.run(policy=PUBLISHED, witness=witness).passed


def test_one_container_is_looked_into_at_a_time_and_each_has_its_turn() -> None:
    gate = Gate.over(*([[*[CLOSED] * 16, OK]] * 3))
    witness = FakeWitness(gate.clock, {})

    gate.run(policy=PUBLISHED, witness=witness)

    assert [name for _, name in witness.asked] == ["web-1", "web-2", "web-3"] * 2


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
