"""The load in time: slow clients, the end, cancelling, the rate and what it costs."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from devkit.engine.load import HttpLoad
from devkit.ports import Address, Client, Phase
from tests.functional.loading import QUICK, Seen, load, only
from tests.functional.servers import (
    LOOPBACK,
    OK,
    Connection,
    answering,
    holding,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.functional.servers import Server

pytestmark = pytest.mark.alone

LARGE = 400_000


def test_a_slow_sender_drips_its_request() -> None:
    taken: list[float] = []

    async def time_the_head(connection: Connection) -> None:
        started = time.monotonic()
        await connection.request()
        taken.append(time.monotonic() - started)
        await connection.send(OK)

    seen, _ = load(time_the_head, count=2, policy=only(Client.SLOW_SENDER))

    assert {sent.status for sent in seen.sent} == {200}
    assert min(taken) > 0.8 * QUICK.sending
    assert all(sent.paused > 0.8 * QUICK.sending for sent in seen.sent)
    assert all(sent.waited < 0.5 * QUICK.sending for sent in seen.sent)


def test_a_slow_reader_keeps_the_server_waiting() -> None:
    taken: list[float] = []
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n".encode()

    async def time_the_answer(connection: Connection) -> None:
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        await connection.request()
        started = time.monotonic()
        await connection.send(head + bytes(LARGE))
        taken.append(time.monotonic() - started)

    seen, _ = load(time_the_answer, count=2, policy=only(Client.SLOW_READER))

    assert {sent.status for sent in seen.sent} == {200}
    assert min(taken) > 0.6 * QUICK.reading
    assert all(0.6 * QUICK.reading < sent.paused < sent.seconds for sent in seen.sent)


def test_a_slow_client_has_its_own_time_on_top() -> None:
    policy = replace(only(Client.SLOW_SENDER), sending=0.5, timeout=0.3)

    seen, _ = load(answering(OK), policy=policy)

    assert {sent.status for sent in seen.sent} == {200}


def test_a_server_may_lose_patience_with_a_slow_sender_and_say_so() -> None:
    async def impatient(connection: Connection) -> None:
        await asyncio.get_running_loop().sock_recv(connection.socket, 1)
        await connection.send(
            b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        await connection.wait_for_end()

    seen, _ = load(impatient, policy=only(Client.SLOW_SENDER))

    assert {sent.status for sent in seen.sent} == {408}


def test_at_the_end_what_is_in_flight_is_waited_for_and_nothing_is_begun() -> None:
    async def run() -> tuple[Seen, Server, float]:
        seen = Seen()
        async with serving(answering(OK, after=0.5)) as server:
            async with HttpLoad(server.address, policy=QUICK).sending(seen.record):
                await asyncio.sleep(0.3)
                assert not seen.sent
                ended = time.monotonic()
            ended = time.monotonic() - ended
            asked = server.accepted
            await asyncio.sleep(0.2)
            assert server.accepted == asked
            return seen, server, ended

    seen, server, ended = asyncio.run(run())

    assert len(seen.sent) == server.accepted == len(QUICK.clients)
    assert {sent.status for sent in seen.sent} == {200}
    assert ended < 0.5 + QUICK.sending + QUICK.reading


def test_the_end_does_not_wait_for_clients_that_think() -> None:
    async def run() -> float:
        seen = Seen()
        policy = replace(QUICK, think=30.0, slow_senders=0, slow_readers=0)
        async with serving(answering(OK)) as server:
            async with HttpLoad(server.address, policy=policy).sending(seen.record):
                await seen.at_least(1)
                ended = time.monotonic()
            return time.monotonic() - ended

    assert asyncio.run(run()) < 0.5


def test_the_end_is_bounded_where_no_answer_comes() -> None:
    async def run() -> tuple[Seen, float]:
        seen = Seen()
        policy = replace(QUICK, timeout=0.4)
        async with serving(holding(b"")) as server:
            async with HttpLoad(server.address, policy=policy).sending(seen.record):
                await asyncio.sleep(0.1)
                ended = time.monotonic()
            return seen, time.monotonic() - ended

    seen, elapsed = asyncio.run(run())

    assert elapsed < 1.5
    assert seen.tally.failed == len(seen.sent) == len(QUICK.clients)


class GateFailedError(Exception):
    pass


@pytest.mark.parametrize("how", ["cancelled", "failed"])
def test_a_block_that_does_not_end_well_ends_everything_at_once(how: str) -> None:
    ends: list[float] = []

    async def never(connection: Connection) -> None:
        await connection.wait_for_end()
        ends.append(time.monotonic())

    async def work(server: Server, seen: Seen) -> None:
        async with HttpLoad(server.address, policy=QUICK).sending(seen.record):
            await asyncio.sleep(0.3)
            if how == "failed":
                raise GateFailedError
            await asyncio.Event().wait()

    async def run() -> tuple[float, Seen]:
        seen = Seen()
        async with serving(never) as server:
            task = asyncio.create_task(work(server, seen))
            await asyncio.wait([task], timeout=0.5)
            began = time.monotonic()
            task.cancel()
            with pytest.raises((asyncio.CancelledError, GateFailedError)):
                await task
            assert not [task for task in asyncio.all_tasks() if "HttpLoad" in repr(task)]
            elapsed = time.monotonic() - began
            await asyncio.sleep(0.1)
            assert len(ends) == server.accepted == len(QUICK.clients)
            return elapsed, seen

    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        elapsed, seen = asyncio.run(run())
        gc.collect()

    assert elapsed < 0.2
    assert seen.sent == []


def test_fifty_paths_are_all_answered_in_each_phase_before_any_of_them_twice() -> None:
    seen, paths = Seen(), tuple(f"/{number}" for number in range(50))

    async def run(address: Address) -> list[float]:
        taken = []
        asking = HttpLoad(address, paths=paths)
        async with asking.sending(seen.record):
            for phase in Phase:
                asking.enter(phase)
                began = time.monotonic()
                assert await asking.unanswered(within=10.0) == ()
                taken.append(time.monotonic() - began)
        return taken

    with another_process() as address:
        taken = asyncio.run(run(address))

    assert max(taken) < 4.5, "some 20 requests a second"
    for phase in Phase:
        assert {sent.path for sent in seen.sent if sent.phase is phase} == set(paths)


def test_one_path_is_answered_at_once() -> None:
    async def run(address: Address) -> float:
        asking = HttpLoad(address)
        async with asking.sending(Seen().record):
            await asyncio.sleep(0.5)
            began = time.monotonic()
            asking.ask_anew()
            assert await asking.unanswered(within=10.0) == ()
            return time.monotonic() - began

    with another_process() as address:
        assert asyncio.run(run(address)) < 0.3


def test_a_path_without_an_answer_is_named_when_the_wait_is_over() -> None:
    async def behave(connection: Connection) -> None:
        head = await connection.request()
        if b"GET /slow" in head:
            await connection.wait_for_end()
        await connection.send(OK)

    async def run() -> tuple[tuple[str, ...], tuple[str, ...]]:
        paths = ("/", "/slow")
        async with serving(behave) as server:
            asking = HttpLoad(server.address, paths=paths, policy=replace(QUICK, timeout=3.0))
            async with asking.sending(Seen().record):
                soon = await asking.unanswered(within=0.5)
                return soon, await asking.unanswered(within=5.0)

    assert asyncio.run(run()) == (("/slow",), ())


def test_paths_that_take_long_together_are_waited_for_while_one_after_the_other_ends() -> None:
    async def run() -> tuple[str, ...]:
        paths = tuple(f"/{number}" for number in range(6))
        async with serving(answering(OK, after=0.3)) as server:
            asking = HttpLoad(server.address, paths=paths, policy=only(Client.PLAIN))
            async with asking.sending(Seen().record):
                return await asking.unanswered(within=1.2)

    assert asyncio.run(run()) == ()


def test_what_was_begun_before_a_path_was_due_anew_does_not_count() -> None:
    async def run() -> int:
        seen = Seen()
        async with serving(answering(OK, after=0.4)) as server:
            asking = HttpLoad(server.address, policy=only(Client.PLAIN))
            async with asking.sending(seen.record):
                await asyncio.sleep(0.2)
                asking.ask_anew()
                await asking.unanswered(within=5.0)
                return len(seen.sent)

    assert asyncio.run(run()) == 2


SERVER = """
import asyncio
ANSWER = b"HTTP/1.1 200 OK\\r\\nContent-Length: 10000\\r\\n%s\\r\\n" + bytes(10000)
async def serve(reader, writer):
    try:
        while head := await reader.readuntil(b"\\r\\n\\r\\n"):
            close = b"Connection: close\\r\\n" if b"Connection: close" in head else b""
            writer.write(ANSWER % close)
            await writer.drain()
            if close:
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


@contextlib.contextmanager
def another_process() -> Iterator[Address]:
    """A server whose work is not counted as ours."""
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Address(host=LOOPBACK, port=int(process.stdout.readline()))
        finally:
            process.kill()


def test_the_steady_load_keeps_its_rate_and_costs_little() -> None:
    seen, seconds = Seen(), 4.0

    async def run(address: Address) -> tuple[int, float]:
        asking = HttpLoad(address)
        async with asking.sending(seen.record):
            await asyncio.sleep(1.0)
            sent, cpu = len(seen.sent), time.process_time()
            asking.enter(Phase.DURING)
            await asyncio.sleep(seconds)
            return len(seen.sent) - sent, time.process_time() - cpu

    with another_process() as address:
        sent, cpu = asyncio.run(run(address))

    assert 15 <= sent / seconds <= 25
    assert cpu / seconds < 0.08, "5 % of a core on a quiet machine"
    assert seen.tally.failed == 0
