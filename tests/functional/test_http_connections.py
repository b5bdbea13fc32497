"""One attempt against real servers: connections that fail, end, are slow or are cancelled."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
import warnings
from typing import TYPE_CHECKING

import pytest

from devkit.engine.http import _ask, _connect
from devkit.ports import Address, Answer, Failure
from tests.functional.probing import attempt, probe
from tests.functional.servers import (
    LOOPBACK,
    OK,
    Connection,
    address_of,
    answering,
    black_hole,
    dripping,
    holding,
    listening,
    refusing,
    serving,
)

if TYPE_CHECKING:
    from tests.functional.servers import Behaviour

LINE = b"HTTP/1.1 200 OK\r\n"
PATIENCE = 0.3
"""Seconds for an answer that does not come in these tests, instead of 20."""
BUSY = 2.0
"""Seconds that a busy machine may add."""


def test_a_connection_that_is_closed_without_an_answer() -> None:
    answer, _ = probe(answering(b""))

    assert answer.failure is Failure.CLOSED


def test_a_half_closed_connection_is_closed_without_an_answer() -> None:
    async def half_close(connection: Connection) -> None:
        connection.socket.shutdown(socket.SHUT_WR)
        await connection.wait_for_end()

    answer, _ = probe(half_close)

    assert answer.failure is Failure.CLOSED


async def reset_at_once(connection: Connection) -> None:
    connection.reset()


async def reset_after_the_request(connection: Connection) -> None:
    await connection.request()
    connection.reset()


@pytest.mark.parametrize("behaviour", [reset_at_once, reset_after_the_request])
@pytest.mark.parametrize("_time", range(5))
def test_a_reset_before_any_byte(behaviour: Behaviour, _time: int) -> None:
    answer, _ = probe(behaviour)

    assert answer.failure is Failure.RESET


def test_a_reset_in_the_midst_of_the_status_line() -> None:
    async def begin_and_reset(connection: Connection) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 2")
        await asyncio.sleep(0.1)
        connection.reset()

    answer, _ = probe(begin_and_reset)

    assert answer.failure is Failure.BROKEN
    assert answer.detail == "HTTP/1.1 2"


def test_a_server_may_answer_before_it_reads() -> None:
    async def blurt(connection: Connection) -> None:
        await connection.send(OK)

    answer, _ = probe(blurt)

    assert answer.status == 200


def test_a_server_that_never_reads_does_not_keep_the_request_waiting() -> None:
    async def deaf(connection: Connection) -> None:
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        await asyncio.sleep(5)

    answer, _ = probe(deaf, answer_timeout=PATIENCE)

    assert answer.failure is Failure.NO_ANSWER


def test_an_answer_within_the_time_is_waited_for() -> None:
    answer, _ = probe(answering(OK, after=PATIENCE), answer_timeout=PATIENCE + BUSY)

    assert answer.status == 200


def test_no_answer_within_the_time() -> None:
    started = time.monotonic()

    answer, _ = probe(answering(OK, after=20.0), answer_timeout=PATIENCE)

    assert answer.failure is Failure.NO_ANSWER
    assert PATIENCE <= time.monotonic() - started < PATIENCE + BUSY


def test_a_status_line_that_drips_in_time_is_an_answer() -> None:
    answer, _ = probe(dripping(LINE, every=0.02))

    assert answer.status == 200


def test_a_status_line_that_drips_too_slowly_is_none() -> None:
    begun, rest = LINE[:4], LINE[4:]

    answer, _ = probe(dripping(rest, every=0.1, at_once=begun), answer_timeout=1.0)

    assert answer.failure is Failure.NO_ANSWER
    assert answer.detail.startswith("HTTP")


def test_headers_that_drip_for_ever_do_not_matter() -> None:
    started = time.monotonic()

    answer, _ = probe(dripping(b"X-Slow: " * 100, every=0.1, at_once=LINE), answer_timeout=BUSY)

    assert answer.status == 200
    assert time.monotonic() - started < BUSY


def test_the_time_for_the_answer_runs_from_the_connection() -> None:
    """A server that is slow to accept is connected by the kernel all the same."""

    async def backlogged() -> tuple[Answer, float]:
        with listening() as listener:
            started = time.monotonic()
            answer = await attempt(address_of(listener), answer_timeout=PATIENCE)
            return answer, time.monotonic() - started

    answer, elapsed = asyncio.run(backlogged())

    assert answer.failure is Failure.NO_ANSWER
    assert PATIENCE <= elapsed < PATIENCE + BUSY


def test_a_port_on_which_nobody_listens_refuses_at_once() -> None:
    started = time.monotonic()

    with refusing() as address:
        answer = asyncio.run(attempt(address))

    assert answer.failure is Failure.REFUSED
    assert time.monotonic() - started < BUSY


def test_a_black_hole_takes_the_whole_connect_timeout() -> None:
    started = time.monotonic()

    with black_hole() as address:
        answer = asyncio.run(attempt(address, connect_timeout=0.4))

    assert answer.failure is Failure.CONNECT_TIMEOUT
    assert 0.4 <= time.monotonic() - started < 0.4 + BUSY


def test_an_address_without_a_way_to_it_is_unreachable() -> None:
    # The kernel itself refuses a stream to the broadcast address: no packet is sent.
    answer = asyncio.run(attempt(Address(host="255.255.255.255", port=80)))

    assert answer.failure is Failure.UNREACHABLE
    assert answer.detail


def test_a_connection_that_meets_itself_is_refused() -> None:
    with socket.socket() as narcissus:
        narcissus.setblocking(False)
        narcissus.bind((LOOPBACK, 0))

        with pytest.raises(ConnectionRefusedError):
            asyncio.run(_connect(narcissus, address_of(narcissus)))


def test_a_reset_before_we_look_at_the_new_connection_is_a_reset() -> None:
    async def reset_in_between() -> Answer:
        with listening() as listener:
            task = asyncio.create_task(attempt(address_of(listener)))
            await asyncio.sleep(0)
            Connection(socket=listener.accept()[0]).reset()
            return await task

    assert asyncio.run(reset_in_between()).failure is Failure.RESET


@pytest.mark.parametrize(("said", "status"), [(OK, 200), (b"", None)])
def test_a_server_that_is_gone_before_it_is_asked_may_have_answered(
    said: bytes, status: int | None
) -> None:
    with listening() as listener, socket.socket() as ours:
        ours.connect(listener.getsockname())
        ours.setblocking(False)
        accepted = listener.accept()[0]
        accepted.send(said)
        accepted.shutdown(socket.SHUT_WR)
        Connection(socket=accepted).reset()

        answer = asyncio.run(_ask(ours, address_of(listener), bytearray()))

    assert answer.status == status
    assert answer.failure is (None if status else Failure.CLOSED)


def test_the_connection_is_closed_once_the_status_is_known() -> None:
    async def ended_while_served() -> Answer:
        ended = asyncio.Event()

        async def endless(connection: Connection) -> None:
            await holding(LINE)(connection)
            ended.set()

        async with serving(endless) as server:
            answer = await attempt(server.address)
            await asyncio.wait_for(ended.wait(), BUSY)
        return answer

    assert asyncio.run(ended_while_served()).status == 200


@pytest.mark.parametrize("cancel_after", [0.0, 0.01, 0.1])
@pytest.mark.parametrize("place", ["connecting", "reading"])
def test_a_cancelled_attempt_closes_its_connection(cancel_after: float, place: str) -> None:
    async def cancel(address: Address) -> None:
        task = asyncio.create_task(attempt(address))
        await asyncio.sleep(cancel_after)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def cancelled() -> None:
        if place == "connecting":
            with black_hole() as address:
                await cancel(address)
            return
        async with serving(holding(b"")) as server:
            await cancel(server.address)

    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        asyncio.run(cancelled())
        gc.collect()
