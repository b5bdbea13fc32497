"""Whether the page, or a worker, has broken under what ``devkit watch`` follows."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from devkit.cli.aftersight import Aftersight
from devkit.errors import GateError
from devkit.watch.meaning import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.cli.session import Session
    from devkit.engine.watch_actions import LocalActions
    from devkit.watch.plan import Plan

AGAIN = 2.0
"""Seconds between two looks at a page that is broken."""
WORKER_LOOKS = 5
"""How many seconds after an action a worker that ends is told."""


@dataclass(frozen=True, kw_only=True)
class _Save:
    """Files that were saved.

    Attributes:
        moment: Seconds since 1970.
        cause: Which, in a few words.
    """

    moment: float = 0.0
    cause: str = ""


class TellEvent(Protocol):
    """Tells a program of something."""

    def __call__(self, kind: str, **fields: object) -> None:
        """Tell of an event of a kind."""


class Sights:
    """Looks at the page and the workers after changes, and tells what it sees.

    Args:
        session: Where to tell a person.
        event: Tells a program.
        actions: What acts on the containers now.
        is_busy: Whether something is being done to them.
    """

    def __init__(
        self,
        session: Session,
        *,
        event: TellEvent,
        actions: Callable[[], LocalActions],
        is_busy: Callable[[], bool],
    ) -> None:
        self._session = session
        self._event = event
        self._actions = actions
        self._is_busy = is_busy
        page = partial(self._tell, "page", "The page answers again.")
        workers = partial(self._tell, "workers", "The workers run again.")
        self._page = Aftersight(self._look_at_page, page, again=AGAIN)
        self._workers = Aftersight(self._look_at_workers, workers, settling=0.0)
        self._blamed = _Save()
        """The first save that nobody has looked at the page after."""
        self._later: _Save | None = None
        """The first save since the last work began."""
        self._is_seen = True

    def changed(self, plan: Plan) -> None:
        """Take note of changes: the page is looked at after those that the server takes up."""
        if plan.taken_up:
            save = _Save(moment=time.time(), cause=plan.cause)
            self._later = self._later or save
            if self._is_seen or not self._page.pending:
                self._blamed, self._is_seen = save, False
        if plan.taken_up or self._page.pending:
            self._page.soon()

    def begin(self, plan: Plan) -> None:
        """Look at no worker while it is started anew."""
        self._later = None
        if plan.action > Action.SYNC:
            self._workers.stop()

    def done(self, plan: Plan, status: int | None) -> None:
        """Look at the workers that were started, and hold the page for what it has answered.

        Args:
            plan: What was done.
            status: What the page has answered; None where it was not asked.
        """
        if plan.action > Action.SYNC:
            self._workers.renew(well=False)
            self._workers.soon()
        if status is not None and status < HTTPStatus.INTERNAL_SERVER_ERROR:
            self._page.renew(well=True)
            self._is_seen = self._later is None
            self._blamed = self._later or self._blamed

    def stop(self) -> None:
        """Look no more."""
        self._page.stop()
        self._workers.stop()

    async def _look_at_page(self) -> str | None:
        """Ask for the page, unless something is being done about it already."""
        if self._is_busy():
            return None
        actions = self._actions()
        try:
            status = await actions.glance()
        except GateError:
            log = await actions.log_since(self._blamed.moment)
            sentence = f"The page does not answer any more since {self._blamed.cause} was saved."
            return "\n".join([sentence, *(f"  {line}" for line in log)])
        if status is not None and status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return f"The page answers {status}; `devkit logs {actions.web}` has more."
        return ""

    async def _look_at_workers(self) -> str:
        """Whether one ends soon after it was started: with a wrong import, or no broker."""
        for _ in range(WORKER_LOOKS):
            ended = await self._actions().ended()
            if ended or self._actions().alone:
                return "\n".join(ended)
            await asyncio.sleep(1.0)
        return ""

    def _tell(self, kind: str, well: str, sentence: str) -> None:
        self._event(kind, verdict="failed" if sentence else "passed", message=sentence)
        if sentence:
            self._session.warn(sentence)
        else:
            self._session.say(well)
