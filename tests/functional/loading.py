"""A load against a server of its own, until it has sent enough."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from devkit.deployment.traffic import Tally
from devkit.engine.load import HttpLoad, LoadPolicy
from devkit.ports import Client
from tests.functional.servers import serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.ports import Sent
    from tests.functional.servers import Behaviour, Connection, Server

QUICK = LoadPolicy(think=0.02, sending=0.3, reading=0.3, timeout=5.0)
NOBODY = replace(QUICK, plain=0, keep_alive=0, slow_senders=0, slow_readers=0)
ONE_EACH = replace(
    QUICK, plain=1, keep_alive=1, slow_senders=1, slow_readers=1, think=0.4, timeout=5.0
)
"""One client of each kind; the first thinks long enough for the others to begin."""
KEPT = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def only(client: Client, *, think: float = 0.02, timeout: float = 5.0) -> LoadPolicy:
    """One client, of this kind."""
    nobody = replace(NOBODY, think=think, timeout=timeout)
    match client:
        case Client.PLAIN:
            return replace(nobody, plain=1)
        case Client.KEEP_ALIVE:
            return replace(nobody, keep_alive=1)
        case Client.SLOW_SENDER:
            return replace(nobody, slow_senders=1)
        case Client.SLOW_READER:
            return replace(nobody, slow_readers=1)


@dataclass
class Seen:
    """Every request, as it came to its end."""

    sent: list[Sent] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def record(self, sent: Sent) -> None:
        self.sent.append(sent)
        self.tally.record(sent)
        self._news.set()

    async def at_least(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.sent) < count:
                self._news.clear()
                await self._news.wait()


def load(
    behaviour: Behaviour,
    *,
    count: int = 1,
    policy: LoadPolicy = QUICK,
    paths: tuple[str, ...] = ("/",),
) -> tuple[Seen, Server]:
    async def against_a_server() -> tuple[Seen, Server]:
        seen = Seen()
        async with serving(behaviour) as server:
            async with HttpLoad(server.address, paths=paths, policy=policy).sending(seen.record):
                await seen.at_least(count)
            return seen, server

    return asyncio.run(against_a_server())


def keeping(answer: Callable[[Connection, int], Behaviour | None]) -> Behaviour:
    """Answer request after request on a connection, the n-th of the server's as ``answer`` says.

    None answers it well and keeps the connection; a behaviour is the last on its connection.
    """
    numbers = iter(range(1, 1_000_000))

    async def behave(connection: Connection) -> None:
        while head := await connection.request():
            if (last := answer(connection, next(numbers))) is not None:
                with contextlib.suppress(OSError):
                    await last(connection)
                return
            await connection.send(KEPT)
            if b"Connection: close" in head:
                return

    return behave


def always_well(_connection: Connection, _number: int) -> None:
    """Answer every request, and keep its connection."""
