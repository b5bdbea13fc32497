"""Two small servers behind the proxy, in a Compose project of this test run's own."""

from __future__ import annotations

import http.client
import json
import os
import threading
from dataclasses import dataclass, field
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from devkit.compose.proxy import ProxySettings, with_proxy
from devkit.engine.proxy import ContainerProxy
from devkit.ports import Address
from tests.e2e.machine import docker, free_port

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = f"proxied-{os.getpid()}"
PORT = 80
PAUSE = 0.005
"""Seconds; the machine has others to serve."""

SERVER = dedent("""\
    import base64, hashlib, http.server, json, signal, sys, threading

    MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    released = threading.Event()
    signal.signal(signal.SIGUSR1, lambda *_: released.set())

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            if self.headers.get("Upgrade"):
                return self.echo()
            if self.path == "/held":
                released.wait()
            self.answer({"path": self.path})

        def do_POST(self):
            body = b"".join(self.chunks())
            self.answer({"size": len(body), "sha": hashlib.sha256(body).hexdigest()})

        def chunks(self):
            if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                yield self.rfile.read(int(self.headers["Content-Length"]))
                return
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()

        def echo(self):
            self.send_response(101)
            self.send_header("Connection", "Upgrade")
            self.send_header("Upgrade", "websocket")
            key = self.headers["Sec-WebSocket-Key"] + MAGIC
            accepted = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
            self.send_header("Sec-WebSocket-Accept", accepted)
            self.end_headers()
            while line := self.rfile.readline():
                self.wfile.write(sys.argv[1].encode() + b" " + line)
            self.close_connection = True

        def answer(self, found):
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = json.dumps({"name": sys.argv[1], "headers": headers, **found}).encode()
            self.send_response(302 if self.path == "/moved" else 200)
            if self.path == "/moved":
                self.send_header("Location", "https://" + self.headers["Host"] + "/there")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 128

    threading.Thread(target=Server(("", 80), Handler).serve_forever).start()
    while True:
        signal.pause()
    """)


def document(port: int) -> dict[str, Any]:
    """The servers ``a`` and ``b``, another container, and the proxy."""
    image = "python:3.11-slim-bookworm"
    server = {"image": image, "init": True}
    services = {
        "a": {**server, "command": ["python", "-c", SERVER, "a"]},
        "b": {**server, "command": ["python", "-c", SERVER, "b"]},
        "other": {**server, "command": ["sleep", "infinity"]},
    }
    return with_proxy({"services": services}, ProxySettings(), labels={}, publish=port)


@dataclass(frozen=True)
class Proxied:
    """The running project."""

    folder: Path
    port: int = field(default_factory=free_port)
    """Which a restarted proxy keeps, unlike one that the engine chooses."""
    proxy: ContainerProxy = field(
        default_factory=lambda: ContainerProxy(container=f"{PROJECT}-proxy-1")
    )

    def compose(self, *words: str) -> str:
        file = self.folder / "compose.json"
        file.write_text(json.dumps(document(self.port)), encoding="utf-8")
        return docker("compose", "--project-name", PROJECT, "--file", str(file), *words)

    def address(self, service: str) -> Address:
        """By the container's address."""
        template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        host = docker("inspect", "--format", template, f"{PROJECT}-{service}-1")
        return Address(host=host, port=PORT)

    def name(self, service: str) -> Address:
        """By the container's name on the network, which stays."""
        found = docker("inspect", "--format", "{{.Id}}", f"{PROJECT}-{service}-1")
        return Address(host=found[:12], port=PORT)

    def connect(self, timeout: float = 20) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def ask(self, path: str = "/", **headers: str) -> dict[str, Any]:
        """The answer to one GET."""
        connection = self.connect()
        try:
            return answer_of(connection, path, headers)
        finally:
            connection.close()


def answer_of(
    connection: http.client.HTTPConnection, path: str = "/", headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """The answer to a GET on this connection, which has to be a 200."""
    connection.request("GET", path, headers=headers or {})
    response = connection.getresponse()
    body = response.read()
    assert response.status == 200, (response.status, body)
    found: dict[str, Any] = json.loads(body)
    return found


@dataclass
class Load:
    """Clients that ask and ask until they are told to stop.

    A keep-alive client has one connection only: where that is closed under it, it has failed.
    """

    proxied: Proxied
    keep_alive: int = 2
    plain: int = 2
    answered: dict[str, int] = field(default_factory=lambda: {"a": 0, "b": 0})
    failed: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Load:
        port = self.proxied.port
        for target, count in ((self._kept, self.keep_alive), (self._fresh, self.plain)):
            self._threads += [threading.Thread(target=target, args=(port,)) for _ in range(count)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _kept(self, port: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.connect()
        connection.auto_open = 0
        while not self._stop.wait(PAUSE) and self._one(connection):
            pass
        connection.close()

    def _fresh(self, port: int) -> None:
        while not self._stop.wait(PAUSE):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            self._one(connection)
            connection.close()

    def _one(self, connection: http.client.HTTPConnection) -> bool:
        try:
            self.answered[answer_of(connection)["name"]] += 1
        except (OSError, http.client.HTTPException, AssertionError, ValueError) as failed:
            self.failed.append(repr(failed))
            return False
        return True
