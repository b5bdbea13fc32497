"""Whether the old containers still work once the new version's release commands have run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from devkit.deployment.gate_policy import SERVER_ERROR
from devkit.deployment.rounds import LONGEST_WAIT, not_answered
from devkit.deployment.scaling import address_of
from devkit.errors import IncompatibleError
from devkit.ports import Phase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.deployment.new_version import Serving
    from devkit.deployment.scaling import Gatekeeper
    from devkit.deployment.traffic import Tally
    from devkit.ports import Answer, Load, Stage

WAY_OUT = (
    "The old containers serve until the switch, so their schema has to stay: deploy what only adds"
    " first, and what takes away with a later deployment. --allow-incompatible makes this a"
    " warning."
)


LOG_LINES = 15
MOST_SHOWN = 3


async def ask_all(serving: Serving, gatekeeper: Gatekeeper) -> dict[str, Answer]:
    """Ask every container once, as the gate does; its answer by its name."""
    policy = gatekeeper.policy
    answers = await asyncio.gather(
        *(
            gatekeeper.prober.attempt(
                address_of(container, serving.port, policy.way),
                connect_timeout=policy.connect_timeout,
                answer_timeout=policy.answer_timeout,
            )
            for container in serving.containers
        )
    )
    names = [container.name for container in serving.containers]
    return dict(zip(names, answers, strict=True))


async def check_compatibility(
    old: Serving,
    *,
    stage: Stage,
    before: Mapping[str, Answer],
    load: Load,
    tally: Tally,
    gatekeeper: Gatekeeper,
) -> str:
    """Ask the old containers again, and look at what became of the load since.

    Every path is waited for, asked anew: what was begun before the new data was there says nothing.

    Args:
        old: The old containers.
        stage: Theirs, for their logs.
        before: What they answered before the release commands.
        load: Has gone on all the while.
        tally: Of the load.
        gatekeeper: Asks them.

    Returns:
        A few words on what they answer.

    Raises:
        IncompatibleError: One of them answers worse than before, or a request of the load failed.
        CouldNotFindOutError: Some path is not answered in time, and nothing has failed.
    """
    load.ask_anew()
    now, left = await asyncio.gather(ask_all(old, gatekeeper), load.unanswered(within=LONGEST_WAIT))
    worse = [name for name in now if is_worse(before[name], now[name])]
    if worse:
        name = worse[0]
        raise IncompatibleError(
            "The old version does not work on the new version's data:"
            f" {name} {_said(now[name])} where it {_said(before[name])} before.",
            hint=WAY_OUT,
            details=await _evidence(stage, name, tally),
        )
    asked = await check_requests(old, stage=stage, tally=tally)
    if left:
        raise not_answered(left, since="the release commands, from the old version")
    return f"{len(now)} old containers answer GET / as before, as did {asked}"


async def check_requests(old: Serving, *, stage: Stage, tally: Tally) -> str:
    """Look at what became of the requests to the old containers since the release commands began.

    Args:
        old: The old containers, to which alone the load has been sent until now.
        stage: Theirs, for their logs.
        tally: Of the load.

    Returns:
        A few words on how many they are.

    Raises:
        IncompatibleError: A request failed.
    """
    failed = tally.figures(Phase.DURING).failed
    if failed:
        raise IncompatibleError(
            "The old version does not work on the new version's data:"
            f" {failed} requests to it failed while the release commands ran, or since.",
            hint=WAY_OUT,
            details=await _evidence(stage, old.containers[0].name, tally),
        )
    return f"{tally.report().sent} requests of the load"


async def _evidence(stage: Stage, container: str, tally: Tally) -> tuple[str, ...]:
    """The first requests that went wrong, and the end of a container's log."""
    log = await stage.logs(container, lines=LOG_LINES)
    return (*tally.report().examples[:MOST_SHOWN], *log)


def is_worse(before: Answer, now: Answer) -> bool:
    """Whether a container that worked does not any more."""
    return _works(before) and not _works(now)


def _works(answer: Answer) -> bool:
    return answer.status is not None and answer.status < SERVER_ERROR


def _said(answer: Answer) -> str:
    if answer.status is not None:
        return f"answered {answer.status}"
    return f"gave no answer ({answer.failure.value if answer.failure else 'none'})"
