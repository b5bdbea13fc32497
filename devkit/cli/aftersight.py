"""A look at what runs some time after a change: whether a page or a worker has broken since."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from devkit.errors import DevkitError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SETTLING = 1.5
"""Seconds that a server has to reload before it is asked."""


class Aftersight:
    """Tells when something breaks, and when it is well again; each once.

    Args:
        look: Asks: an error's sentence, nothing where all is well, None where nobody can say now.
        tell: Told of the sentence, or of nothing where all is well again.
        settling: Seconds between a change and the question.
        again: Seconds between two looks, until all is well; None for one look.
    """

    def __init__(
        self,
        look: Callable[[], Awaitable[str | None]],
        tell: Callable[[str], None],
        *,
        settling: float = SETTLING,
        again: float | None = None,
    ) -> None:
        self._look = look
        self._tell = tell
        self._settling = settling
        self._again = again
        self._is_broken = False
        self._is_told = False
        self._task: asyncio.Task[None] | None = None

    @property
    def pending(self) -> bool:
        """Whether a look is due, or under way."""
        return self._task is not None and not self._task.done()

    def soon(self) -> None:
        """Look when the server has had time to reload; the latest change counts."""
        self.stop()
        self._task = asyncio.create_task(self._look_on())

    def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def renew(self, *, well: bool) -> None:
        """Take note of work that was done on it: if it is broken afterwards, that is told anew.

        Args:
            well: Whether it is known to be well, so that this need not be told.
        """
        self._is_told = False
        self._is_broken = self._is_broken and not well

    async def _look_on(self) -> None:
        await asyncio.sleep(self._settling)
        while True:
            found = await self._found()
            if found is not None:
                self._take(found)
            if found == "" or self._again is None:
                return
            await asyncio.sleep(self._again)

    async def _found(self) -> str | None:
        try:
            return await self._look()
        except (OSError, DevkitError):
            # What cannot be found out now, the next change's own work tells.
            return None if self._is_broken else ""

    def _take(self, sentence: str) -> None:
        is_news = not self._is_told if sentence else self._is_broken
        self._is_broken = self._is_told = bool(sentence)
        if is_news:
            self._tell(sentence)
