"""Work that is done side by side."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from devkit.errors import DevkitError

if TYPE_CHECKING:
    from collections.abc import Coroutine


async def side_by_side(*work: Coroutine[Any, Any, Any]) -> tuple[Any, ...]:
    """Await all; the first that fails ends the others, and the earliest step's failure counts."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in work]
    except ExceptionGroup as failures:
        raise min(failures.exceptions, key=_code) from None
    return tuple(task.result() for task in tasks)


def _code(failure: Exception) -> int:
    return failure.code if isinstance(failure, DevkitError) else 0


async def in_turn(*work: Coroutine[Any, Any, Any]) -> tuple[Any, ...]:
    """Begin all at once; the first failure in the order of the arguments counts, and ends all."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        return tuple([await task for task in tasks])
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
