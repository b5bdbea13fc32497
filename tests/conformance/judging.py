"""Whether a verdict is what the table says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devkit.deployment.gate_policy import GatePolicy
    from devkit.deployment.gate_verdict import ContainerVerdict
    from tests.conformance.table import Expected


def check(
    found: ContainerVerdict, expected: Expected, *, policy: GatePolicy, late: float = 0.0
) -> None:
    """Assert that a verdict is the expected one.

    Args:
        found: The verdict.
        expected: The row's.
        policy: The one that was asked with; a row may expect all of its attempts.
        late: Seconds that a busy machine may take longer.
    """
    answer = (found.status,) if isinstance(expected.answer, int) else (found.failure,)
    wanted = (expected.answer,) if isinstance(expected.answer, int) else expected.answer
    assert found.outcome is expected.outcome, found.sentence
    assert set(answer) <= set(wanted), found.sentence
    assert expected.detail in found.detail, found.sentence
    assert bool(found.warnings) is expected.warned, found.warnings
    _within(found.attempts, expected.attempts or (policy.attempts,) * 2, late / policy.slot)
    _within(found.seconds, expected.seconds or _last_slot(policy), late)


def _last_slot(policy: GatePolicy) -> tuple[float, float]:
    whole = policy.attempts * policy.slot
    return (whole - policy.slot, whole + policy.connect_timeout)


def _within(figure: float, bounds: tuple[float, float], late: float) -> None:
    low, high = bounds
    # Both come from clocks that are read one after the other: a millisecond between them is none.
    assert low - 0.005 <= figure <= high + late, (figure, bounds)
