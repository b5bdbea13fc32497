"""What the gate needs from outside: time, attempts, and who has ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Clock(Protocol):
    """Time as the gate sees it."""

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait, letting other containers' probes go on."""
        ...


class Failure(Enum):
    """Why there is no status; ``EXITED`` comes from Liveness, the others from an attempt."""

    REFUSED = "connection refused"
    CONNECT_TIMEOUT = "connection timed out"
    UNREACHABLE = "address not reachable"
    CLOSED = "connection closed before any answer"
    RESET = "connection reset before any answer"
    BROKEN = "answer is not HTTP"
    NO_ANSWER = "no status line in time"
    EXITED = "container exited"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one attempt brought: a status, or a failure, never both.

    Attributes:
        status: The status code of the first status line, interim ones included.
        failure: Why there is none.
        detail: A few words to show a person, such as the start of a broken answer.
    """

    status: int | None = None
    failure: Failure | None = None
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a container is asked: the IP address on its network, and the port.

    Attributes:
        host: The IP address to connect to.
        port: The port to connect to.
        asked_for: Whom the Host header names, where that is another than is connected to.
    """

    host: str
    port: int
    asked_for: str = ""

    def __str__(self) -> str:
        """``host:port``, with brackets round an IPv6 address, as a Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def host_header(self) -> str:
        """What a request to it has for a Host header."""
        return self.asked_for or str(self)


class Prober(Protocol):
    """Makes one attempt at an address."""

    async def attempt(
        self, address: Address, *, connect_timeout: float, answer_timeout: float
    ) -> Answer:
        """Connect and read the first status line.

        Args:
            address: The container's own address, or a published port before it.
            connect_timeout: Seconds for the TCP connection.
            answer_timeout: Seconds from the established connection to the first status line.
        """
        ...


class Liveness(Protocol):
    """Knows which containers have stopped for good."""

    async def gone(self, containers: Sequence[str]) -> Mapping[str, str]:
        """Look at all of them at once; the gate asks at most once a second.

        Args:
            containers: The names of those that the gate still waits for.

        Returns:
            Those that will not answer any more, each with a predicate such as "exited with
            code 3"; nothing for one that runs, or that the engine will restart.
        """
        ...


class Witness(Protocol):
    """Sees from inside a container what a published port hides."""

    async def listens(self, container: str) -> bool:
        """Whether somebody listens on the port that the gate asks, and not for itself alone.

        False where it cannot be told. The gate asks at most once a second, for one container.
        """
        ...
