"""The load against real servers: what is sent, what is lost, and in which phase."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import h11
import pytest

from devkit.engine.load import HttpLoad
from devkit.engine.load_caller import _Connection
from devkit.ports import Address, Client, Loss, Phase
from tests.functional.loading import KEPT, ONE_EACH, QUICK, Seen, always_well, keeping, load, only
from tests.functional.servers import (
    OK,
    Connection,
    address_of,
    answering,
    answering_status,
    black_hole,
    holding,
    listening,
    refusing,
    serving,
)

if TYPE_CHECKING:
    from tests.functional.servers import Behaviour

PATIENCE = 0.3
"""Seconds for an answer of which not a byte comes."""
LONGER = 1.0
"""Seconds for one of which some comes, before the rest does not, or that follows a good one."""
HOST = [("Host", "localhost")]
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"


def test_every_request_is_counted_once_and_every_kind_sends() -> None:
    seen, server = load(keeping(always_well), count=60)

    heads = [head for head in server.requests if head]
    assert len(heads) == len(seen.sent)
    assert {sent.client for sent in seen.sent} == set(Client)
    assert {sent.status for sent in seen.sent} == {200}
    assert seen.tally.failed == 0


def test_what_a_request_looks_like() -> None:
    _, server = load(answering(OK), policy=only(Client.PLAIN))

    assert server.requests[0].decode("ascii").split("\r\n") == [
        "GET / HTTP/1.1",
        f"Host: {server.address}",
        "User-Agent: devkit-load",
        "Accept: */*",
        "Connection: close",
        "",
        "",
    ]


def test_the_host_may_be_another() -> None:
    async def run() -> bytes:
        seen = Seen()
        async with serving(answering(OK)) as server:
            site = HttpLoad(server.address, host="example.org", policy=only(Client.PLAIN))
            async with site.sending(seen.record):
                await seen.at_least(1)
            return server.requests[0]

    assert b"\r\nHost: example.org\r\n" in asyncio.run(run())


@pytest.mark.parametrize("client", [Client.PLAIN, Client.KEEP_ALIVE])
def test_paths_are_asked_for_in_turn(client: Client) -> None:
    seen, _ = load(keeping(always_well), count=5, policy=only(client), paths=("/a", "/b?c=1"))

    assert [sent.path for sent in seen.sent[:5]] == ["/a", "/b?c=1", "/a", "/b?c=1", "/a"]


def test_a_keep_alive_client_keeps_its_connection() -> None:
    seen, server = load(keeping(always_well), count=10, policy=only(Client.KEEP_ALIVE))

    assert len(seen.sent) >= 10
    assert server.accepted == 1


def test_other_clients_make_a_new_connection_for_each_request() -> None:
    seen, server = load(keeping(always_well), count=10, policy=only(Client.PLAIN))

    assert server.accepted == len(seen.sent)


COMPLETE = {
    "by its length": OK,
    "in chunks": CHUNKED + b"0\r\n\r\n",
    "to the connection's end": HEAD + b"\r\nhello",
    "as HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\nhello",
    "after early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK,
    "with a long header": HEAD + b"X-Long: " + b"x" * 100_000 + b"\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("answer", COMPLETE.values(), ids=COMPLETE)
def test_a_complete_answer(answer: bytes) -> None:
    seen, _ = load(answering(answer), count=4, policy=ONE_EACH)

    assert {(sent.client, sent.status) for sent in seen.sent} == {(kind, 200) for kind in Client}


def test_a_redirect_is_not_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"
    seen, server = load(answering(moved), count=3, policy=only(Client.PLAIN))

    assert {sent.status for sent in seen.sent} == {302}
    assert {request.split()[1] for request in server.requests} == {b"/"}


async def reset_at_once(connection: Connection) -> None:
    await connection.request()
    connection.reset()


async def reset_midway(connection: Connection) -> None:
    await connection.request()
    await connection.send(HEAD + b"Content-Length: 10\r\n\r\nhello")
    await asyncio.sleep(0.1)
    connection.reset()


LOST: dict[str, tuple[Behaviour, Loss]] = {
    "closed": (answering(b""), Loss.CLOSED),
    "reset": (reset_at_once, Loss.RESET),
    "shorter than its length": (answering(OK[:-1]), Loss.CUT_OFF),
    "chunks without an end": (answering(CHUNKED), Loss.CUT_OFF),
    "half a head": (answering(HEAD), Loss.CUT_OFF),
    "half a status line": (answering(b"HTTP/1.1 2"), Loss.CUT_OFF),
    "early hints alone": (answering(b"HTTP/1.1 103 Early Hints\r\n\r\n"), Loss.CUT_OFF),
    "reset midway": (reset_midway, Loss.CUT_OFF),
    "not HTTP": (answering(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), Loss.BROKEN),
    "broken chunks": (holding(CHUNKED + b"zz\r\n"), Loss.BROKEN),
    "silence": (holding(b""), Loss.NO_ANSWER),
    "silence after the head": (holding(HEAD), Loss.UNFINISHED),
    "silence in the body": (holding(CHUNKED), Loss.UNFINISHED),
}


@pytest.mark.parametrize(("behaviour", "loss"), LOST.values(), ids=LOST)
def test_an_answer_that_is_not_complete(behaviour: Behaviour, loss: Loss) -> None:
    timeouts = {Loss.NO_ANSWER: PATIENCE, Loss.UNFINISHED: LONGER}
    policy = replace(ONE_EACH, timeout=timeouts.get(loss, ONE_EACH.timeout))
    seen, _ = load(behaviour, count=4, policy=policy)

    assert {(sent.client, sent.loss) for sent in seen.sent} == {(kind, loss) for kind in Client}
    assert {sent.status for sent in seen.sent} == {None}
    assert seen.tally.failed == len(seen.sent)


def test_a_reset_before_the_request_is_a_reset() -> None:
    async def run() -> None:
        with listening() as listener:
            address = address_of(listener)
            connection = _Connection(address, client=Client.PLAIN)
            with contextlib.closing(connection):
                await connection.connect(address)
                Connection(socket=listener.accept()[0]).reset()
                with pytest.raises(ConnectionResetError):
                    await connection.send(h11.Request(method="GET", target="/", headers=HOST))

    asyncio.run(run())


def lost_at(address: Address, *, timeout: float = 5.0) -> set[Loss | None]:
    async def run() -> Seen:
        seen = Seen()
        policy = only(Client.KEEP_ALIVE, timeout=timeout)
        async with HttpLoad(address, policy=policy).sending(seen.record):
            await seen.at_least(2)
        return seen

    return {sent.loss for sent in asyncio.run(run()).sent}


def test_nobody_listens() -> None:
    with refusing() as address:
        assert lost_at(address) == {Loss.REFUSED}


def test_nobody_accepts() -> None:
    with black_hole() as address:
        assert lost_at(address, timeout=PATIENCE) == {Loss.CONNECT_TIMEOUT}


def test_no_way_there() -> None:
    assert lost_at(Address(host="255.255.255.255", port=80)) == {Loss.UNREACHABLE}


async def close_it(_connection: Connection) -> None:
    """The connection is closed once this returns."""


async def reset_it(connection: Connection) -> None:
    connection.reset()


async def cut_it_off(connection: Connection) -> None:
    await connection.send(HEAD + b"Content-Length: 10\r\n\r\nhello")


async def ignore_it(connection: Connection) -> None:
    await connection.wait_for_end()


@pytest.mark.parametrize(
    ("drop", "loss"),
    [
        (close_it, Loss.CLOSED),
        (reset_it, Loss.RESET),
        (cut_it_off, Loss.CUT_OFF),
        (ignore_it, Loss.NO_ANSWER),
    ],
)
@pytest.mark.parametrize("client", [Client.PLAIN, Client.KEEP_ALIVE])
def test_every_dropped_request_is_reported_and_none_is_sent_again(
    drop: Behaviour, loss: Loss, client: Client
) -> None:
    def every_third(_connection: Connection, number: int) -> Behaviour | None:
        return None if number % 3 else drop

    policy = only(client, timeout=LONGER if drop is ignore_it else 5.0)
    seen, server = load(keeping(every_third), count=9, policy=policy)

    assert [sent.loss for sent in seen.sent] == [
        None if number % 3 else loss for number in range(1, len(seen.sent) + 1)
    ]
    assert len([head for head in server.requests if head]) == len(seen.sent)
    assert seen.tally.failed == len(seen.sent) // 3


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxys_own_error_is_a_failed_request(status: int) -> None:
    seen, _ = load(answering_status(status), count=3, policy=only(Client.PLAIN))

    assert seen.tally.failed == len(seen.sent)


def idle_end(how: str) -> Behaviour:
    """Answer, and end the connection while nothing is asked on it."""

    async def behave(connection: Connection) -> None:
        if not await connection.request():
            return
        await connection.send(KEPT)
        await asyncio.sleep(0.01)
        match how:
            case "reset":
                connection.reset()
            case "half-closed":
                connection.socket.shutdown(socket.SHUT_WR)
                await connection.wait_for_end()
            case "closed with a word":
                await connection.send(b"HTTP/1.1 408 Request Timeout\r\n\r\n")

    return behave


@pytest.mark.parametrize("how", ["closed", "half-closed", "reset", "closed with a word"])
def test_a_connection_that_ends_between_two_requests_loses_none(how: str) -> None:
    policy = only(Client.KEEP_ALIVE, think=0.1)
    seen, server = load(idle_end(how), count=4, policy=policy)

    assert [sent.status for sent in seen.sent] == [200] * len(seen.sent)
    assert server.accepted == len(seen.sent)


def test_a_server_that_says_close_is_asked_on_a_new_connection() -> None:
    seen, server = load(answering(OK), count=4, policy=only(Client.KEEP_ALIVE, think=0.001))

    assert seen.tally.failed == 0
    assert server.accepted == len(seen.sent)


def test_a_request_on_a_kept_connection_that_then_ends_is_lost() -> None:
    def fifth(_connection: Connection, number: int) -> Behaviour | None:
        return reset_it if number == 5 else None

    seen, server = load(keeping(fifth), count=8, policy=only(Client.KEEP_ALIVE))

    (lost,) = (sent for sent in seen.sent if sent.loss)
    assert (lost.loss, seen.sent.index(lost)) == (Loss.RESET, 4)
    assert lost.detail.endswith("request 5 of its connection")
    assert server.accepted == 2


@pytest.mark.parametrize("ends_in", [Phase.DURING, Phase.AFTER])
def test_a_request_in_flight_at_the_switch_belongs_to_it(ends_in: Phase) -> None:
    async def run() -> Seen:
        seen, under_way, switched = Seen(), asyncio.Event(), asyncio.Event()

        async def behave(connection: Connection) -> None:
            await connection.request()
            if len(connection.requests) == 2:
                under_way.set()
                await switched.wait()
            await connection.send(OK)

        async with serving(behave) as server:
            asking = HttpLoad(server.address, policy=only(Client.PLAIN))
            async with asking.sending(seen.record):
                async with asyncio.timeout(20):
                    await under_way.wait()
                asking.enter(Phase.DURING)
                if ends_in is Phase.AFTER:
                    asking.enter(ends_in)
                switched.set()
                await seen.at_least(3)
        return seen

    phases = [sent.phase for sent in asyncio.run(run()).sent]
    assert phases[:3] == [Phase.BEFORE, Phase.DURING, ends_in]


def test_a_path_that_answers_500_only_after_the_switch_failed() -> None:
    async def run() -> Seen:
        seen, status = Seen(), [200]

        async def behave(connection: Connection) -> None:
            await answering_status(status[0])(connection)

        async with serving(behave) as server:
            asking = HttpLoad(server.address, policy=QUICK)
            async with asking.sending(seen.record):
                await seen.at_least(5)
                asking.enter(Phase.DURING)
                asking.enter(Phase.AFTER)
                await asyncio.sleep(0.5)
                status[0] = 500
                await seen.at_least(len(seen.sent) + 5)
        return seen

    seen = asyncio.run(run())
    wrong = [sent for sent in seen.sent if sent.status == 500]
    assert seen.tally.failed == len(wrong) > 0
    assert seen.tally.report().phases[Phase.BEFORE].failed == 0
