"""What the deployment steps need of the engine: a stage, and what is on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


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
        started: Whether it was ever started, rather than made alone.
        running: Whether it runs (a restarting one does not).
        exit_code: Of its last exit; meaningless while it runs.
        oom_killed: Whether the kernel killed it for memory.
        published: The port of 127.0.0.1 by each port of the container that is published.
    """

    id: str
    name: str
    host: str = ""
    started: bool = True
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
        only_compose: The same of those that a person's own compose file sets by itself.
        seconds_to_ready: How long the last runs that passed took to answer, the latest last.
    """

    environment: str = "live"
    memory: str | None = None
    only_local: tuple[str, ...] = ()
    only_compose: tuple[str, ...] = ()
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

    async def prepare_containers(self, count: int) -> None:
        """Make what ``start_containers`` will start without publishing a port, and start nothing.

        It saves time and decides nothing: what goes wrong here is told by ``start_containers``.
        """
        ...

    async def start_containers(self, count: int, *, publish: int | None = None) -> Completed:
        """Start the web containers, all at once, each with ``publish`` on a port of 127.0.0.1.

        The version's workers start with them.
        """
        ...

    async def containers(self) -> tuple[Container, ...]:
        """The web containers, in the order of their numbers."""
        ...

    async def worker_containers(self) -> tuple[Container, ...]:
        """The containers of the version's workers."""
        ...

    async def stop_containers(self) -> tuple[Stopped, ...]:
        """Tell the web containers and the workers to end, all at once, and wait until they have."""

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
