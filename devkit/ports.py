"""What the deployment steps need from outside, as Protocols.

devkit.engine keeps these promises for real; tests/fakes has one fake for each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
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
class Stopped:
    """A container that was told to end.

    Attributes:
        name: Its name.
        seconds: From SIGTERM to its end.
        killed: Whether it had to be killed when its time was up.
    """

    name: str
    seconds: float
    killed: bool = False


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
    """One version of the application on a Compose project, beside its services.

    A rehearsal has a project of its own; the old and the new version are two stages of it.
    """

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

    async def reuse_image(self) -> bool:
        """Take the image that was kept of this commit; whether there was one."""
        ...

    async def image(self) -> Image:
        """The image that ``build`` made, or ``reuse_image`` took."""
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

    async def stop_containers(self) -> tuple[Stopped, ...]:
        """Tell the web containers to end, all at once, and wait until they have."""

    async def stopped(self) -> tuple[str, ...]:
        """The names of the web containers that have exited; cheap enough for every second."""
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


class Data(Protocol):
    """Earlier data, such as the development project's, that a rehearsal begins with."""

    async def copy(self, *, on_line: Callable[[str], None], warn: Callable[[str], None]) -> str:
        """Copy it into the services, which are healthy; the source is only read.

        Args:
            on_line: Told how far it has come.
            warn: Told of what was left out.

        Returns:
            A few words on what was copied.

        Raises:
            CouldNotFindOutError: It cannot be copied, which says nothing of the commit.
        """
        ...


class Severity(Enum):
    """What the cloud makes of a finding."""

    REFUSED = "refused"
    WARNED = "warned about"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something in a commit that the cloud does not check out as the developer has it.

    Attributes:
        severity: Whether it ends the deployment.
        sentence: What it is and where; names are shown so that they cannot act on a terminal.
        way_out: What to do about it.
        details: More of its places, one a line, where the sentence does not name all.
    """

    severity: Severity
    sentence: str
    way_out: str
    details: tuple[str, ...] = ()


class Checkout(Protocol):
    """Makes the clean working directory of a commit."""

    async def check_out(self, destination: Path) -> None:
        """Clone and check out the commit, and make sure that nothing else is there.

        Raises:
            CheckoutError: git refuses.
            CouldNotFindOutError: The disk is full.
        """
        ...

    async def findings(self, clone: Path) -> tuple[Finding, ...]:
        """What in the commit the cloud's check-out refuses, or checks out in another way."""
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
        """Count from now on in this phase."""
        ...


class Witness(Protocol):
    """Sees from inside a container what a published port hides."""

    async def listens(self, container: str) -> bool:
        """Whether somebody listens on the port that the gate asks, and not for itself alone.

        False where it cannot be told. The gate asks at most once a second, for one container.
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
