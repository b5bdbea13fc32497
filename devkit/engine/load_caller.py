"""One client of the load: a GET after another over plain sockets, told apart as they end.

Not asyncio's streams: closing a socket takes effect at once, and how a connection ended decides
what is reported.
"""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import h11

from devkit.ports import Client, Loss

if TYPE_CHECKING:
    from devkit.engine.load import LoadPolicy
    from devkit.ports import Address

CHUNK = 64 * 1024
LONGEST_HEAD = 256 * 1024
PIECES = 15
"""In how many pieces a slow client sends its request, or the start of the answer is read."""

SIP = 64
"""Bytes that a slow reader takes at a time."""

SMALL_BUFFER = 8 * 1024
"""Bytes that the kernel takes in for a slow reader; the rest has to wait on the other side."""


class Stage(Enum):
    """How far an exchange has come."""

    CONNECTING = "connecting"
    WAITING = "waiting for the first byte"
    READING = "reading"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one request brought: a status or a loss, and the seconds that were the client's own."""

    paused: float
    status: int | None = None
    loss: Loss | None = None
    detail: str = ""


class Caller:
    """Asks as one client does; close it when done.

    Args:
        address: Whom to ask.
        host: The Host header.
        client: How to ask.
        policy: The numbers.
    """

    def __init__(self, address: Address, *, host: str, client: Client, policy: LoadPolicy) -> None:
        self._address = address
        self._headers = [("Host", host), ("User-Agent", "devkit-load"), ("Accept", "*/*")]
        if client is not Client.KEEP_ALIVE:
            self._headers.append(("Connection", "close"))
        self._client = client
        self._policy = policy
        self._connection: _Connection | None = None

    async def get(self, path: str) -> Outcome:
        """Ask for a path and read the whole answer.

        A connection that the other side ended while nothing was asked on it is replaced: no
        request was lost with it. One that ends later takes a request with it.
        """
        connection = self._connection
        if connection is None or not connection.is_idle():
            self.close()
            connection = self._connection = _Connection(self._address, client=self._client)
        outcome = await self._exchange(connection, path)
        if outcome.loss or not connection.again():
            self.close()
        return outcome

    def close(self) -> None:
        """Close the connection, at once."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _exchange(self, connection: _Connection, path: str) -> Outcome:
        slowness = {
            Client.SLOW_SENDER: self._policy.sending,
            Client.SLOW_READER: self._policy.reading,
        }.get(self._client, 0.0)
        connection.pause = slowness / PIECES
        connection.paused = 0.0
        try:
            async with asyncio.timeout(self._policy.timeout + slowness):
                await connection.connect(self._address)
                request = h11.Request(method="GET", target=path, headers=self._headers)
                await connection.send(request)
                status = await connection.answer()
        except (OSError, EOFError, h11.RemoteProtocolError) as error:
            loss = loss_of(error, stage=connection.stage)
            return Outcome(loss=loss, detail=connection.told(error), paused=connection.paused)
        return Outcome(status=status, paused=connection.paused)


class _Connection:
    """A socket and what h11 makes of it.

    Attributes:
        stage: How far the current exchange has come.
        requests: How many were asked on it.
        pause: Seconds between two pieces, for a slow client.
        paused: Seconds for which the current exchange paused.
    """

    def __init__(self, address: Address, *, client: Client) -> None:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setblocking(False)  # noqa: FBT003 - the standard library's signature
        if client is Client.SLOW_READER:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
        self._client = client
        self._sips = PIECES if client is Client.SLOW_READER else 0
        self.stage = Stage.CONNECTING
        self.requests = 0
        self.pause = self.paused = 0.0

    async def connect(self, address: Address) -> None:
        if self.stage is Stage.CONNECTING:
            await _loop().sock_connect(self._socket, (address.host, address.port))
        self.stage = Stage.WAITING

    async def send(self, request: h11.Request) -> None:
        """Send a request; where the other side takes no more, its answer may still be there."""
        self.requests += 1
        head = (self._http.send(request) or b"") + (self._http.send(h11.EndOfMessage()) or b"")
        pieces = _pieces(head) if self._client is Client.SLOW_SENDER else [head]
        for number, piece in enumerate(pieces):
            if number:
                await self._pause()
            try:
                await _loop().sock_sendall(self._socket, piece)
            except ConnectionError as error:
                # The kernel says it once: the next read would see a mere end.
                if isinstance(error, ConnectionResetError) and not self._peek():
                    raise
                return

    async def answer(self) -> int:
        """Read to the end of the final answer, and return its status."""
        status, ended = 0, False
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                if ended:
                    raise EOFError from error
                raise
            match event:
                case h11.NEED_DATA:
                    ended = not await self._receive()
                case h11.Response():
                    status = event.status_code
                case h11.EndOfMessage():
                    return status

    async def _receive(self) -> bytes:
        size = CHUNK
        if self._sips and self.stage is Stage.READING:
            await self._pause()
        if self._sips:
            self._sips -= 1
            size = SIP
        chunk = await _loop().sock_recv(self._socket, size)
        if chunk:
            self.stage = Stage.READING
        self._http.receive_data(chunk)
        return chunk

    async def _pause(self) -> None:
        began = time.monotonic()
        try:
            await asyncio.sleep(self.pause)
        finally:
            self.paused += time.monotonic() - began

    def is_idle(self) -> bool:
        """Whether it is open and brings nothing: no end, no reset, no bytes."""
        return self._peek() is None

    def _peek(self) -> bytes | None:
        """What could be read at once: None where that is nothing, empty at the end."""
        try:
            return self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def again(self) -> bool:
        """Make ready for another request, where both sides keep the connection alive."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        self.stage = Stage.WAITING
        return True

    def told(self, error: Exception) -> str:
        """A few words on how an exchange failed."""
        words = str(error) if isinstance(error, h11.RemoteProtocolError) else ""
        if isinstance(error, OSError) and error.strerror:
            words = error.strerror
        if self.requests > 1:
            words += f"{', ' if words else ''}request {self.requests} of its connection"
        return words

    def close(self) -> None:
        self._socket.close()


def loss_of(error: Exception, *, stage: Stage) -> Loss:
    """Say what an exchange's error means at this stage."""
    match error, stage:
        case TimeoutError(), _:
            return _LATE[stage]
        case ConnectionRefusedError(), Stage.CONNECTING:
            return Loss.REFUSED
        case ConnectionError(), Stage.CONNECTING | Stage.WAITING:
            return Loss.RESET
        case h11.RemoteProtocolError(), _:
            return Loss.BROKEN
    return _ENDED[stage]


_LATE = {
    Stage.CONNECTING: Loss.CONNECT_TIMEOUT,
    Stage.WAITING: Loss.NO_ANSWER,
    Stage.READING: Loss.UNFINISHED,
}
_ENDED = {
    Stage.CONNECTING: Loss.UNREACHABLE,
    Stage.WAITING: Loss.CLOSED,
    Stage.READING: Loss.CUT_OFF,
}


def _pieces(head: bytes) -> list[bytes]:
    size = -(-len(head) // PIECES)
    return [head[start : start + size] for start in range(0, len(head), size)]


def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()
