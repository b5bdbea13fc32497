"""A look at what runs some time after a change: whether a page or a worker has broken since."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from devkit.errors import DevkitError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SETTLING = 1.5
"""Seconds that a server has to reload before it is asked."""


class Aftersight:
    """Tells when something breaks, and when it is well again; each once.

    Args:
        look: Asks: an error's sentence, or nothing where all is well.
        tell: Told of the sentence, or of nothing where all is well again.
        settling: Seconds between a change and the question.
    """

    def __init__(
        self,
        look: Callable[[], Awaitable[str]],
        tell: Callable[[str], None],
        *,
        settling: float = SETTLING,
    ) -> None:
        self._look = look
        self._tell = tell
        self._settling = settling
        self._is_broken = False
        self._task: asyncio.Task[None] | None = None

    def soon(self) -> None:
        """Look when the server has had time to reload; the latest change counts."""
        self.stop()
        self._task = asyncio.create_task(self._look_once())

    def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _look_once(self) -> None:
        await asyncio.sleep(self._settling)
        # What cannot be found out now, the next change's own work tells.
        with suppress(OSError, DevkitError):
            sentence = await self._look()
            if bool(sentence) != self._is_broken:
                self._is_broken = bool(sentence)
                self._tell(sentence)
