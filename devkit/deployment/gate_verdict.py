"""What the gate found: of one attempt, of one container, of all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from devkit.deployment.gate_policy import GatePolicy, Outcome, Way, classify, pass_warnings
from devkit.ports import Failure

if TYPE_CHECKING:
    from devkit.ports import Address, Answer


@dataclass(frozen=True, kw_only=True)
class Target:
    """A container to be asked.

    Attributes:
        container: Its name; no two targets of a gate have the same.
        address: Where to ask it.
    """

    container: str
    address: Address


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt that has come back.

    Attributes:
        target: Whom it asked.
        number: Which one it was, from 1.
        begun: When it was begun, on the gate's clock.
        seconds: When it came back, from the gate's start.
        answer: What it brought.
        outcome: What that means.
    """

    target: Target
    number: int
    begun: float
    seconds: float
    answer: Answer
    outcome: Outcome

    @classmethod
    def of(
        cls,
        answer: Answer,
        *,
        target: Target,
        number: int,
        begun: float,
        seconds: float,
        policy: GatePolicy,
    ) -> Attempt:
        """Judge an answer; the last attempt's *not yet* is a failure."""
        outcome = classify(answer, way=policy.way)
        if outcome is Outcome.NOT_YET and number >= policy.attempts:
            outcome = Outcome.FAILED
        return cls(
            target=target,
            number=number,
            begun=begun,
            seconds=seconds,
            answer=answer,
            outcome=outcome,
        )


@dataclass(frozen=True, kw_only=True)
class ContainerVerdict:
    """How one container stands.

    Attributes:
        container: Its name.
        address: Where it was asked.
        outcome: ``NOT_YET`` where the gate stopped, for another's failure, before it was decided.
        attempts: How many attempts have come back.
        seconds: When the last of them did, or when the container was found to have exited,
            from the gate's start.
        status: The status code of the last attempt.
        failure: Why there is none; None before the first attempt has come back, too.
        detail: A few words to show a person, such as the status line.
        warnings: What is to be said although it passed, one sentence each.
    """

    container: str
    address: Address
    outcome: Outcome = Outcome.NOT_YET
    attempts: int = 0
    seconds: float = 0.0
    status: int | None = None
    failure: Failure | None = None
    detail: str = ""
    warnings: tuple[str, ...] = ()

    @classmethod
    def after(cls, attempt: Attempt, *, policy: GatePolicy) -> ContainerVerdict:
        """How a container stands after this attempt."""
        status, healthy = attempt.answer.status, attempt.outcome is Outcome.HEALTHY
        return cls(
            container=attempt.target.container,
            address=attempt.target.address,
            outcome=attempt.outcome,
            attempts=attempt.number,
            seconds=attempt.seconds,
            status=status,
            failure=attempt.answer.failure,
            detail=attempt.answer.detail,
            warnings=pass_warnings(status, seconds=attempt.seconds, policy=policy)
            if healthy and status is not None
            else (),
        )

    def exited(self, reason: str, *, seconds: float) -> ContainerVerdict:
        """How it stands once it was found to have exited for good."""
        return replace(
            self,
            outcome=Outcome.FAILED,
            seconds=seconds,
            status=None,
            failure=Failure.EXITED,
            detail=reason,
        )

    @property
    def sentence(self) -> str:
        """One sentence for a person, with the container's name."""
        return f"{self.container} {self._predicate}."

    @property
    def _predicate(self) -> str:
        when = f"after {self.seconds:.1f} s, at attempt {self.attempts}"
        if self.outcome is Outcome.NOT_YET:
            return f"was not decided yet when the gate stopped (attempts so far: {self.attempts})"
        if self.status is not None:
            verb = "answers" if self.outcome is Outcome.HEALTHY else "fails with"
            return f"{verb} {self.status} {when}"
        if self.failure is Failure.EXITED:
            return f"{self.detail} after {self.seconds:.1f} s, before it answered"
        words = self.failure.value if self.failure else "no answer"
        return f"fails {when}: {words}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True, kw_only=True)
class GateVerdict:
    """How all containers stand, in the order in which they were given.

    Attributes:
        containers: One verdict each.
        way: Where the attempts connected to; a report is to say it.
    """

    containers: tuple[ContainerVerdict, ...]
    way: Way = Way.DIRECT

    @property
    def passed(self) -> bool:
        """Whether every container passed, and there was one."""
        return bool(self.containers) and all(
            verdict.outcome is Outcome.HEALTHY for verdict in self.containers
        )

    @property
    def failed(self) -> tuple[ContainerVerdict, ...]:
        """The containers that failed; those left undecided are not among them."""
        return tuple(v for v in self.containers if v.outcome is Outcome.FAILED)
