"""What a rehearsal tells while it runs; reporters turn it into text or JSON lines."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from devkit.project import Commit


class Step(Enum):
    """The deployment's steps, in the cloud's order; the value is the title that people read."""

    OLD_VERSION = "old version"
    SERVICES = "services check"
    DATA = "data copy"
    CHECKOUT = "check-out"
    BUILD = "build"
    RELEASE = "release commands"
    COMPATIBILITY = "old on new data"
    GATE = "scaling and gate"
    SWITCH = "switch"

    @property
    def number(self) -> int:
        """1 to 5 as the cloud counts them; 0 where it counts none."""
        return _NUMBERS.get(self, 0)


_NUMBERS = {
    Step.SERVICES: 1,
    Step.CHECKOUT: 2,
    Step.BUILD: 3,
    Step.RELEASE: 4,
    Step.GATE: 5,
}


class RunKind(Enum):
    """What a run is for; the value is how a sentence about it begins."""

    REHEARSAL = "Rehearsing"
    DEPLOYMENT = "Deploying"


@dataclass(frozen=True, kw_only=True)
class RunStarted:
    """A rehearsal or a deployment begins.

    Attributes:
        run: The run's name, which is also its Compose project's.
        environment: ``test`` or ``live``.
        containers: How many web containers are to pass the gate.
        cached: Whether the build may use the layer cache, which makes the verdict weaker.
        old: The commit that is deployed now, from which it is switched; None for none.
        kind: Which of the two.
    """

    run: str
    commit: Commit
    environment: str
    containers: int
    cached: bool
    old: Commit | None = None
    kind: RunKind = RunKind.REHEARSAL


@dataclass(frozen=True, kw_only=True)
class StepStarted:
    """A step begins; the services check runs beside the check-out and the build."""

    step: Step


@dataclass(frozen=True, kw_only=True)
class StepOutput:
    """A line that the step's command wrote."""

    step: Step
    line: str


@dataclass(frozen=True, kw_only=True)
class StepPassed:
    """A step is done.

    Attributes:
        seconds: How long it took by itself.
        summary: What it did, in a few words.
    """

    step: Step
    seconds: float
    summary: str


@dataclass(frozen=True, kw_only=True)
class StepFailed:
    """A step failed; the ``RunFinished`` that follows says why."""

    step: Step
    seconds: float


@dataclass(frozen=True, kw_only=True)
class ContainerProbed:
    """The gate is done with one container.

    Attributes:
        outcome: ``healthy``, ``not_yet`` (never answered, or the gate closed before) or
            ``failed``.
        status: Of the first answer; None where there was none.
        seconds: From the gate's start to the answer.
        detail: Why there was none.
    """

    container: str
    outcome: str
    attempts: int
    seconds: float
    status: int | None = None
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class TrafficSent:
    """How the requests of one phase of the load went; there is none for a phase without any.

    Attributes:
        phase: ``before`` (the old version alone), ``during`` (from the new one's release
            commands until the old containers have ended) or ``after``.
        sent: How many were answered or failed.
        failed: How many got no whole answer, or one that is worse than before.
        slowest: Seconds of the slowest.
        median: Seconds of the one in the middle.
    """

    phase: str
    sent: int
    failed: int
    slowest: float
    median: float


@dataclass(frozen=True, kw_only=True)
class ServesOn:
    """How the old version went on after a failure of the new one.

    Attributes:
        sent: Requests since the failure.
        failed: How many of them failed.
    """

    sent: int
    failed: int


@dataclass(frozen=True, kw_only=True)
class Warned:
    """Something that passes here and there and is still worth a look."""

    message: str


@dataclass(frozen=True, kw_only=True)
class Assumed:
    """What is taken for granted of a project with a compose file of its own.

    Attributes:
        sentences: One for each thing.
        is_news: Whether the last run said something else.
    """

    sentences: tuple[str, ...]
    is_news: bool = True


@dataclass(frozen=True, kw_only=True)
class RunFinished:
    """The verdict, always the last event.

    Attributes:
        verdict: ``passed``, ``failed``, ``unknown`` (could not find out) or ``interrupted``.
        code: The process's exit code.
        seconds: Of the whole run.
        step: Where it failed; None where it did not, or where no step is to blame.
        message: What failed, in one sentence; of a pass, why it leaves no receipt.
        hint: The likely cause and the one next thing to do.
        cause: The cause's name, one of docs/diagnosis.md; empty where none is known.
        only_local: Names of variables that the person's files for local work set, and the
            environment does not.
        only_compose: The same of those that a person's own compose file sets by itself.
        details: The last lines of the log.
        receipt: Whether a receipt lets a push of this commit through from now on.
        reused: Whether an earlier receipt answered and nothing was run.
        address: Where what was deployed is served; empty for a rehearsal.
        record: Where the run's record is, from the project's folder; empty where there is none.
        kept: The run that was left standing, for ``devkit clean`` to remove; empty for none.
        look: Commands that look into it.
    """

    verdict: str
    code: int
    seconds: float
    commit: str = ""
    step: Step | None = None
    message: str = ""
    hint: str = ""
    details: tuple[str, ...] = ()
    cause: str = ""
    only_local: tuple[str, ...] = ()
    only_compose: tuple[str, ...] = ()
    receipt: bool = False
    reused: bool = False
    address: str = ""
    record: str = ""
    kept: str = ""
    look: tuple[str, ...] = ()


Event = (
    RunStarted
    | StepStarted
    | StepOutput
    | StepPassed
    | StepFailed
    | ContainerProbed
    | TrafficSent
    | ServesOn
    | Warned
    | Assumed
    | RunFinished
)


class Reporter(Protocol):
    """Shows events to a person or a program."""

    def __call__(self, event: Event) -> None:
        """Show one event."""
        ...
