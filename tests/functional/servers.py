"""Real servers in the process, on 127.0.0.1, that behave as a test wants."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.ports import Address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    Behaviour = Callable[["Connection"], Awaitable[None]]

LOOPBACK = "127.0.0.1"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A server's end; it is closed when the behaviour returns."""

    socket: socket.socket
    requests: list[bytes] = field(default_factory=list)

    async def request(self) -> bytes:
        """Read a request's head and remember it."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            chunk = await asyncio.get_running_loop().sock_recv(self.socket, 1024)
            if not chunk:
                break
            head += chunk
        self.requests.append(head)
        return head

    async def send(self, answer: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            await asyncio.get_running_loop().sock_sendall(self.socket, answer)

    def reset(self) -> None:
        """Close with an RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    async def wait_for_end(self) -> None:
        """Wait until the other end is closed or reset."""
        with contextlib.suppress(ConnectionError):
            while await asyncio.get_running_loop().sock_recv(self.socket, 1024):
                pass


@dataclass(kw_only=True)
class Server:
    """A listening server and what it has seen."""

    address: Address
    accepted: int = 0
    requests: list[bytes] = field(default_factory=list)


def answering(answer: bytes, *, after: float = 0.0) -> Behaviour:
    """Read the request, wait, answer, close."""

    async def behave(connection: Connection) -> None:
        await connection.request()
        await asyncio.sleep(after)
        await connection.send(answer)

    return behave


def answering_status(status: int) -> Behaviour:
    head = f"HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    return answering(head.encode())


def holding(answer: bytes) -> Behaviour:
    """Answer, and keep the connection open until the other end closes it."""

    async def behave(connection: Connection) -> None:
        await connection.request()
        await connection.send(answer)
        await connection.wait_for_end()

    return behave


def dripping(answer: bytes, *, every: float, at_once: bytes = b"") -> Behaviour:
    """Send a part at once and the rest byte by byte."""

    async def behave(connection: Connection) -> None:
        await connection.request()
        await connection.send(at_once)
        for byte in answer:
            await asyncio.sleep(every)
            await connection.send(bytes([byte]))

    return behave


def forwarding(to: Address) -> Behaviour:
    """Docker-proxy: connect once a connection has been accepted, and pass bytes on both ways.

    Where nobody is found, the accepted connection is closed; an end of one side, or its reset, is
    an end on the other.
    """

    async def behave(connection: Connection) -> None:
        family = socket.AF_INET6 if ":" in to.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as behind:
            behind.setblocking(False)
            await asyncio.get_running_loop().sock_connect(behind, (to.host, to.port))
            async with asyncio.TaskGroup() as both:
                both.create_task(_pass_on(connection.socket, behind))
                both.create_task(_pass_on(behind, connection.socket))

    return behave


async def _pass_on(source: socket.socket, goal: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        while chunk := await loop.sock_recv(source, 65536):
            await loop.sock_sendall(goal, chunk)
    with contextlib.suppress(OSError):
        goal.shutdown(socket.SHUT_WR)


def address_of(bound: socket.socket) -> Address:
    host, port, *_ = bound.getsockname()
    return Address(host=host, port=port)


def listening(*, port: int = 0, host: str = LOOPBACK, backlog: int = 128) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family is socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.bind((host, port))
    listener.listen(backlog)
    listener.setblocking(False)
    return listener


@contextlib.asynccontextmanager
async def serving(
    behaviour: Behaviour, *, host: str = LOOPBACK, port: int = 0
) -> AsyncIterator[Server]:
    """Serve every connection in a task of its own; all of them end with the block."""
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(listening(host=host, port=port))
        server = Server(address=address_of(listener))

        # Not sock_accept(): a connection that comes as that is cancelled would be lost, unclosed.
        def accept() -> None:
            accepted = sockets.enter_context(listener.accept()[0])
            accepted.setblocking(False)
            server.accepted += 1
            tasks.add(loop.create_task(_serve(accepted, server, behaviour)))

        loop.add_reader(listener, accept)
        try:
            yield server
        finally:
            loop.remove_reader(listener)
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        assert not [r for r in results if isinstance(r, Exception)], results


async def _serve(accepted: socket.socket, server: Server, behaviour: Behaviour) -> None:
    with accepted, contextlib.suppress(ConnectionError):
        await behaviour(Connection(socket=accepted, requests=server.requests))


@contextlib.contextmanager
def refusing(host: str = LOOPBACK, port: int = 0) -> Iterator[Address]:
    """An address that is ours and on which nobody listens."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as bound:
        # Linux lets a server listen there all the same, and gives the port to nobody else.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        yield address_of(bound)


@contextlib.contextmanager
def black_hole() -> Iterator[Address]:
    """A listener whose queue is full: Linux drops whatever knocks, as a firewall does."""
    with listening(backlog=0) as listener, contextlib.ExitStack() as queue:
        for _ in range(3):
            filler = queue.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield address_of(listener)
