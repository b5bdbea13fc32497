"""A stage is cleared to the end, whenever its rehearsal is cancelled."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from devkit.engine.clearing import Cleared, Outcome
from devkit.engine.stages import standing


class SlowStage:
    """Takes three turns of the loop to go, and as many for its images."""

    def __init__(self) -> None:
        self.gone = False

    def prepare(self) -> None:
        """Nothing to be made."""

    async def clear(self, *, settling: float = 1.0) -> Cleared:
        assert settling >= 0
        for _ in range(3):
            await asyncio.sleep(0)
        self.gone = True
        return Cleared(outcome=Outcome.GONE)

    async def let_oldest_go(self) -> None:
        for _ in range(3):
            await asyncio.sleep(0)


async def cancelled_after(turns: int) -> SlowStage:
    stage = SlowStage()

    async def rehearsal() -> None:
        async with standing(cast("Any", stage), warn=lambda _: None):
            await asyncio.sleep(0)

    task = asyncio.create_task(rehearsal())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return stage


@pytest.mark.parametrize("turns", range(1, 9))
def test_it_is_gone_when_the_rehearsal_ends(turns: int) -> None:
    assert asyncio.run(cancelled_after(turns)).gone
