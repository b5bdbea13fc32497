"""Work that is done side by side, and whose earliest failure counts."""

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
