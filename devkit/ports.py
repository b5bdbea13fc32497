"""What the deployment steps need from outside, as Protocols.

devkit.engine keeps these promises for real; tests/fakes has one fake for each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


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
    """Where a container listens: the IP address on its network, and the port."""

    host: str
    port: int

    def __str__(self) -> str:
        """``host:port``, with brackets round an IPv6 address, as a Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class Prober(Protocol):
    """Makes one attempt at an address."""

    async def attempt(
        self, address: Address, *, connect_timeout: float, answer_timeout: float
    ) -> Answer:
        """Connect and read the first status line.

        Args:
            address: The container's own address.
            connect_timeout: Seconds for the TCP connection.
            answer_timeout: Seconds from the established connection to the first status line.
        """
        ...


class Trouble(Enum):
    """What a failed docker command says is wrong beside the application itself."""

    NONE = "none"
    ENGINE_DOWN = "engine down"
    NO_PERMISSION = "no permission"
    TOOL_MISSING = "tool missing"
    REGISTRY_UNREACHABLE = "registry unreachable"
    IMAGE_NOT_FOUND = "image not found"
    DISK_FULL = "disk full"
    PORT_TAKEN = "port taken"


@dataclass(frozen=True, kw_only=True)
class Completed:
    """A command that ended.

    Attributes:
        returncode: Its exit code; negative for the signal that killed it.
        output: stdout and stderr, merged in the order in which they came.
        timed_out: Whether it was ended because its time was up.
        trouble: What a failed docker command's output says of the engine or the registry.
    """

    returncode: int
    output: str
    timed_out: bool = False
    trouble: Trouble = Trouble.NONE

    @property
    def ok(self) -> bool:
        """Whether the command exited zero in its time."""
        return self.returncode == 0 and not self.timed_out

    def tail(self, lines: int = 20) -> tuple[str, ...]:
        """The last lines of the output."""
        return tuple(self.output.splitlines()[-lines:])


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image in the engine's store.

    Attributes:
        tag: The name that it was asked for by.
        id: ``sha256:...``.
        ports: The TCP ports of its EXPOSE, ascending.
    """

    tag: str
    id: str
    ports: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Container:
    """A container as the engine sees it now.

    Attributes:
        id: Its full object name.
        name: Its name without the leading slash.
        host: Its address on the project's network; empty once it has exited.
        running: Whether it runs (a restarting one does not).
        exit_code: Of its last exit; meaningless while it runs.
        oom_killed: Whether the kernel killed it for memory.
        published: The port of 127.0.0.1 by each port of the container that is published.
    """

    id: str
    name: str
    host: str = ""
    running: bool = True
    exit_code: int = 0
    oom_killed: bool = False
    published: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Background:
    """What is known of an environment before anything runs in it; names, never values.

    Attributes:
        environment: Its name.
        memory: The limit of a web container in Docker's notation; None for none.
        only_local: The names that the person's own files for local work set, and it does not.
        seconds_to_ready: How long the last runs that passed took to answer, the latest last.
    """

    environment: str = "live"
    memory: str | None = None
    only_local: tuple[str, ...] = ()
    seconds_to_ready: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Changes:
    """How a container's files differ from its image's.

    Attributes:
        written: Paths that were added or changed, the folders round them included.
        removed: Paths that are gone.
        mounts: Where something is mounted, whose files are none of the image's.
    """

    written: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    mounts: tuple[str, ...] = ()


class Stage(Protocol):
    """A Compose project of its own, in which one rehearsal runs."""

    @property
    def background(self) -> Background:
        """What is known of its environment."""
        ...

    async def start_services(self) -> Completed:
        """Start the services and wait until each is healthy."""
        ...

    async def build(
        self, context: Path, *, on_line: Callable[[str], None], timeout: float
    ) -> Completed:
        """Build the image from the root Dockerfile of ``context``, within ``timeout`` seconds."""
        ...

    async def image(self) -> Image:
        """The image that ``build`` made."""
        ...

    async def run_command(
        self, words: Sequence[str], *, on_line: Callable[[str], None], timeout: float
    ) -> Completed:
        """Run words in a one-off container of the image, with the services and variables."""
        ...

    async def command_listeners(self) -> str:
        """As ``listeners``, of the container that ``run_command`` runs in at this moment."""
        ...

    async def start_containers(self, count: int, *, publish: int | None = None) -> Completed:
        """Start the web containers, all at once, each with ``publish`` on a port of 127.0.0.1."""
        ...

    async def containers(self) -> tuple[Container, ...]:
        """The web containers, in the order of their numbers."""
        ...

    async def service_containers(self) -> tuple[Container, ...]:
        """The containers of the services."""
        ...

    async def logs(self, container: str, *, lines: int) -> tuple[str, ...]:
        """The last lines that a container wrote."""
        ...

    async def listeners(self, container: str) -> str:
        """The text of the container's /proc/net/tcp and tcp6; empty where it cannot be read."""
        ...

    async def changes(self, container: str) -> Changes:
        """How the container's files differ from its image's."""
        ...


class Checkout(Protocol):
    """Makes the clean working directory of a commit."""

    async def check_out(self, destination: Path) -> None:
        """Clone and check out the commit, and make sure that nothing else is there.

        Raises:
            CheckoutError: git refuses.
            CouldNotFindOutError: The disk is full.
        """
        ...

    async def problems(self, clone: Path) -> tuple[str, ...]:
        """What in the commit's tree the cloud's check-out refuses; a sentence each."""
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


class Proxy(Protocol):
    """Stands before the web containers and hands every request to one of those it is told."""

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
