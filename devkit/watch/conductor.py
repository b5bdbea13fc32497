"""One piece of work at a time, and the newest change wins."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from devkit.watch.meaning import Action
from devkit.watch.plan import Plan

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

PATIENT_AFTER = 3
"""How many builds in a row are cancelled before one is let through: a constant writer would
otherwise keep every one from its end."""
LOOK_EVERY = 0.2
"""Seconds between two looks at work that something waits for."""


class Conductor:
    """Has plans carried out.

    A build that is under way is cancelled by a change that needs another one, and what it was to
    do is done with it, unless it is to be kept. Other work is short and finished first. What
    failed is tried again with the next change.

    Args:
        perform: Carries a plan out, and says whether that went well. It is cancelled where a
            newer change wins, and then leaves all as it was.
        is_stuck: Whether the work waits for what has been a long time coming: then any newer
            change is worth more.
    """

    def __init__(
        self,
        perform: Callable[[Plan], Awaitable[bool]],
        *,
        is_stuck: Callable[[], bool] = lambda: False,
    ) -> None:
        self._perform = perform
        self._is_stuck = is_stuck
        self._waiting = Plan()
        self._failed = Plan()
        self._running = Plan()
        self._task: asyncio.Task[bool] | None = None
        self._cancelled = 0
        self._is_kept = False
        self.ending = False
        """Whether all is given up, and not for a newer change."""

    @property
    def owes(self) -> bool:
        """Whether something failed, so that any save is a reason to try again."""
        return not self._failed.idle

    @property
    def busy(self) -> bool:
        """Whether work is under way."""
        return self._task is not None

    def owe(self, plan: Plan) -> None:
        """Take up what has failed before."""
        self._failed += plan

    def keep(self) -> None:
        """Have the work that is under way finished, whatever changes meanwhile."""
        self._is_kept = True

    async def run(self, plans: AsyncIterator[Plan]) -> None:
        """Carry out plans as they come, until there are no more and all is done."""
        coming = asyncio.ensure_future(anext(plans, None))
        try:
            while True:
                work = {coming} | ({self._task} if self._task else set())
                limit = LOOK_EVERY if self._task and not self._waiting.idle else None
                await asyncio.wait(work, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
                if self._task is not None and self._task.done():
                    self._finish(self._task)
                if coming.done():
                    plan = coming.result()
                    if plan is None:
                        break
                    self._take(plan)
                    coming = asyncio.ensure_future(anext(plans, None))
                self._reconsider()
                self._begin()
            self._begin()
            while self._task is not None:
                await asyncio.wait([self._task])
                self._finish(self._task)
                self._begin()
        finally:
            await self._end(coming)

    def _take(self, plan: Plan) -> None:
        self._waiting = self._failed + self._waiting + plan
        self._failed = Plan()

    def _reconsider(self) -> None:
        """Cancel what is under way where what waits is to win."""
        task = self._task
        if task is None or task.done() or task.cancelling():
            return
        if self._is_kept or self._waiting.idle:
            return
        newer_build = self._running.builds and self._waiting.action >= Action.REBUILD
        if newer_build and self._cancelled < PATIENT_AFTER:
            self._cancelled += 1
            task.cancel()
        elif self._is_stuck():
            task.cancel()

    def _begin(self) -> None:
        if self._task is not None or self._waiting.idle:
            if self._task is None:
                self._waiting = Plan()
            return
        self._running, self._waiting, self._is_kept = self._waiting, Plan(), False
        self._task = asyncio.ensure_future(_as_coroutine(self._perform(self._running)))

    def _finish(self, task: asyncio.Task[bool]) -> None:
        self._task = None
        if task.cancelled():
            self._waiting = self._running + self._waiting
            return
        if not task.result():
            self._failed += self._running
        self._cancelled = 0

    async def _end(self, coming: asyncio.Future[Plan | None]) -> None:
        self.ending = True
        for each in (coming, self._task):
            if each is not None and not each.done():
                each.cancel()
                await asyncio.wait([each])


async def _as_coroutine(work: Awaitable[bool]) -> bool:
    return await work
