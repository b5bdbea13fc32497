from __future__ import annotations

import asyncio

import pytest

from devkit.deployment.together import in_turn, side_by_side
from devkit.errors import ConfigurationError, CouldNotFindOutError

ended: list[str] = []


async def fails(error: Exception, after: int) -> None:
    for _ in range(after):
        await asyncio.sleep(0)
    raise error


async def answers(answer: int, after: int) -> int:
    for _ in range(after):
        await asyncio.sleep(0)
    return answer


async def waits() -> None:
    try:
        await asyncio.Event().wait()
    finally:
        ended.append("waiting")


def test_the_answers_come_in_the_order_of_the_questions() -> None:
    assert asyncio.run(in_turn(answers(1, 5), answers(2, 1))) == (1, 2)
    assert asyncio.run(side_by_side(answers(1, 5), answers(2, 1))) == (1, 2)


@pytest.mark.parametrize("after", [0, 1, 5, 9])
def test_the_first_of_the_questions_decides_whoever_is_quicker(after: int) -> None:
    ended.clear()
    broken, silent = ConfigurationError("devkit.yaml"), CouldNotFindOutError("no engine")
    with pytest.raises(ConfigurationError):
        asyncio.run(in_turn(fails(broken, 5), fails(silent, after), waits()))
    assert ended == ["waiting"]


def test_one_that_is_cancelled_ends_them_all() -> None:
    ended.clear()

    async def cancelled() -> None:
        task = asyncio.create_task(in_turn(waits(), waits()))
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
    assert ended == ["waiting", "waiting"]
