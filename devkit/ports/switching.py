"""What the switch needs from outside: a load, and a proxy before the containers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from devkit.ports.gate import Address


class Phase(Enum):
    """Where a switch from the old containers to the new ones stands."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class Client(Enum):
    """How a client of the load asks."""

    PLAIN = "plain"
    KEEP_ALIVE = "keep-alive"
    SLOW_SENDER = "slow-sending"
    SLOW_READER = "slow-reading"


class Loss(Enum):
    """Why a request of the load has no complete answer."""

    REFUSED = "connection refused"
    CONNECT_TIMEOUT = "connection timed out"
    UNREACHABLE = "address not reachable"
    CLOSED = "connection closed before any answer"
    RESET = "connection reset before any answer"
    CUT_OFF = "connection ended in the midst of the answer"
    BROKEN = "answer is not HTTP"
    NO_ANSWER = "no answer in time"
    UNFINISHED = "answer not complete in time"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A request of the load that has come to its end: a status, or a loss, never both.

    Attributes:
        phase: The phase in which it was in flight; DURING where that was more than one.
        started: Seconds from the load's start to the request's.
        seconds: From its start to its end, connecting included.
        paused: How many of these the client itself let pass, being a slow one.
        status: Of the final answer, which arrived whole.
        loss: Why there is none.
        detail: A few words to show a person on a loss.
    """

    client: Client
    path: str
    phase: Phase
    started: float
    seconds: float
    paused: float = 0.0
    status: int | None = None
    loss: Loss | None = None
    detail: str = ""

    @property
    def waited(self) -> float:
        """Seconds that the client waited for the other side."""
        return max(0.0, self.seconds - self.paused)


class Load(Protocol):
    """Many clients that send requests through the proxy while the containers are switched."""

    def sending(self, record: Callable[[Sent], None]) -> AbstractAsyncContextManager[None]:
        """Send for as long as the block runs, beginning in the phase BEFORE.

        At the block's end no new request is begun, and those in flight are waited for; an
        exception or a cancellation out of the block ends them at once, unrecorded.

        Args:
            record: Told of every request as it comes to its end.
        """
        ...

    def enter(self, phase: Phase) -> None:
        """Count from now on in this phase, and ask for each path anew."""
        ...

    def ask_anew(self) -> None:
        """Ask for each path from now on once more."""
        ...

    async def unanswered(self, *, within: float) -> tuple[str, ...]:
        """Wait until each path's request has come to an end that was begun since it was due anew.

        Args:
            within: Seconds to wait at most.

        Returns:
            The paths of which none has; none of them where all is well.
        """
        ...


class Proxy(Protocol):
    """Stands before the web containers and hands every request to one of those it is told."""

    async def start(self) -> Address:
        """Start it, and return where clients ask; it is told of no container yet.

        Raises:
            CouldNotFindOutError: It does not start.
        """
        ...

    async def route(self, targets: Sequence[Address]) -> None:
        """Send all new requests to these containers, and to no others, from one moment to the next.

        Requests that others are answering go on to their end.

        Raises:
            CouldNotFindOutError: The proxy does not do as it is told.
        """
        ...

    async def busy(self, targets: Sequence[Address]) -> int:
        """How many requests these containers are still answering."""
        ...
