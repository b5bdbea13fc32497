"""http://NAME.localhost: one proxy for all projects, which comes and goes with them."""

from __future__ import annotations

import json
import os
import socket
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from devkit.engine.hosts import Hosts
from tests.e2e.apps import CONFIG, NAME, polite_server, tiny
from tests.e2e.machine import Result, Workspace, docker, environment, make_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
SHOWS_ALIASES = """
        import os
        body = f"{os.environ['DOMAIN_ALIASES']} {self.headers['Host']}".encode()
        if self.headers.get("Upgrade") == "websocket":
            self.connection.sendall(b"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket"
                                    b"\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: "
                                    b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\\r\\n\\r\\n")
            self.close_connection = True
            while said := self.connection.recv(100):
                self.connection.sendall(said.upper())
            return
"""


@pytest.fixture
def shops(tmp_path: Path) -> Iterator[tuple[Workspace, Workspace]]:
    """Two projects."""
    files = tiny(server__py=polite_server(in_get=SHOWS_ALIASES))
    both = []
    for name in ("a", "b"):
        config = CONFIG.replace(f"name: {NAME}", f"name: {NAME}-{name}")
        both.append(make_workspace(tmp_path / name, {**files, "devkit.yaml": config}))
    yield both[0], both[1]
    for each in both:
        each.devkit("down", "--volumes", "--yes")


@pytest.fixture
def hosts() -> Hosts:
    return Hosts(environment=environment())


def up(workspace: Workspace, *words: str) -> str:
    """The project's address of its own."""
    done = workspace.devkit("--json", "up", *words)
    assert done.code == 0, done.err
    return str(up_event(done)["host"])


def up_event(done: Result) -> dict[str, object]:
    return next(each for each in done.events if each["event"] == "up")


def get(address: str, host: str = "") -> tuple[int, str]:
    """The page, whatever this machine makes of names below localhost."""
    name = host or address.split("/")[2]
    port = port_of(address)
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": name})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def port_of(address: str) -> int:
    return int(address.split("/")[2].partition(":")[2] or 80)


def there(hosts: Hosts) -> bool:
    return bool(docker("ps", "--all", "--quiet", "--filter", f"name=^{hosts.container}$"))


def test_two_projects_share_a_proxy_that_goes_with_the_last(
    shops: tuple[Workspace, Workspace], hosts: Hosts
) -> None:
    first, second = shops
    one, two = up(first, "--host"), up(second, f"--host=api.{NAME}")

    assert one.startswith(f"http://{NAME}-a.localhost")
    name = one.split("/")[2]
    status, page = get(one)
    assert (status, page.split()[1]) == (200, name)  # the Host as it was sent
    assert {"127.0.0.1", f"{NAME}-a.localhost", name} == set(page.split()[0].split(","))
    assert get(two)[0] == 200
    assert echoed(one) == b"HELLO"

    unknown, known = get(one, "nobody.localhost")
    assert unknown == 404
    assert f'href="{one}"' in known
    assert f'href="{two}"' in known
    assert get(one, "example.com") == (404, "No project has this name.\n")

    assert first.devkit("open", "--print", "a b").out.strip() == f"{one}a%20b"
    assert f"is up at {one}" in first.devkit("status").out
    assert_safe(hosts)
    assert f"serves {NAME}-" in first.devkit("clean", "--dry-run").out
    taken = second.devkit("up", f"--host={NAME}-a")
    assert taken.code == 5
    assert f"{NAME}-a.localhost is the address of {first.path}" in taken.err

    # Recreated by hand, and then stopped: the proxy finds it, and then says that it is down.
    docker("restart", "--time", "1", f"{NAME}-a-web-1")
    assert eventually(one, 200)
    docker("stop", "--time", "1", f"{NAME}-a-web-1")
    assert eventually(one, 503)
    assert f"<code>devkit up</code> in <code>{first.path}</code>" in get(one)[1]
    assert up(first) == one  # remembered

    assert first.devkit("down").code == 0
    assert get(two, name)[0] == 404
    assert get(two)[0] == 200
    assert up(second, "--no-host") == ""
    assert not there(hosts)
    assert hosts.network not in docker("network", "ls", "--format", "{{.Name}}").split()
    assert json.loads((second.path / ".devkit" / "local.json").read_text())["host"] == ""


def echoed(address: str) -> bytes:
    """What a WebSocket's other end makes of a word."""
    with socket.create_connection(("127.0.0.1", port_of(address)), timeout=20) as client:
        head = f"GET / HTTP/1.1\r\nHost: {address.split('/')[2]}\r\nConnection: Upgrade\r\n"
        client.sendall(f"{head}Upgrade: websocket\r\nSec-WebSocket-Key: {KEY}\r\n\r\n".encode())
        with client.makefile("rb") as answer:
            assert b" 101 " in answer.readline()
            while answer.readline().strip():
                pass
            client.sendall(b"hello")
            return answer.read(5)


def eventually(address: str, status: int) -> bool:
    until = time.monotonic() + 60
    while (found := get(address)[0]) != status and time.monotonic() < until:
        time.sleep(0.2)  # noqa: TID251 - nothing tells when the proxy has seen it
    return found == status


def assert_safe(hosts: Hosts) -> None:
    """It is published here alone, has no socket, no mount and no capability."""
    (found,) = json.loads(docker("inspect", hosts.container))
    assert found["Mounts"] == []
    assert found["HostConfig"]["CapDrop"] == ["ALL"]
    assert not found["HostConfig"]["Privileged"]
    (bindings,) = found["HostConfig"]["PortBindings"].values()
    assert [each["HostIp"] for each in bindings] == ["127.0.0.1"]


def test_what_ends_before_it_is_up_leaves_no_proxy(
    shops: tuple[Workspace, Workspace], hosts: Hosts
) -> None:
    broken, _ = shops
    broken.write({"server.py": "import nothere"})
    assert broken.devkit("up", "--host").code in {10, 14}
    broken.devkit("down")
    assert not there(hosts)

    assert broken.devkit("up", "--host", "-x").code == 2
    assert "cannot stand before .localhost" in broken.devkit("up", "--host", "No_good").err
    both = broken.devkit("up", "--host", "--no-host")
    assert "do not go together" in both.err


def test_a_proxy_without_projects_is_cleaned_away(
    shops: tuple[Workspace, Workspace], hosts: Hosts
) -> None:
    shop, _ = shops
    up(shop, "--host")
    docker("rm", "--force", f"{NAME}-a-web-1")
    planned = shop.devkit("clean", "--dry-run")
    assert "no project is behind the proxy" in planned.out
    assert there(hosts)
    assert shop.devkit("clean").code == 0
    assert not there(hosts)
    assert os.path.lexists(shop.path / ".devkit")
