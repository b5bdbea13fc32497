"""The gate: ask every new container, in parallel, until all answer or one fails."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from devkit.deployment.gate_closes import Closes
from devkit.deployment.gate_policy import ENDED, GatePolicy, Outcome, Way
from devkit.deployment.gate_verdict import Attempt, ContainerVerdict, GateVerdict, Target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Sequence

    from devkit.ports import Clock, Liveness, Prober, Witness

    Progress = Callable[[Attempt], None]
    """Told of every attempt as it comes back."""

CLOUD = GatePolicy()
LIVENESS_PERIOD = 1.0
"""Seconds between two looks at whether the containers still run."""

WITNESS_PERIOD = 1.0
"""Seconds between two looks into a container whose published port closes on the gate."""


def silent(_attempt: Attempt) -> None:
    """Be told of an attempt and say nothing."""


async def pass_gate(
    targets: Sequence[Target],
    *,
    prober: Prober,
    clock: Clock,
    policy: GatePolicy = CLOUD,
    liveness: Liveness | None = None,
    witness: Witness | None = None,
    progress: Progress = silent,
) -> GateVerdict:
    """Ask all containers until each has passed or the first has failed.

    The first failure fails the deployment and the cloud asks no further, so the other
    containers' attempts are cancelled. Their verdicts are what they were until then: HEALTHY
    where they had passed, else NOT_YET with the attempts made so far.

    Args:
        targets: The containers, each under a name of its own.
        prober: Makes the attempts.
        clock: The time, and the waiting between attempts.
        policy: The numbers, and the way of probing.
        liveness: Ends the asking at once when a container that has not passed yet has exited
            for good; None to ask on until the attempts are used up.
        witness: Fails a container on a published port where it is the application itself that
            closes, though it may answer later; None to take every close there for the proxy's.
        progress: Told of every attempt as it comes back.
    """
    standings = _Standings(targets, policy=policy, progress=progress)
    work: list[Coroutine[None, None, object]] = [
        watch_container(t, prober=prober, clock=clock, policy=policy, progress=standings.note)
        for t in targets
    ]
    if liveness and targets:
        work.append(_watch_exits(standings, liveness, clock))
    if witness and targets and policy.way is Way.PUBLISHED:
        work.append(_watch_closes(standings, witness, clock))
    async with _tasks(*work) as tasks:
        for finished in asyncio.as_completed(tasks):
            await finished
            if standings.decided:
                break
    return standings.verdict()


async def watch_container(
    target: Target,
    *,
    prober: Prober,
    clock: Clock,
    policy: GatePolicy = CLOUD,
    progress: Progress = silent,
) -> ContainerVerdict:
    """Ask one container until it passes, fails or has used up its attempts.

    An attempt that comes back early is followed by a pause to the end of its slot. Slots are
    counted from the start, so that late timers do not add up; only an attempt that outlasted
    its slot moves those after it, and the next one then starts at once.
    """
    started = due = clock.monotonic()
    for number in itertools.count(1):
        begun = clock.monotonic()
        answer = await prober.attempt(
            target.address,
            connect_timeout=policy.connect_timeout,
            answer_timeout=policy.answer_timeout,
        )
        now = clock.monotonic()
        attempt = Attempt.of(
            answer,
            target=target,
            number=number,
            begun=begun,
            seconds=now - started,
            policy=policy,
        )
        progress(attempt)
        if attempt.outcome is not Outcome.NOT_YET:
            break
        due = max(due + policy.slot, now)
        await clock.sleep(due - now)
    return ContainerVerdict.after(attempt, policy=policy)


async def _watch_exits(standings: _Standings, liveness: Liveness, clock: Clock) -> None:
    """Return when a container that was still waited for has exited for good."""
    started = clock.monotonic()
    while not standings.decided:
        await clock.sleep(LIVENESS_PERIOD)
        gone = await liveness.gone(standings.waiting)
        for container, reason in gone.items():
            standings.note_exit(container, reason, seconds=clock.monotonic() - started)


async def _watch_closes(standings: _Standings, witness: Witness, clock: Clock) -> None:
    """Return when a published port was closed by the application behind it.

    The first look is at once, since what closes may soon answer. One container is looked into at
    a time, because a look costs the engine a process.
    """
    await standings.closes.first.wait()
    while not standings.decided:
        if standings.closing:
            await _look_into_one(standings, witness, clock)
        if not standings.decided:
            await clock.sleep(WITNESS_PERIOD)


async def _look_into_one(standings: _Standings, witness: Witness, clock: Clock) -> None:
    closes = standings.closes
    container = closes.next_look(standings.closing)
    is_own = closes.is_own(container)
    if not await witness.listens(container):
        closes.forget(container)
    elif is_own:
        standings.note_closed(container)
    else:
        closes.hear(container, at=clock.monotonic())


class _Standings:
    """How every container stands at this moment."""

    def __init__(
        self, targets: Sequence[Target], *, policy: GatePolicy, progress: Progress
    ) -> None:
        self._verdicts = {
            t.container: ContainerVerdict(container=t.container, address=t.address) for t in targets
        }
        self._policy = policy
        self._progress = progress
        self.closes = Closes()

    @property
    def waiting(self) -> tuple[str, ...]:
        return tuple(n for n, v in self._verdicts.items() if v.outcome is Outcome.NOT_YET)

    @property
    def decided(self) -> bool:
        verdict = self.verdict()
        return bool(verdict.failed) or verdict.passed

    def note(self, attempt: Attempt) -> None:
        verdict = ContainerVerdict.after(attempt, policy=self._policy)
        # One that was found to have exited stays so, whatever comes back before the gate stops.
        if verdict.container in self.waiting:
            self._verdicts[verdict.container] = self.closes.judge(attempt, verdict)
        self._progress(attempt)

    def note_exit(self, container: str, reason: str, *, seconds: float) -> None:
        # It may have passed while the engine was being asked; the cloud would not look again.
        if container in self.waiting:
            self._verdicts[container] = self._verdicts[container].exited(reason, seconds=seconds)

    @property
    def closing(self) -> tuple[str, ...]:
        return tuple(n for n in self.waiting if self._verdicts[n].failure in ENDED)

    def note_closed(self, container: str) -> None:
        # The attempts went on meanwhile: only what still closes is the application's doing.
        if container in self.closing:
            found = self._verdicts[container]
            self._verdicts[container] = replace(found, outcome=Outcome.FAILED)

    def verdict(self) -> GateVerdict:
        return GateVerdict(containers=tuple(self._verdicts.values()), way=self._policy.way)


@contextlib.asynccontextmanager
async def _tasks(
    *work: Coroutine[None, None, object],
) -> AsyncIterator[list[asyncio.Task[object]]]:
    """Run coroutines in parallel; none of them outlives the block."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
