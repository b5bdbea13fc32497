"""A steady load of GET requests, from clients of several kinds, on the event loop alone.

Only GET, no body, no cookies, no redirects followed: it is to change nothing in the application.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.deployment.traffic import phase_of
from devkit.engine.load_caller import Caller
from devkit.ports import Client, Phase, Sent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from devkit.ports import Address


@dataclass(frozen=True, kw_only=True)
class LoadPolicy:
    """The load's numbers; with these, some 20 requests a second at an application that is quick.

    A client thinks *after* each answer, so an application that is slow is asked less often.

    Attributes:
        plain: How many clients make a new connection for each request.
        keep_alive: How many send request after request over one connection.
        slow_senders: How many drip their request's head, on a new connection each.
        slow_readers: How many sip the start of the answer, on a new connection each.
        think: Seconds from an answer's end to the client's next request.
        sending: Seconds that a slow sender takes for its request.
        reading: Seconds that a slow reader takes at most on the answer's start.
        timeout: Seconds that a request may last, a slow client's own not counted.
    """

    plain: int = 4
    keep_alive: int = 4
    slow_senders: int = 2
    slow_readers: int = 2
    think: float = 0.4
    sending: float = 1.5
    reading: float = 2.0
    timeout: float = 30.0

    @property
    def clients(self) -> tuple[Client, ...]:
        """One entry a client, the kinds mixed, as they begin one after the other."""
        counts = {
            Client.PLAIN: self.plain,
            Client.KEEP_ALIVE: self.keep_alive,
            Client.SLOW_SENDER: self.slow_senders,
            Client.SLOW_READER: self.slow_readers,
        }
        rounds = itertools.zip_longest(*([kind] * count for kind, count in counts.items()))
        return tuple(kind for each in rounds for kind in each if kind)


STEADY = LoadPolicy()


class HttpLoad:
    """Keeps the promise of :class:`devkit.ports.Load`.

    Args:
        address: Where the proxy listens.
        host: The Host header; ``address`` where it is empty.
        paths: What to ask for, in turn.
        policy: The numbers.
    """

    def __init__(
        self,
        address: Address,
        *,
        host: str = "",
        paths: Sequence[str] = ("/",),
        policy: LoadPolicy = STEADY,
    ) -> None:
        self._address = address
        self._host = host or str(address)
        self._paths = tuple(paths)
        self._policy = policy
        self._phase = Phase.BEFORE
        self._started = 0.0

    def enter(self, phase: Phase) -> None:
        """Count from now on in this phase."""
        self._phase = phase

    @contextlib.asynccontextmanager
    async def sending(self, record: Callable[[Sent], None]) -> AsyncIterator[None]:
        """Send while the block runs; see :class:`devkit.ports.Load`."""
        self._phase = Phase.BEFORE
        self._started = time.monotonic()
        ending = asyncio.Event()
        tasks = [
            asyncio.create_task(self._ask_on(kind, number, ending, record))
            for number, kind in enumerate(self._policy.clients)
        ]
        try:
            yield
            ending.set()
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask_on(
        self, kind: Client, number: int, ending: asyncio.Event, record: Callable[[Sent], None]
    ) -> None:
        """Be one client until the end, beginning in one's turn and with one's own path."""
        think = self._policy.think
        caller = Caller(self._address, host=self._host, client=kind, policy=self._policy)
        with contextlib.closing(caller):
            await _rest(ending, think * number / len(self._policy.clients))
            for path in self._paths_from(number):
                if ending.is_set():
                    return
                record(await self._ask(caller, kind, path))
                await _rest(ending, think)

    def _paths_from(self, number: int) -> Iterator[str]:
        first = number % len(self._paths)
        return itertools.cycle(self._paths[first:] + self._paths[:first])

    async def _ask(self, caller: Caller, kind: Client, path: str) -> Sent:
        began, phase = time.monotonic(), self._phase
        outcome = await caller.get(path)
        return Sent(
            client=kind,
            path=path,
            phase=phase_of(phase, self._phase),
            started=began - self._started,
            seconds=time.monotonic() - began,
            paused=outcome.paused,
            status=outcome.status,
            loss=outcome.loss,
            detail=outcome.detail,
        )


async def _rest(ending: asyncio.Event, seconds: float) -> None:
    """Wait for so long, or until the end."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await ending.wait()
