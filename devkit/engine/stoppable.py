"""Blocking work in a thread, which looks at an event now and then and gives up where it is set."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from devkit.engine.shielding import to_the_end

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class StoppedError(Exception):
    """A signal came."""


def check(stop: threading.Event) -> None:
    """Give up where the event is set.

    Raises:
        StoppedError: It is.
    """
    if stop.is_set():
        raise StoppedError


async def in_thread(work: Callable[[threading.Event], T]) -> T:
    """Do blocking work that looks at an event now and then; cancelled, it is waited for.

    Where it has come to its end by then, it has.
    """
    stop = threading.Event()
    task = asyncio.ensure_future(asyncio.to_thread(work, stop))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stop.set()
        with suppress(asyncio.CancelledError):
            await to_the_end(_over(task))
        if task.exception() is None:
            return task.result()
        raise


async def _over(task: asyncio.Future[T]) -> None:
    await asyncio.wait([task])
