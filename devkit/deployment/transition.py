"""From old to new: the old version serves a steady load while the new one is deployed."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.deployment.choices import Incompatible, Need
from devkit.deployment.compatibility import ask_all
from devkit.deployment.rounds import LONGEST_WAIT, not_answered
from devkit.deployment.switch import addresses
from devkit.deployment.traffic import Tally
from devkit.deployment.under_load import UnderLoad, Unwatched
from devkit.errors import IncompatibleError, StepFailedError, SwitchError
from devkit.ports import Phase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from devkit.deployment.events import Reporter
    from devkit.deployment.new_version import Serving, Version
    from devkit.deployment.scaling import Gatekeeper
    from devkit.deployment.steps import Steps
    from devkit.ports import Address, Load, Proxy

BEFORE_SECONDS = 2.0
"""How long the old version serves alone at least, to know what it answers when all is well."""


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

    Raises:
        SwitchError: Requests to the old version fail already.
        CouldNotFindOutError: The old version does not answer some path, well or badly.
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
        if left := await load.unanswered(within=LONGEST_WAIT):
            raise not_answered(left, since="the load's start, from the old version")
        refuse_failing(tally)
        load.enter(Phase.DURING)
        try:
            yield watched
        except StepFailedError as failed:
            if not isinstance(failed, SwitchError) or isinstance(failed, IncompatibleError):
                await watched.show_that_old_serves_on(failed)
            raise


def refuse_failing(tally: Tally) -> None:
    """Stop where the load fails on the old version alone: nothing new could be blamed for it.

    Raises:
        SwitchError: A request failed.
    """
    figures = tally.figures(Phase.BEFORE)
    if figures.failed:
        raise SwitchError(
            f"{figures.failed} of {figures.sent} requests to the old version failed before anything"
            " was new.",
            hint="`web.paths` in devkit.yaml has to name paths that are answered and come to an"
            " end; --no-from leaves the switch out.",
            details=tally.report().examples,
        )
