"""The proxy before real containers: the switch, what it lets through, and a restart."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import threading
import time
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

import pytest

from devkit.compose.proxy import PROXY_IMAGE, RUNTIME_PORT, ProxySettings, proxy_config
from devkit.engine.clock import SystemClock
from devkit.errors import CouldNotFindOutError
from devkit.ports import Address
from tests.e2e.machine import command, docker
from tests.e2e.proxied import PROJECT, Load, Proxied, answer_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SWITCHES = 20
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    project = Proxied(tmp_path_factory.mktemp("proxied"))
    try:
        project.compose("up", "--detach", "--quiet-pull")
        asyncio.run(project.proxy.wait_until_ready())
        for service in ("a", "b"):
            route(project, project.address(service))
            _until_answer(project, service)
        yield project
    finally:
        project.compose("down", "--volumes", "--timeout", "0")


def route(project: Proxied, *targets: Address) -> None:
    asyncio.run(project.proxy.route(targets))


def test_twenty_switches_under_load_lose_no_request(proxied: Proxied) -> None:
    targets = {name: proxied.address(name) for name in ("a", "b")}
    with Load(proxied) as load:
        for number in range(SWITCHES):
            name = "ab"[number % 2]
            route(proxied, targets[name])
            assert proxied.ask()["name"] == name
    assert load.failed == []
    assert min(load.answered.values()) > SWITCHES


def test_a_request_in_flight_ends_where_it_began(proxied: Proxied) -> None:
    old, new = proxied.address("a"), proxied.address("b")
    route(proxied, old)
    answers: list[str] = []
    held = threading.Thread(target=lambda: answers.append(proxied.ask("/held")["name"]))
    held.start()
    while asyncio.run(proxied.proxy.busy([old])) == 0:
        assert held.is_alive()

    route(proxied, new)

    assert asyncio.run(proxied.proxy.busy([old])) == 1
    assert proxied.ask()["name"] == "b"
    assert answers == []
    docker("kill", "--signal", "USR1", f"{PROJECT}-a-1")
    held.join()
    assert answers == ["a"]
    assert asyncio.run(proxied.proxy.busy([old])) == 0


def test_requests_are_shared_by_all_targets(proxied: Proxied) -> None:
    route(proxied, proxied.address("a"), proxied.address("b"))
    connection = proxied.connect()
    assert {answer_of(connection)["name"] for _ in range(4)} == {"a", "b"}
    connection.close()


def test_without_a_target_it_says_so(proxied: Proxied) -> None:
    route(proxied)
    connection = proxied.connect()
    connection.request("GET", "/")
    response = connection.getresponse()
    assert response.status == 503
    assert response.read().decode() == "No container of the application takes the request.\n"
    connection.close()


def test_places_for_fifty_old_and_fifty_new_ones(proxied: Proxied) -> None:
    old = [Address(host=f"192.0.2.{n}", port=80) for n in range(100, 150)]
    new = [Address(host=f"192.0.2.{n}", port=80) for n in range(150, 200)]
    route(proxied, *old)
    route(proxied, *new)
    assert asyncio.run(proxied.proxy.busy([*old, *new])) == 0
    with pytest.raises(CouldNotFindOutError, match="has 100 places"):
        route(proxied, *old, *new, proxied.address("a"))


def test_the_host_comes_through_as_it_was_sent(proxied: Proxied) -> None:
    route(proxied, proxied.address("a"))
    for host in ("Shop.example.com:8001", "ex_ample.test", "[::1]:8001", "a..b:0", "-x-.ch"):
        assert proxied.ask(Host=host)["headers"]["host"] == host


def test_it_looks_like_the_end_of_tls(proxied: Proxied) -> None:
    route(proxied, proxied.address("a"))
    own = f"127.0.0.1:{proxied.port}"
    headers = proxied.ask(Origin=f"http://{own}", Referer=f"http://{own}/form")["headers"]
    assert headers["x-forwarded-proto"] == "https"
    assert headers["origin"] == f"https://{own}"
    assert headers["referer"] == f"https://{own}/form"
    assert headers["x-forwarded-for"]
    connection = proxied.connect()
    connection.request("GET", "/moved")
    assert connection.getresponse().headers["Location"] == f"http://{own}/there"
    connection.close()


@pytest.mark.parametrize("chunked", [False, True])
def test_large_uploads_pass(proxied: Proxied, chunked: bool) -> None:
    route(proxied, proxied.address("a"))
    block = bytes(range(256)) * 256
    body = block * 160  # 10 MB
    connection = proxied.connect()
    sent = iter([block] * 160) if chunked else body
    connection.request("POST", "/", body=sent, encode_chunked=chunked)
    found = json.loads(connection.getresponse().read())
    assert found["size"] == len(body)
    assert found["sha"] == hashlib.sha256(body).hexdigest()
    connection.close()


def test_websockets_live_on_through_a_switch(proxied: Proxied) -> None:
    old, new = proxied.address("a"), proxied.address("b")
    route(proxied, old)
    with (
        socket.create_connection(("127.0.0.1", proxied.port), timeout=20) as client,
        client.makefile("rb") as stream,
    ):
        client.sendall(UPGRADE)
        assert b" 101 " in stream.readline()
        while stream.readline().strip():
            pass
        route(proxied, new)
        client.sendall(b"still there?\n")
        assert stream.readline() == b"a still there?\n"
        assert asyncio.run(proxied.proxy.busy([old])) == 1


def test_no_other_container_reaches_the_runtime_socket(proxied: Proxied) -> None:
    connect = "import socket, sys; socket.create_connection(('proxy', int(sys.argv[1])), 3)"
    words = ("docker", "exec", f"{PROJECT}-other-1", "python", "-c", connect)
    assert command(*words, "8080", cwd=proxied.folder).code == 0
    refused = command(*words, str(RUNTIME_PORT), cwd=proxied.folder)
    assert "ConnectionRefusedError" in refused.err


def test_what_haproxy_does_not_understand_is_an_error(proxied: Proxied) -> None:
    with pytest.raises(CouldNotFindOutError, match="No such server"):
        asyncio.run(proxied.proxy._places("set server web/slot999 state ready"))


@dataclass(frozen=True)
class HastyClock(SystemClock):
    """Twenty seconds in one."""

    def monotonic(self) -> float:
        return super().monotonic() * 20


def test_after_a_switch_that_fails_the_old_one_serves_on(proxied: Proxied) -> None:
    route(proxied, proxied.address("b"))
    hasty = replace(proxied.proxy, clock=HastyClock())
    with pytest.raises(CouldNotFindOutError, match="finds no address for no-such-container"):
        asyncio.run(hasty.route([Address(host="no-such-container", port=80)]))
    assert {proxied.ask()["name"] for _ in range(4)} == {"b"}


def test_a_kept_route_outlives_restarts_and_new_addresses(proxied: Proxied) -> None:
    before = {name: proxied.address(name) for name in ("a", "b")}
    named = {name: proxied.name(name) for name in ("a", "b")}
    route(proxied, named["b"])
    assert proxied.ask()["name"] == "b"
    asyncio.run(proxied.proxy.persist(proxy_config(ProxySettings(targets=(named["b"],)))))

    _swap_addresses(before)
    assert {name: proxied.address(name) for name in "ab"} == {"a": before["b"], "b": before["a"]}
    _until_answer(proxied, "b")

    docker("restart", f"{PROJECT}-proxy-1")
    asyncio.run(proxied.proxy.wait_until_ready())
    _until_answer(proxied, "b")
    for name in "aba":  # in the places that had other names before
        route(proxied, named[name])
        assert proxied.ask()["name"] == name


def _swap_addresses(before: dict[str, Address]) -> None:
    """Who starts first gets the lowest address that is free."""
    later, first = sorted(before, key=lambda name: IPv4Address(before[name].host))
    docker("stop", "--time", "0", *(f"{PROJECT}-{name}-1" for name in (first, later)))
    for name in (first, later):
        docker("start", f"{PROJECT}-{name}-1")


def _until_answer(proxied: Proxied, name: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if proxied.ask()["name"] == name:
                return
        except (AssertionError, OSError):
            pass
        time.sleep(0.1)  # noqa: TID251 - it starts, or the name server is asked again
    pytest.fail(f"{name} does not answer through the proxy")


def test_a_proxy_that_cannot_start_is_said_to(proxied: Proxied) -> None:
    name = f"{PROJECT}-broken"
    docker("create", "--name", name, PROXY_IMAGE)
    broken = replace(proxied.proxy, container=name)
    try:
        asyncio.run(broken.persist("global\n    nonsense\n"))
        docker("start", name)
        with pytest.raises(CouldNotFindOutError, match="does not come up") as caught:
            asyncio.run(broken.wait_until_ready())
    finally:
        docker("rm", "--force", name)
    assert any("nonsense" in line for line in caught.value.details)
