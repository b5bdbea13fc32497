"""How soon the gate notices, by the real clock, and what its asking costs this process.

Machines are busy at times, and a round that was held up says nothing: the best of some counts.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import pytest

from devkit.deployment.gate_policy import GatePolicy
from tests.functional.gating import gate
from tests.functional.servers import OK, answering, black_hole, refusing, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from devkit.deployment.gate_verdict import Attempt
    from devkit.ports import Address

pytestmark = pytest.mark.alone

NOTICED = 0.45
"""Seconds from ready to noticed."""
SHARE = 0.05
"""Of one core, for asking 50 containers."""
ROUNDS = 3
BEAT = 0.005
"""Seconds between two looks at how much time this process is given."""


async def ready_after(seconds: float, address: Address, ready: dict[str, float]) -> None:
    await asyncio.sleep(seconds)
    async with serving(answering(OK), host=address.host, port=address.port):
        ready[str(address)] = time.monotonic()
        await asyncio.sleep(60)


async def note_held_up(held_up: list[tuple[float, float]]) -> None:
    """Note when the machine gave this process no time although it wanted some, and how much."""
    while True:
        wall, cpu = time.monotonic(), time.process_time()
        await asyncio.sleep(BEAT)
        now = time.monotonic()
        lost = now - wall - BEAT - (time.process_time() - cpu)
        # A timer's own lateness is the gate's to bear.
        if lost > BEAT:
            held_up.append((now, lost))


async def lags(delays: Sequence[float]) -> list[float]:
    """Seconds from ready to noticed, for servers that begin to listen after these delays."""
    ready: dict[str, float] = {}
    noticed: dict[str, float] = {}
    held_up: list[tuple[float, float]] = []

    def note(attempt: Attempt) -> None:
        noticed[str(attempt.target.address)] = time.monotonic()

    with contextlib.ExitStack() as ports:
        addresses = [ports.enter_context(refusing()) for _ in delays]
        others = [
            asyncio.create_task(ready_after(seconds, address, ready))
            for seconds, address in zip(delays, addresses, strict=True)
        ]
        others.append(asyncio.create_task(note_held_up(held_up)))
        verdict = await gate(*addresses, progress=note)
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
    assert verdict.passed
    return [
        noticed[each]
        - ready[each]
        - sum(lost for moment, lost in held_up if ready[each] < moment <= noticed[each])
        for each in noticed
    ]


def slowest_notice(delays: Sequence[float]) -> float:
    """The longest lag among all servers, in the round that was held up least."""
    best = float("inf")
    for _ in range(ROUNDS):
        found = asyncio.run(lags(delays))
        assert len(found) == len(delays)
        best = min(best, max(found))
        if best <= NOTICED:
            break
    return best


@pytest.mark.parametrize("delay", [0.2, 0.41])
def test_a_server_that_starts_late_is_noticed_within_its_slot(delay: float) -> None:
    assert slowest_notice([delay]) <= NOTICED


def test_each_of_50_servers_is_noticed_within_its_slot() -> None:
    assert slowest_notice([0.41 + 0.02 * n for n in range(50)]) <= NOTICED


def test_50_servers_that_are_ready_at_the_same_moment_are_noticed_within_a_slot() -> None:
    assert slowest_notice([0.5] * 50) <= NOTICED


def share_of_a_core(addresses: Sequence[Address]) -> float:
    """This process's own time, against that of the clock, while nobody answers."""
    cpu, wall = time.process_time(), time.monotonic()
    verdict = asyncio.run(gate(*addresses, policy=GatePolicy(attempts=6)))
    used = (time.process_time() - cpu) / (time.monotonic() - wall)
    assert all(c.attempts >= 5 for c in verdict.containers)
    return used


@pytest.mark.parametrize("nobody", [refusing, black_hole])
def test_asking_50_containers_takes_little_of_a_core(
    nobody: Callable[[], contextlib.AbstractContextManager[Address]],
) -> None:
    with contextlib.ExitStack() as ports:
        addresses = [ports.enter_context(nobody()) for _ in range(50)]

        assert min(share_of_a_core(addresses) for _ in range(2)) < SHARE
