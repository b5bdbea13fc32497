"""The gate's attempts for real: one TCP connection, one request, the first status line.

Plain sockets on the event loop rather than asyncio's streams: closing one takes effect at once,
whatever is still unread, and a reset can be told from an end.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import h11

from devkit.deployment.gate import pass_gate, silent
from devkit.deployment.gate_policy import GatePolicy, Way
from devkit.deployment.gate_verdict import Target
from devkit.engine.clock import SystemClock
from devkit.ports import Address, Answer, Failure

if TYPE_CHECKING:
    from devkit.deployment.gate import Progress
    from devkit.deployment.gate_verdict import ContainerVerdict
    from devkit.ports import Liveness

LONGEST_STATUS_LINE = 64 * 1024
CHUNK = 4096
SHOWN = 80
"""Bytes of an answer that are shown to a person."""

AT_HOME = GatePolicy(way=Way.PUBLISHED, slot=0.1, attempts=1200)
"""For ``devkit up``: the cloud's two minutes, but noticed sooner."""


class HttpProber:
    """Keeps the promise of :class:`devkit.ports.Prober`.

    No proxy, no TLS, no redirect, no second request; every connection is closed on return and
    on cancellation.
    """

    async def attempt(
        self, address: Address, *, connect_timeout: float, answer_timeout: float
    ) -> Answer:
        """Connect, ask for ``/`` and read the first status line."""
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.setblocking(False)  # noqa: FBT003 - the standard library's signature
            try:
                async with asyncio.timeout(connect_timeout):
                    await _connect(connection, address)
            except OSError as error:
                return _not_connected(error)
            received = bytearray()
            try:
                async with asyncio.timeout(answer_timeout):
                    return await _ask(connection, address, received)
            except TimeoutError:
                return Answer(failure=Failure.NO_ANSWER, detail=_shown(received))


async def wait_for_answer(
    port: int,
    *,
    container: str = "web",
    policy: GatePolicy = AT_HOME,
    liveness: Liveness | None = None,
    progress: Progress = silent,
) -> ContainerVerdict:
    """Wait until a container answers on a port that is published on 127.0.0.1.

    The gate's own loop, with one container and the published way of probing.

    Args:
        port: The published port.
        container: The container's name, for the verdict and for ``liveness``.
        policy: How long and how often to ask.
        liveness: Ends the waiting when the container has exited for good.
        progress: Told of every attempt as it comes back.
    """
    target = Target(container=container, address=Address(host="127.0.0.1", port=port))
    verdict = await pass_gate(
        [target],
        prober=HttpProber(),
        clock=SystemClock(),
        policy=policy,
        liveness=liveness,
        progress=progress,
    )
    return verdict.containers[0]


async def _connect(connection: socket.socket, address: Address) -> None:
    await asyncio.get_running_loop().sock_connect(connection, (address.host, address.port))
    if _reaches_itself(connection, address):
        raise ConnectionRefusedError


def _reaches_itself(connection: socket.socket, address: Address) -> bool:
    """Whether a connection has met itself.

    TCP allows it where nobody listens on a local port and the kernel happens to pick that very
    port for our end: the attempt would read its own request.
    """
    host, port, *_ = connection.getsockname()
    return (host, port) == (address.host, address.port)


def _not_connected(error: OSError) -> Answer:
    match error:
        case ConnectionRefusedError():
            return Answer(failure=Failure.REFUSED)
        case TimeoutError():
            return Answer(failure=Failure.CONNECT_TIMEOUT)
        case ConnectionResetError() | BrokenPipeError():
            # Established, and reset before we could look.
            return Answer(failure=Failure.RESET)
    return Answer(failure=Failure.UNREACHABLE, detail=error.strerror or str(error))


async def _ask(connection: socket.socket, address: Address, received: bytearray) -> Answer:
    """Send the request and read to the end of the first line, or to what cannot be one.

    Args:
        connection: An established one.
        address: For the Host header.
        received: Filled with what arrives, so that a caller whose time is up can show it.
    """
    silence = _send(connection, _request(address))
    while b"\n" not in received:
        try:
            chunk = await asyncio.get_running_loop().sock_recv(connection, CHUNK)
        except OSError:
            chunk, silence = b"", Failure.RESET
        received += chunk
        if not chunk and not received:
            return Answer(failure=silence)
        if not chunk or _is_hopeless(received):
            return Answer(failure=Failure.BROKEN, detail=_shown(received))
    return read_status_line(bytes(received.partition(b"\n")[0]))


def _request(address: Address) -> bytes:
    headers = [
        ("Host", address.host_header),
        ("User-Agent", "devkit-gate"),
        ("Accept", "*/*"),
        ("Connection", "close"),
    ]
    request = h11.Request(method="GET", target="/", headers=headers)
    return h11.Connection(our_role=h11.CLIENT).send(request) or b""


def _send(connection: socket.socket, request: bytes) -> Failure:
    """Hand the request to the kernel, and return what an empty answer will mean.

    It fits into a new connection's send buffer, so this waits for nobody, not even for a peer
    that does not read. A peer that is gone may have answered before: that is still to be read.
    """
    try:
        connection.send(request)
    except ConnectionResetError:
        # The kernel says it once: the next read would see a mere end.
        return Failure.RESET
    except OSError:
        return Failure.CLOSED
    return Failure.CLOSED


def _is_hopeless(received: bytearray) -> bool:
    """Whether this cannot become a status line any more: TLS, HTTP/0.9, an endless line."""
    if not received.startswith(b"HTTP/"[: len(received)]):
        return True
    return b"\n" not in received and len(received) > LONGEST_STATUS_LINE


def read_status_line(line: bytes) -> Answer:
    """Read a status line strictly, as h11 does.

    h11 reports a response only when its headers are complete, but the gate's time ends with
    the status line; so it is shown the line alone, as though no header followed.
    """
    reader = h11.Connection(our_role=h11.CLIENT)
    # h11 takes a 101 only from a server that was offered another protocol; the gate takes any.
    offer = [("Host", ""), ("Upgrade", "any")]
    reader.send(h11.Request(method="GET", target="/", headers=offer))
    with contextlib.suppress(h11.RemoteProtocolError):
        reader.receive_data(line.removesuffix(b"\r") + b"\r\n\r\n")
        event = reader.next_event()
        if isinstance(event, h11.InformationalResponse | h11.Response):
            return Answer(status=event.status_code, detail=_shown(line))
    return Answer(failure=Failure.BROKEN, detail=_shown(line))


def _shown(received: bytes | bytearray) -> str:
    """The start of an answer, without control characters that a terminal would obey."""
    return repr(bytes(received[:SHOWN]).rstrip(b"\r\n"))[2:-1]
