"""One attempt against real servers: what each of their answers brings."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from devkit.engine.http import LONGEST_STATUS_LINE, read_status_line
from devkit.ports import Answer, Failure
from tests.functional.probing import attempt, probe
from tests.functional.servers import OK, answering, answering_status, holding, serving

if TYPE_CHECKING:
    from tests.functional.servers import Server

LINE = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize("status", [200, 204, 301, 400, 404, 500, 501, 502, 503, 600, 999])
def test_a_status_is_read(status: int) -> None:
    answer, _ = probe(answering_status(status))

    assert (answer.status, answer.failure) == (status, None)
    assert answer.detail == f"HTTP/1.1 {status} Whatever"


@pytest.mark.parametrize("status", [100, 101, 102, 103])
def test_an_interim_line_followed_by_silence_is_an_answer(status: int) -> None:
    answer, _ = probe(holding(b"HTTP/1.1 %d Wait\r\n\r\n" % status))

    assert answer.status == status


def test_the_first_of_two_status_lines_counts() -> None:
    answer, _ = probe(answering(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 503 No\r\n\r\n"))

    assert answer.status == 103


def test_the_request_is_the_gates() -> None:
    _, server = probe(answering(OK))

    assert server.requests == [
        b"GET / HTTP/1.1\r\n"
        b"Host: 127.0.0.1:%d\r\n"
        b"User-Agent: devkit-gate\r\n"
        b"Accept: */*\r\n"
        b"Connection: close\r\n"
        b"\r\n" % server.address.port
    ]


def test_the_host_may_be_another_than_is_connected_to() -> None:
    async def run() -> bytes:
        async with serving(answering(OK)) as server:
            assert (await attempt(replace(server.address, asked_for="172.18.0.2:80"))).status == 200
            return server.requests[0]

    assert b"\r\nHost: 172.18.0.2:80\r\n" in asyncio.run(run())


def test_an_ipv6_address_works_and_has_brackets_in_the_host_header() -> None:
    answer, server = probe(answering(OK), host="::1")

    assert answer.status == 200
    assert b"Host: [::1]:%d\r\n" % server.address.port in server.requests[0]


def test_a_redirect_is_not_followed() -> None:
    async def redirected() -> tuple[Answer, Server, Server]:
        async with serving(answering(OK)) as goal:
            moved = b"HTTP/1.1 301 Moved\r\nLocation: http://%s/\r\nContent-Length: 0\r\n\r\n"
            async with serving(answering(moved % str(goal.address).encode())) as server:
                return await attempt(server.address), server, goal

    answer, server, goal = asyncio.run(redirected())

    assert answer.status == 301
    assert (server.accepted, goal.accepted) == (1, 0)


def test_a_proxy_from_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async def beside_a_proxy() -> tuple[Answer, Server]:
        async with serving(answering_status(503)) as proxy, serving(answering(OK)) as server:
            for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
                monkeypatch.setenv(name, f"http://{proxy.address}")
            return await attempt(server.address), proxy

    answer, proxy = asyncio.run(beside_a_proxy())

    assert (answer.status, proxy.accepted) == (200, 0)


ODD_AND_FINE = {
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\nhello",
    "no reason": b"HTTP/1.1 200\r\n\r\n",
    "an empty reason": b"HTTP/1.1 200 \r\n\r\n",
    "bare line feeds": b"HTTP/1.1 200 OK\n\n",
    "the line alone": LINE,
    "headers that are not": LINE + b"this is no header\r\n\r\n",
    "a header without an end": LINE + b"X: " + b"x" * 200_000,
}


@pytest.mark.parametrize("bytes_", ODD_AND_FINE.values(), ids=ODD_AND_FINE.keys())
def test_an_odd_answer_with_a_good_status_line_is_fine(bytes_: bytes) -> None:
    answer, _ = probe(answering(bytes_))

    assert answer.status == 200


BROKEN = {
    "not HTTP": b"hello, world\r\n",
    "HTTP/0.9": b"<html><body>It works</body></html>",
    "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n",
    "lower case": b"http/1.1 200 OK\r\n\r\n",
    "an empty line first": b"\r\nHTTP/1.1 200 OK\r\n\r\n",
    "a TLS alert": b"\x15\x03\x01\x00\x02\x02\x46",
    "TLS handshake": b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\n\x03\x03",
    "no status": b"HTTP/1.1\r\n\r\n",
    "two digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "a status below 100": b"HTTP/1.1 099 OK\r\n\r\n",
    "words for a status": b"HTTP/1.1 fine OK\r\n\r\n",
    "no version": b"HTTP 200 OK\r\n\r\n",
    "a zero byte": b"HTTP/1.1 200 O\x00K\r\n\r\n",
    "an end in the line": b"HTTP/1.1 200 O",
    "an end in the protocol": b"HT",
}


@pytest.mark.parametrize("bytes_", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_status_line_is_broken(bytes_: bytes) -> None:
    answer, _ = probe(answering(bytes_))

    assert (answer.status, answer.failure) == (None, Failure.BROKEN)


@pytest.mark.parametrize(
    "bytes_", [b"\x15\x03\x01\x00\x02\x02\x46", b"HTTX", b"HTTP/1.1 200 " + b"x" * 200_000]
)
def test_what_cannot_become_a_status_line_is_not_waited_for(bytes_: bytes) -> None:
    answer, _ = probe(holding(bytes_))

    assert answer.failure is Failure.BROKEN


def test_a_long_status_line_within_the_bound_is_read() -> None:
    reason = b"x" * (LONGEST_STATUS_LINE - 20)

    answer, _ = probe(answering(b"HTTP/1.1 200 " + reason + b"\r\n\r\n"))

    assert answer.status == 200


def test_the_detail_of_a_broken_answer_is_short_and_safe_for_a_terminal() -> None:
    answer, _ = probe(answering(b"\x1b[2Jhello" + b"!" * 5000))

    assert answer.detail.startswith(r"\x1b[2Jhello!")
    assert len(answer.detail) < 100


def test_a_carriage_return_in_the_reason_is_broken() -> None:
    assert read_status_line(b"HTTP/1.1 200 O\rK").failure is Failure.BROKEN
    assert read_status_line(b"HTTP/1.1 200 OK\r\r").failure is Failure.BROKEN
