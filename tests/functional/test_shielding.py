"""Work that is not broken off in its middle, however often Ctrl-C is pressed."""

from __future__ import annotations

import asyncio

import pytest

from devkit.engine.shielding import in_any_case, raise_if_cancelled


async def cancelled_twice(work: asyncio.Task[str]) -> str:
    for _ in range(2):
        await asyncio.sleep(0.01)
        work.cancel()
    return await work


def test_what_counts_once_it_is_begun_is_told_to_a_cancelled_caller() -> None:
    async def swapped() -> str:
        await asyncio.sleep(0.1)
        return "swapped"

    async def both() -> str:
        return await cancelled_twice(asyncio.create_task(in_any_case(swapped())))

    assert asyncio.run(both()) == "swapped"


def test_what_fails_then_is_told_as_well() -> None:
    async def failing() -> str:
        await asyncio.sleep(0.1)
        raise ValueError

    async def both() -> str:
        return await cancelled_twice(asyncio.create_task(in_any_case(failing())))

    with pytest.raises(ValueError, match=r"^$"):
        asyncio.run(both())


def test_who_was_cancelled_within_it_can_go_no_further() -> None:
    async def then_more() -> str:
        raise_if_cancelled()
        await in_any_case(asyncio.sleep(0.1))
        raise_if_cancelled()
        return "more"

    async def both() -> str:
        return await cancelled_twice(asyncio.create_task(then_more()))

    assert asyncio.run(then_more()) == "more"
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(both())
