"""Whether the page still answers after a change that the server takes up by itself."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from devkit.errors import DevkitError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SETTLING = 1.5
"""Seconds that a server has to reload before it is asked."""


class PageWatch:
    """Tells when the page breaks, and when it answers again; each once.

    Args:
        look: Asks for the page: an error's sentence, or nothing where it answers well.
        tell: Told of the sentence, or of nothing where it answers again.
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
