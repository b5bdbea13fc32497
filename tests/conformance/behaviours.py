"""The servers of the conformance table, by key; the same ones in process and in containers."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import socket
import ssl
import struct
from typing import TYPE_CHECKING

from tests.conformance.table import INTERIM, STATUSES
from tests.functional.servers import (
    OK,
    Connection,
    answering,
    answering_status,
    dripping,
    holding,
    listening,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.functional.servers import Behaviour

    Stand = Callable[[str, int], Awaitable[None]]
    """Serves on a host and a port for ever, in a task that is cancelled at the end."""

LINE = b"HTTP/1.1 200 OK\r\n"
LONG_LINE = b"HTTP/1.1 200 Everything is all right\r\n"
SO_ATTACH_FILTER = 26
"""Of Linux; Python does not name it."""
QUEUE = 3
"""More connections than a queue for none takes."""


async def for_ever() -> None:
    await asyncio.Event().wait()


def standing(behaviour: Behaviour, *, after: float = 0.0, host: str = "") -> Stand:
    """Begin to listen some time after the start."""

    async def stand(default: str, port: int) -> None:
        await asyncio.sleep(after)
        async with serving(behaviour, host=host or default, port=port):
            await for_ever()

    return stand


async def _closes(connection: Connection) -> None:
    await connection.request()


async def _closes_at_first(host: str, port: int) -> None:
    """Close every connection for five seconds of this event loop's time."""
    loop = asyncio.get_running_loop()
    until = loop.time() + 5.0

    async def behave(connection: Connection) -> None:
        await connection.request()
        if loop.time() > until:
            await connection.send(OK)

    await standing(behave)(host, port)


async def _resets(connection: Connection) -> None:
    await connection.request()
    connection.reset()


async def _half_closes(connection: Connection) -> None:
    await connection.request()
    connection.socket.shutdown(socket.SHUT_WR)
    await connection.wait_for_end()


async def _half_closes_after(connection: Connection) -> None:
    await connection.request()
    await connection.send(OK)
    connection.socket.shutdown(socket.SHUT_WR)
    await connection.wait_for_end()


async def _reads_no_more(connection: Connection) -> None:
    await connection.request()
    connection.socket.shutdown(socket.SHUT_RD)
    await connection.send(OK)


async def _speaks_tls(connection: Connection) -> None:
    """OpenSSL's own reaction to a plain request."""
    request, reaction = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    request.write(await connection.request())
    with contextlib.suppress(ssl.SSLError):
        context.wrap_bio(request, reaction, server_side=True).do_handshake()
    await connection.send(reaction.read())


async def _never_accepts(host: str, port: int) -> None:
    with listening(host=host, port=port):
        await for_ever()


async def _has_a_full_queue(host: str, port: int) -> None:
    with listening(host=host, port=port, backlog=0), contextlib.ExitStack() as queue:
        for _ in range(QUEUE):
            filler = queue.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        await for_ever()


async def _is_a_black_hole(host: str, port: int) -> None:
    """Have the kernel drop all packets to the listener, by a BPF program that takes none."""
    instruction = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
    program = struct.pack("HL", 1, ctypes.addressof(instruction))
    with listening(host=host, port=port) as listener:
        listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
        await for_ever()


async def _listens_elsewhere(host: str, port: int) -> None:
    await standing(answering(OK))(host, port + 1000)


async def _takes_memory(_host: str, _port: int) -> None:
    await asyncio.sleep(5)
    hoard = b"x"
    while True:
        hoard += hoard


def exits(code: int, *, after: float = 5.0) -> Stand:
    """End some time after the start: the container's address has to be asked for before."""

    async def stand(_host: str, _port: int) -> None:
        await asyncio.sleep(after)
        raise SystemExit(code)

    return stand


PER_CONNECTION: dict[str, Behaviour] = {
    **{f"interim {status}": holding(b"HTTP/1.1 %d Wait\r\n\r\n" % status) for status in INTERIM},
    **{
        f"status {status}": answering_status(status)
        for statuses in STATUSES.values()
        for status in statuses
    },
    "status 099": answering(b"HTTP/1.1 099 Odd\r\n\r\n"),
    "HTTP/1.0": answering(b"HTTP/1.0 200 OK\r\n\r\nhello"),
    "HTTP/0.9": answering(b"<html><body>It works</body></html>"),
    "other protocol": answering(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "huge header": answering(LINE + b"X: " + b"x" * (1 << 20) + b"\r\n\r\n"),
    "endless line": holding(b"HTTP/1.1 200 " + b"x" * (1 << 20)),
    "TLS": _speaks_tls,
    "TLS alert": answering(b"\x15\x03\x01\x00\x02\x02\x46"),
    "TLS says 400": answering_status(400),
    "hangs 19.5 s": answering(OK, after=19.5),
    "hangs 20.5 s": answering(OK, after=20.5),
    "drips 17 s": dripping(LINE, every=1.0),
    "drips 38 s": dripping(LONG_LINE, every=1.0),
    "drips headers": dripping(b"X-Slow: " * 100, every=1.0, at_once=LINE),
    "closes": _closes,
    "resets": _resets,
    "half-closes": _half_closes,
    "half-closes after": _half_closes_after,
    "reads no more": _reads_no_more,
    "ends in the line": answering(b"HTTP/1.1 20"),
}

STANDS: dict[str, Stand] = {
    **{key: standing(behaviour) for key, behaviour in PER_CONNECTION.items()},
    **{
        f"after {seconds:g} s": standing(answering(OK), after=seconds)
        for seconds in (0.2, 5, 30, 59, 61, 119, 123)
    },
    "closes 5 s": _closes_at_first,
    "never accepts": _never_accepts,
    "black hole": _is_a_black_hole,
    "full queue": _has_a_full_queue,
    "IPv6 only": standing(answering(OK), host="::1"),
    "IPv6 only in container": standing(answering(OK), host="::"),
    "IPv6": standing(answering(OK)),
    "listens on 127.0.0.1": standing(answering(OK), host="127.0.0.1"),
    "another port": _listens_elsewhere,
    "exits 0": exits(0),
    "exits 1": exits(1),
    "out of memory": _takes_memory,
    "crash loop": exits(1, after=0.5),
}
