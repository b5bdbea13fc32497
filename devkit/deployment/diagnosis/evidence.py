"""What is known of a step that failed; it is gathered elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from devkit.deployment.diagnosis.listeners import DOCKER_DNS
from devkit.deployment.events import Step
from devkit.ports import Background

if TYPE_CHECKING:
    from devkit.deployment.diagnosis.listeners import Listener
    from devkit.ports import Container, Failure


class State(Enum):
    """How the command or the container stands."""

    RUNS = "runs"
    EXITED = "exited"
    OUT_OF_MEMORY = "killed by the kernel for memory"
    TIME_IS_UP = "ended by us, as its time was up"
    SERVES = "ended by us, as it is a server where a command was asked for"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of a step that failed.

    Attributes:
        step: Where it failed.
        state: How the container, or the step's command, stands.
        exit_code: Of one that exited.
        port: Where the gate asks; None where that is not known yet.
        log: The last lines of the container's log, or of the command's output.
        listeners: The listening sockets; empty where they could not be read.
        status: Of the answer to the gate; None where there was none.
        failure: Why there was none; None where there was one, or it was not asked.
        background: What is known of the environment.
    """

    step: Step = Step.GATE
    state: State = State.RUNS
    exit_code: int | None = None
    port: int | None = None
    log: tuple[str, ...] = ()
    listeners: tuple[Listener, ...] = ()
    status: int | None = None
    failure: Failure | None = None
    background: Background = field(default_factory=Background)

    @classmethod
    def of(
        cls,
        container: Container,
        *,
        port: int,
        log: tuple[str, ...] = (),
        listeners: tuple[Listener, ...] = (),
        status: int | None = None,
        failure: Failure | None = None,
        background: Background | None = None,
    ) -> Evidence:
        """What is known of a container that did not pass the gate."""
        return cls(
            state=state_of(container),
            exit_code=None if container.running else container.exit_code,
            port=port,
            log=log,
            listeners=listeners,
            status=status,
            failure=failure,
            background=background or Background(),
        )

    @property
    def heard(self) -> tuple[Listener, ...]:
        """The listening sockets of the application's own."""
        return tuple(each for each in self.listeners if each.host != DOCKER_DNS)

    @property
    def on_the_port(self) -> tuple[Listener, ...]:
        """Those of them where the gate asks."""
        return tuple(each for each in self.heard if each.port == self.port)


def state_of(container: Container) -> State:
    """How a container stands.

    The kernel may have killed one process of a container that runs on, such as a worker.
    """
    if container.oom_killed:
        return State.OUT_OF_MEMORY
    return State.RUNS if container.running else State.EXITED


def ending(container: Container) -> str:
    """How a container that does not run came to its end."""
    if container.oom_killed:
        return "was killed because it ran out of memory"
    return f"exited with code {container.exit_code}"
