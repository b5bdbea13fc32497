"""A steady load of GET requests, from clients of several kinds, on the event loop alone.

Only GET, no body, no cookies, no redirects followed: it is to change nothing in the application.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections import deque
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
SLOW = frozenset({Client.SLOW_SENDER, Client.SLOW_READER})


class _Round:
    """Each path once: those that nobody has begun to ask for, and those not answered yet."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.due = deque(paths)
        self.left = set(paths)
        self.done = asyncio.Event()

    def ended(self, path: str) -> None:
        self.left.discard(path)
        if not self.left:
            self.done.set()


class HttpLoad:
    """Keeps the promise of :class:`devkit.ports.Load`.

    Args:
        address: Where the proxy listens.
        host: The Host header; ``address`` where it is empty.
        paths: What to ask for, in turn; each client begins with another of them.
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
        self._paths = tuple(dict.fromkeys(paths))
        self._policy = policy
        self._phase = Phase.BEFORE
        self._started = 0.0
        self._round = _Round(self._paths)

    def enter(self, phase: Phase) -> None:
        """Count from now on in this phase, and ask for each path anew."""
        self._phase = phase
        self.ask_anew()

    def ask_anew(self) -> None:
        """Ask for each path once more, before any of them is asked for twice."""
        self._round = _Round(self._paths)

    async def unanswered(self, *, within: float) -> tuple[str, ...]:
        """Wait until each path is answered; see :class:`devkit.ports.Load`."""
        asked, left = self._round, -1
        while not asked.done.is_set() and len(asked.left) != left:
            left = len(asked.left)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await asked.done.wait()
        return tuple(path for path in self._paths if path in asked.left)

    @contextlib.asynccontextmanager
    async def sending(self, record: Callable[[Sent], None]) -> AsyncIterator[None]:
        """Send while the block runs; see :class:`devkit.ports.Load`."""
        self._started = time.monotonic()
        self.enter(Phase.BEFORE)
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
            walk = self._walk(number)
            while not ending.is_set():
                record(await self._ask(caller, kind, self._next(kind, walk)))
                await _rest(ending, think)

    def _walk(self, number: int) -> Iterator[str]:
        """All paths for ever, each client from another place on."""
        first = number * len(self._paths) // len(self._policy.clients)
        return itertools.cycle(self._paths[first:] + self._paths[:first])

    def _next(self, kind: Client, walk: Iterator[str]) -> str:
        """A path that is due, unless the client is slow and would keep it waiting."""
        due = self._round.due
        return due.popleft() if due and kind not in SLOW else next(walk)

    async def _ask(self, caller: Caller, kind: Client, path: str) -> Sent:
        began, phase, asked = time.monotonic(), self._phase, self._round
        outcome = await caller.get(path)
        asked.ended(path)
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
