"""Work that is finished before its caller goes on, however often the caller is cancelled."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


async def to_the_end(work: Coroutine[None, None, T]) -> T:
    """Await work that is finished even where its caller is cancelled meanwhile.

    Raises:
        CancelledError: The caller was cancelled; the work is over.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        task.exception()  # asyncio complains of one that nobody has looked at
        raise cancelled
    return task.result()


async def in_any_case(work: Coroutine[None, None, T]) -> T:
    """Await work that counts once it is begun: its result is given to a cancelled caller, too."""
    task = asyncio.ensure_future(work)
    with suppress(asyncio.CancelledError):
        await to_the_end(_over(task))
    return task.result()


def raise_if_cancelled() -> None:
    """Go no further where this task was cancelled within work that counts in any case.

    Raises:
        CancelledError: It was.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _over(task: asyncio.Future[T]) -> None:
    await asyncio.wait([task])
