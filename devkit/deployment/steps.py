"""Runs one step: tells that it begins, how long it took, and whether it passed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from devkit.deployment.events import StepFailed, StepOutput, StepPassed, StepStarted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from devkit.deployment.events import Reporter, Step
    from devkit.ports import Clock

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Steps:
    """The steps of one run, as they are reported.

    Attributes:
        report: Told of every event.
        clock: Measures the steps.
    """

    report: Reporter
    clock: Clock

    async def run(self, step: Step, work: Awaitable[T], *, summary: Callable[[T], str] = str) -> T:
        """Await the work of a step and report it; what it raises goes on to the caller."""
        self.report(StepStarted(step=step))
        started = self.clock.monotonic()
        try:
            result = await work
        except Exception:
            self.report(StepFailed(step=step, seconds=self.clock.monotonic() - started))
            raise
        seconds = self.clock.monotonic() - started
        self.report(StepPassed(step=step, seconds=seconds, summary=summary(result)))
        return result

    def output(self, step: Step) -> Callable[[str], None]:
        """What a step's command is to call with each line of its output."""
        return lambda line: self.report(StepOutput(step=step, line=line))
