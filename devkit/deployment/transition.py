"""From old to new: the old version serves a steady load while the new one is deployed."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.deployment.choices import Incompatible, Need
from devkit.deployment.compatibility import ask_all, check_compatibility
from devkit.deployment.events import ServesOn, Step, TrafficSent, Warned
from devkit.deployment.switch import addresses, switch
from devkit.deployment.traffic import Tally
from devkit.errors import (
    CouldNotFindOutError,
    IncompatibleError,
    StepFailedError,
    SwitchError,
)
from devkit.ports import Phase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from devkit.deployment.events import Reporter
    from devkit.deployment.new_version import Serving, Version
    from devkit.deployment.scaling import Gatekeeper
    from devkit.deployment.steps import Steps
    from devkit.deployment.traffic import Report
    from devkit.ports import Address, Answer, Load, Proxy

BEFORE_SECONDS = 2.0
"""How long the old version serves alone, to know what it answers when all is well."""
AFTER_SECONDS = 2.0
"""How long the load goes on once the old containers have ended, or after a failure."""


LONGEST_WAIT = 60.0
"""Seconds for the first request that the new containers alone have answered."""


@dataclass(frozen=True, kw_only=True)
class Transition:
    """What is deployed now, and how the way from there is put to the test.

    Attributes:
        old: The version that is deployed now.
        proxy: Stands before both versions.
        load: Makes the load for the proxy's address.
        need: Whether the rehearsal goes on without it where it cannot be brought up.
        incompatible: Whether old containers that break on the new version's data are a failure.
    """

    old: Version
    proxy: Proxy
    load: Callable[[Address], Load]
    need: Need = Need.REQUIRED
    incompatible: Incompatible = Incompatible.FAILS


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The old version as it serves before anything new is there.

    Attributes:
        serving: Its containers.
        address: Of the proxy before them.
    """

    serving: Serving
    address: Address


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
        errs: Whether the old containers may answer errors until the last of their requests is
            done, which was seen and is tolerated.
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
        """
        work = check_compatibility(
            self.old,
            stage=self.transition.old.stage,
            before=self.before,
            tally=self.tally,
            gatekeeper=self.gatekeeper,
        )
        try:
            await self.steps.run(Step.COMPATIBILITY, work)
        except IncompatibleError as failed:
            if self.transition.incompatible is Incompatible.FAILS:
                raise
            self.report(Warned(message=failed.message))
            self.errs = True

    async def take_over(self, new: Serving) -> None:
        """Switch to the new containers under load.

        Raises:
            SwitchError: A request failed.
            CouldNotFindOutError: The proxy or the engine gave no answer.
        """
        await self.steps.run(Step.SWITCH, self._take_over(new))

    async def show_that_old_serves_on(self) -> None:
        """Watch the load go on after a failure of the new version."""
        before = self.tally.report()
        await self.gatekeeper.clock.sleep(AFTER_SECONDS)
        after = self.tally.report()
        self.report(ServesOn(sent=after.sent - before.sent, failed=after.failed - before.failed))

    async def _take_over(self, new: Serving) -> str:
        switched = await switch(
            self.transition.proxy,
            new=new,
            old=self.old,
            old_stage=self.transition.old.stage,
            clock=self.gatekeeper.clock,
        )
        self.load.enter(Phase.AFTER)
        await self._until_served()
        await self.stop()
        traffic = self.tally.report()
        self._tell(traffic, switched.warnings)
        self._judge(traffic)
        return f"{traffic.sent} requests, {traffic.failed} failed; {switched.summary}"

    async def _until_served(self) -> None:
        """Go on until the new containers alone have answered, however slow they are.

        Raises:
            CouldNotFindOutError: They have answered nobody, and nothing has failed either.
        """
        clock = self.gatekeeper.clock
        end = clock.monotonic() + LONGEST_WAIT
        await clock.sleep(AFTER_SECONDS)
        while not self.tally.figures(Phase.AFTER).sent:
            if clock.monotonic() > end:
                raise CouldNotFindOutError(
                    f"No request came to its end within {LONGEST_WAIT:.0f} s of the switch.",
                    hint="`web.paths` in devkit.yaml names paths that are answered sooner.",
                )
            await clock.sleep(1.0)

    def _tell(self, traffic: Report, warnings: tuple[str, ...]) -> None:
        for phase, figures in traffic.phases.items():
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
        tolerated = traffic.phases[Phase.DURING].worse if self.errs else 0
        failed = traffic.failed - tolerated
        if failed:
            raise SwitchError(
                f"{failed} of {traffic.sent} requests failed while the versions were switched.",
                hint="The first of them are above: does the new version answer under load, and"
                " the old one what it has begun before it ends on SIGTERM?",
                details=traffic.examples,
            )


async def put_behind_proxy(transition: Transition, old: Serving) -> Standing:
    """Have the proxy send everything to the old containers.

    Raises:
        CouldNotFindOutError: The proxy does not start, or does not do as it is told.
    """
    address = await transition.proxy.start()
    await transition.proxy.route(addresses(old))
    return Standing(serving=old, address=address)


@asynccontextmanager
async def under_load(
    transition: Transition | None,
    old: Standing | None,
    *,
    gatekeeper: Gatekeeper,
    steps: Steps,
    report: Reporter,
) -> AsyncIterator[Unwatched | UnderLoad]:
    """The old version behind the proxy, under a load that ends with the block.

    Where a step of the new version fails, the load goes on for a while, to show that the old
    containers serve on as though nothing had happened.

    Args:
        transition: None where there is no old version.
        old: How it stands; None where it could not be brought up.
        gatekeeper: Asks them.
        steps: Tells of the steps.
        report: Told of the figures.
    """
    if transition is None or old is None:
        yield Unwatched()
        return
    before = await ask_all(old.serving, gatekeeper)
    load, tally = transition.load(old.address), Tally()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(load.sending(tally.record))
        watched = UnderLoad(
            transition=transition,
            old=old.serving,
            load=load,
            before=before,
            tally=tally,
            stop=stack.aclose,
            gatekeeper=gatekeeper,
            steps=steps,
            report=report,
        )
        await gatekeeper.clock.sleep(BEFORE_SECONDS)
        load.enter(Phase.DURING)
        try:
            yield watched
        except StepFailedError as failed:
            if not isinstance(failed, SwitchError) or isinstance(failed, IncompatibleError):
                await watched.show_that_old_serves_on()
            raise
