"""The gate over real servers, with the real clock."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from devkit.deployment.gate_policy import GatePolicy, Outcome, Way
from devkit.engine.http import AT_HOME, wait_for_answer
from devkit.ports import Failure
from tests.functional.gating import gate
from tests.functional.servers import (
    OK,
    Connection,
    answering,
    answering_status,
    black_hole,
    holding,
    refusing,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.deployment.gate_verdict import Attempt, ContainerVerdict, GateVerdict
    from tests.functional.servers import Behaviour


def gate_over(*behaviours: Behaviour, policy: GatePolicy | None = None) -> GateVerdict:
    async def over() -> GateVerdict:
        async with contextlib.AsyncExitStack() as stack:
            servers = [await stack.enter_async_context(serving(b)) for b in behaviours]
            return await gate(*(server.address for server in servers), policy=policy)

    return asyncio.run(over())


@pytest.mark.parametrize("status", [100, 103, 204, 301, 400, 404, 500])
def test_a_status_that_passes(status: int) -> None:
    verdict = gate_over(answering_status(status))

    assert verdict.passed
    assert verdict.containers[0].status == status
    assert bool(verdict.containers[0].warnings) is (status >= 400)


@pytest.mark.parametrize("status", [501, 502, 503, 599, 600])
def test_a_status_that_fails(status: int) -> None:
    verdict = gate_over(answering(OK), answering_status(status))

    assert [c.container for c in verdict.failed] == ["web-2"]
    assert not verdict.passed


@pytest.mark.parametrize(
    ("behaviour", "failure"),
    [
        (answering(b""), Failure.CLOSED),
        (answering(b"+OK ready\r\n"), Failure.BROKEN),
        (answering(b"HTTP/1.1 20"), Failure.BROKEN),
        (holding(b"HTTP/1.1 20"), Failure.NO_ANSWER),
    ],
)
def test_an_answer_that_is_none_fails_at_once(behaviour: Behaviour, failure: Failure) -> None:
    verdict = gate_over(behaviour, policy=GatePolicy(connect_timeout=5.0, answer_timeout=1.0))

    assert [(c.failure, c.attempts) for c in verdict.failed] == [(failure, 1)]


def test_one_slow_answer_passes_and_delays_no_other() -> None:
    verdict = gate_over(answering(OK, after=1.0), answering(OK))

    assert verdict.passed
    assert [c.attempts for c in verdict.containers] == [1, 1]
    assert verdict.containers[0].seconds + 0.01 >= 1.0
    assert verdict.containers[1].seconds < 1.0


@pytest.mark.alone
@pytest.mark.parametrize("kind", ["refusing", "black hole"])
def test_every_attempt_fills_its_slot(kind: str) -> None:
    heard: list[Attempt] = []
    policy = GatePolicy(attempts=6, slot=0.25, connect_timeout=0.25)

    with refusing() if kind == "refusing" else black_hole() as address:
        started = time.monotonic()
        verdict = asyncio.run(gate(address, policy=policy, progress=heard.append))
        elapsed = time.monotonic() - started

    assert [c.attempts for c in verdict.failed] == [6]
    assert elapsed == pytest.approx(1.25 if kind == "refusing" else 1.5, abs=0.2)
    assert len(heard) == 6


def test_a_failure_closes_the_other_connections() -> None:
    async def fail_beside_a_silent_one() -> tuple[GateVerdict, bool]:
        ended = asyncio.Event()

        async def silent(connection: Connection) -> None:
            await holding(b"")(connection)
            ended.set()

        async with serving(silent) as waiting, serving(answering_status(502)) as failing:
            verdict = await gate(waiting.address, failing.address)
            await asyncio.wait_for(ended.wait(), 10)
            return verdict, ended.is_set()

    verdict, closed = asyncio.run(fail_beside_a_silent_one())

    assert [c.outcome for c in verdict.containers] == [Outcome.NOT_YET, Outcome.FAILED]
    assert closed


def proxy(*, ready_at: float, ends: str) -> Behaviour:
    """Docker-proxy: accepts from the start, and ends the connection while nobody is behind."""

    async def behave(connection: Connection) -> None:
        if time.monotonic() >= ready_at:
            await answering(OK)(connection)
        elif ends == "reset":
            connection.reset()

    return behave


@pytest.mark.parametrize("ends", ["close", "reset"])
def test_a_published_port_is_waited_for_while_the_proxy_finds_nobody(ends: str) -> None:
    async def published() -> ContainerVerdict:
        ready_at = time.monotonic() + 0.3
        async with serving(proxy(ready_at=ready_at, ends=ends)) as server:
            return await wait_for_answer(server.address.port)

    verdict = asyncio.run(published())

    assert verdict.outcome is Outcome.HEALTHY
    assert 0.3 <= verdict.seconds + 0.01 < 5
    assert verdict.container == "web"


@pytest.mark.parametrize("ends", ["close", "reset"])
def test_the_same_proxy_fails_the_gate_where_the_address_is_the_containers(ends: str) -> None:
    verdict = gate_over(proxy(ready_at=time.monotonic() + 60, ends=ends))

    assert len(verdict.failed) == 1


def test_a_published_port_that_answers_already_is_noticed_at_once() -> None:
    policy = replace(AT_HOME, slot=5.0, connect_timeout=5.0)

    async def published() -> ContainerVerdict:
        async with serving(answering(OK)) as server:
            port = server.address.port
            return await wait_for_answer(port, container="shop-web-1", policy=policy)

    verdict = asyncio.run(published())

    assert verdict.seconds < policy.slot
    assert (verdict.container, verdict.status, verdict.attempts) == ("shop-web-1", 200, 1)


def test_waiting_for_a_published_port_ends_when_the_container_has_exited() -> None:
    class Exited:
        async def gone(self, containers: Sequence[str]) -> Mapping[str, str]:
            return dict.fromkeys(containers, "exited with code 1")

    with refusing() as address:
        verdict = asyncio.run(wait_for_answer(address.port, liveness=Exited()))

    assert verdict.failure is Failure.EXITED
    assert 1.0 <= verdict.seconds + 0.01 < 1.9


def test_at_home_the_patience_is_the_clouds() -> None:
    assert AT_HOME.attempts * AT_HOME.slot == pytest.approx(120)
    assert AT_HOME.way is Way.PUBLISHED
