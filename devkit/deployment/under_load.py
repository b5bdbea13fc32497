"""The old version while it serves a steady load, until the new one has taken over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.deployment.choices import Incompatible
from devkit.deployment.compatibility import check_compatibility, check_requests
from devkit.deployment.events import ServesOn, Step, TrafficSent, Warned
from devkit.deployment.rounds import LONGEST_WAIT, not_answered
from devkit.deployment.switch import switch
from devkit.errors import IncompatibleError, SwitchError
from devkit.ports import Phase

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

    from devkit.deployment.events import Reporter
    from devkit.deployment.new_version import Serving
    from devkit.deployment.scaling import Gatekeeper
    from devkit.deployment.steps import Steps
    from devkit.deployment.traffic import Report, Tally
    from devkit.deployment.transition import Transition
    from devkit.errors import StepFailedError
    from devkit.ports import Answer, Load

AFTER_SECONDS = 2.0
"""How long the load goes on once the old containers have ended, or after a failure."""

TOLERATED = (
    "{count} requests were answered worse than before until the old containers had ended, which"
    " --allow-incompatible lets pass."
)


class Unwatched:
    """A deployment without an old version: there is nothing to look after."""

    async def check_old(self) -> None:
        """Look at nobody."""

    async def take_over(self, new: Serving) -> None:
        """Switch from nothing."""


@dataclass(kw_only=True)
class UnderLoad:
    """The old version while it serves, until the new one has taken over.

    Attributes:
        before: What its containers answered on the old data.
        tally: Of the requests.
        stop: Ends the load and waits for what is in flight.
        errs: Whether the old containers were seen to answer errors, which is tolerated and was
            warned about.
    """

    transition: Transition
    old: Serving
    load: Load
    before: Mapping[str, Answer]
    tally: Tally
    stop: Callable[[], Awaitable[None]]
    gatekeeper: Gatekeeper
    steps: Steps
    report: Reporter
    errs: bool = False

    async def check_old(self) -> None:
        """Whether the old containers still do what they did, now that the new data is there.

        Raises:
            IncompatibleError: They do not, and that is a failure.
            CouldNotFindOutError: Some path is not answered, well or badly.
        """
        await self._check(
            check_compatibility(
                self.old,
                stage=self.transition.old.stage,
                before=self.before,
                load=self.load,
                tally=self.tally,
                gatekeeper=self.gatekeeper,
            )
        )

    async def take_over(self, new: Serving) -> None:
        """Switch to the new containers under load.

        Raises:
            IncompatibleError: An answer was worse before the new containers were asked at all.
            SwitchError: A request failed.
            CouldNotFindOutError: The proxy or the engine gave no answer, or some path has none.
        """
        if self.tally.figures(Phase.DURING).worse and not self.errs:
            stage = self.transition.old.stage
            await self._check(check_requests(self.old, stage=stage, tally=self.tally))
        await self.steps.run(Step.SWITCH, self._take_over(new))

    async def show_that_old_serves_on(self, failed: StepFailedError) -> None:
        """Watch the load go on after a failure of the new version, and tell how all of it went.

        Args:
            failed: What failed; it says, too, where the old containers do not serve on.
        """
        before = self.tally.report()
        await self.gatekeeper.clock.sleep(AFTER_SECONDS)
        after = self.tally.report()
        self._tell(after, ())
        since = ServesOn(sent=after.sent - before.sent, failed=after.failed - before.failed)
        self.report(since)
        if since.failed:
            sentence = (
                "Until the next deployment visitors get errors: the old containers serve on, and"
                f" {since.failed} of {since.sent} requests to them have failed since."
            )
            failed.hint = f"{failed.hint} {sentence}".lstrip()

    async def _check(self, work: Coroutine[None, None, str]) -> None:
        """Look at the old containers; that they do not go with the new data may be tolerated."""
        try:
            await self.steps.run(Step.COMPATIBILITY, work)
        except IncompatibleError as failed:
            if self.transition.incompatible is Incompatible.FAILS:
                raise
            self.report(Warned(message=failed.message))
            self.errs = True

    async def _take_over(self, new: Serving) -> str:
        switched = await switch(
            self.transition.proxy,
            new=new,
            old=self.old,
            old_stage=self.transition.old.stage,
            clock=self.gatekeeper.clock,
        )
        self.load.enter(Phase.AFTER)
        await self.gatekeeper.clock.sleep(AFTER_SECONDS)
        left = await self.load.unanswered(within=LONGEST_WAIT)
        await self.stop()
        traffic = self.tally.report()
        self._tell(traffic, switched.warnings)
        self._judge(traffic)
        if left:
            raise not_answered(left, since="the switch")
        return f"{traffic.sent} requests, {traffic.failed} failed; {switched.summary}"

    def _tell(self, traffic: Report, warnings: tuple[str, ...]) -> None:
        for phase, figures in traffic.phases.items():
            if not figures.sent:
                continue
            self.report(
                TrafficSent(
                    phase=phase.name.lower(),
                    sent=figures.sent,
                    failed=figures.failed,
                    slowest=figures.slowest,
                    median=figures.median,
                )
            )
        for sentence in (*traffic.warnings, *warnings):
            self.report(Warned(message=sentence))

    def _judge(self, traffic: Report) -> None:
        allowed = self.transition.incompatible is Incompatible.WARNED
        tolerated = traffic.phases[Phase.DURING].worse if allowed else 0
        failed = traffic.failed - tolerated
        if failed:
            raise SwitchError(
                f"{failed} of {traffic.sent} requests failed while the versions were switched.",
                hint="The first of them are above: does the new version answer under load, and"
                " the old one what it has begun before it ends on SIGTERM?",
                details=traffic.examples,
            )
        if tolerated and not self.errs:
            self.report(Warned(message=TOLERATED.format(count=tolerated)))
