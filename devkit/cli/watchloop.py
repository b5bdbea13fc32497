"""The loop of ``devkit watch``: batches of changes become plans, and plans are carried out."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from devkit.cli.boundary import show_error
from devkit.cli.local import renewed_stack
from devkit.cli.upview import UpView
from devkit.cli.watchsights import Sights
from devkit.engine.clock import SystemClock
from devkit.engine.local_stack import compose_document
from devkit.engine.locks import project_lock
from devkit.engine.watch_actions import LocalActions
from devkit.engine.watch_contents import Contents
from devkit.engine.watch_gitignore import find_git, tracked_all_the_same
from devkit.engine.watch_setting import read_setting, same_image
from devkit.engine.watching import Watching
from devkit.errors import DevkitError
from devkit.watch.conductor import Conductor
from devkit.watch.meaning import Action, Meaning, decides_meanings, meaning
from devkit.watch.plan import Plan, make_plan

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from devkit.cli.session import Session
    from devkit.engine.local_stack import LocalStack
    from devkit.engine.watching import Batch

STUCK_AFTER = 3.0
"""Seconds without an answer after which a newer change is worth more than waiting on."""
BROKEN_FROM = 400
DONE = {
    Action.SYNC: "copied",
    Action.RESTART: "restarted",
    Action.REBUILD: "rebuilt",
    Action.REGENERATE: "configured anew",
}


class WatchLoop:
    """Follows the files of one project.

    Args:
        session: Where to tell.
        stack: The project, which is up.
        migrate: Whether to run the release commands when a migration changes.
    """

    def __init__(self, session: Session, stack: LocalStack, *, migrate: bool) -> None:
        self._session = session
        self._migrate = migrate
        self._view = UpView(session, project=stack.name)
        self._copied = Plan()
        self._restarted: tuple[str, ...] = ()
        """Of the services that do not answer, those that were restarted last."""
        self._reading = asyncio.Lock()
        """Held while files are looked at, or while devkit writes some of them itself."""
        self.adopt(stack)
        self._contents = Contents(stack.root.resolve(), self._is_ignored)
        self._conductor = Conductor(self._perform, is_stuck=self._is_stuck)
        self._sights = Sights(
            session,
            event=self._event,
            actions=lambda: self._actions,
            is_busy=lambda: self._conductor.busy,
        )

    def remember(self) -> None:
        """Look at all files: what is changed from now on is acted upon, once it is followed."""
        self._contents.look()
        # In a folder that git ignores they are not found by looking.
        self._contents.changed(self._setting.tracked)

    async def run(self, *, failed: bool) -> None:
        """Follow, without end.

        Args:
            failed: Whether the project could not be brought up.
        """
        watching = Watching(
            self._stack.root, clock=SystemClock(), tell=self._session.warn,
            lock=self._git.lock if self._git else None,
        )  # fmt: skip
        if failed:
            self._conductor.owe(
                Plan(meanings=(Meaning(path="devkit.yaml", action=Action.REGENERATE, reason=""),))
            )
        try:
            await watching.start()
            watching.doubt_all()
            self._tell_watching(polls=watching.polls)
            await self._conductor.run(self._plans(watching))
        finally:
            self._sights.stop()
            await watching.stop()

    def adopt(self, stack: LocalStack) -> None:
        """Take the project as it is now."""
        environment = self._session.environment
        self._stack = stack
        self._document = compose_document(stack.root, environment, stack.compose)
        self._read_setting()
        self._actions = LocalActions(
            stack,
            document=self._document,
            services=same_image(self._document, service=stack.web),
            environment=environment,
            on_line=self._on_line,
            warn=self._session.warn,
        )

    def _read_setting(self) -> None:
        stack = self._stack
        self._git = find_git(stack.root)
        self._index = self._git.index_stamp() if self._git else ()
        self._setting = read_setting(
            stack.project,
            self._document,
            environment=self._session.environment,
            service=stack.web,
        )

    def _follow_index(self) -> None:
        """Ask git anew what it tracks, where that may be something else by now."""
        index = self._git.index_stamp() if self._git else ()
        if index != self._index:
            self._index = index
            tracked = tracked_all_the_same(self._stack.root, self._git, self._session.environment)
            self._setting = replace(self._setting, tracked=tracked)

    def _on_line(self, line: str) -> None:
        self._view.line(line)

    def _is_ignored(self, folder: str) -> bool:
        return meaning(f"{folder}any", self._setting).action is Action.IGNORED

    def _is_stuck(self) -> bool:
        return self._actions.asked_for > STUCK_AFTER

    async def _plans(self, watching: Watching) -> AsyncIterator[Plan]:
        async for batch in watching.batches():
            async with self._reading:
                plan = await asyncio.to_thread(self._plan, batch)
            if plan.meanings:
                self._tell_plan(plan)
                self._sights.changed(plan)
                yield plan

    def _plan(self, batch: Batch) -> Plan:
        changed = self._contents.look() if batch.everything else ()
        changed += self._contents.changed(batch.paths)
        if not changed and self._conductor.owes:
            changed = tuple(path for path in batch.paths if path and not path.endswith("/"))
        if decides_meanings(changed, self._setting):
            self._read_setting()
        self._follow_index()
        return make_plan(map(self._meaning, changed))

    def _meaning(self, path: str) -> Meaning:
        found = meaning(path, self._setting)
        if self._migrate and found.migration and found.action is Action.NOTHING:
            return replace(found, action=Action.MIGRATE)
        return found

    async def _perform(self, plan: Plan) -> bool:
        if plan.action is Action.MIGRATE:
            return await self._after(plan)
        began = time.monotonic()
        self._sights.begin(plan)
        try:
            with UpView(self._session, project=self._stack.name) as self._view:
                status = await self._carry_out(plan)
        except asyncio.CancelledError:
            if not self._conductor.ending:
                self._tell_done(plan, "cancelled", "given up for a newer change", began)
            raise
        except DevkitError as error:
            self._tell_failure(plan, error, began)
            return False
        answering = "" if status is None else " and answering"
        if status is not None and status >= BROKEN_FROM:
            answering = f", and answering {status}"
        self._tell_done(plan, "passed", f"{self._done(plan)}{answering}", began)
        self._sights.done(plan, status)
        return await self._after(plan)

    async def _carry_out(self, plan: Plan) -> int | None:
        if plan.action < Action.REBUILD:
            return await self._in_place(plan)
        with project_lock(self._stack.root):
            if plan.action is Action.REBUILD:
                return await self._rebuild(plan)
            return await self._renew(plan)

    async def _in_place(self, plan: Plan) -> int | None:
        if plan.copies:
            await self._actions.sync(plan.copies)
            self._copied += Plan(meanings=plan.copies)
        if plan.action is not Action.RESTART:
            return None
        if plan.others:
            self._restarted = await self._actions.restart_others(plan.others)
            return None
        return await self._actions.restart()

    async def _rebuild(self, plan: Plan) -> int | None:
        is_more = bool(plan.left(built=True, replaced=False).meanings)
        before = await self._actions.standing() if is_more else frozenset()
        await self._actions.build()
        status = await self._actions.replace()
        self._copied = Plan()
        completed = await self._complete(plan, before, built=True)
        return status if completed is None else completed

    async def _renew(self, plan: Plan) -> int | None:
        async with self._reading:
            await asyncio.to_thread(self._read_anew)
        plan = self._meant_now(plan)
        before = await self._actions.standing()
        if plan.builds:
            await self._actions.build()
        await self._actions.recreate()
        if plan.builds:
            self._copied = Plan()
        completed = await self._complete(plan, before, built=plan.builds)
        return await self._actions.answer() if completed is None else completed

    async def _complete(self, plan: Plan, before: frozenset[str], *, built: bool) -> int | None:
        """Do what the smaller changes ask for that came with the greatest.

        A container that is new has lost what was copied into the one before, where its image was
        not built since.
        """
        if not (self._copied + plan.left(built=built, replaced=False)).meanings:
            return None
        replaced = before.isdisjoint(await self._actions.standing())
        every = self._meant_now(self._copied) + plan if replaced else plan
        return await self._in_place(every.left(built=built, replaced=replaced))

    def _meant_now(self, plan: Plan) -> Plan:
        return make_plan(self._meaning(each.path) for each in plan.meanings)

    def _read_anew(self) -> None:
        stack = renewed_stack(self._session)
        # What devkit itself has written just now is no news.
        self._contents.changed(self._setting.configuration)
        self.adopt(stack)

    async def _after(self, plan: Plan) -> bool:
        if not plan.migrations:
            return True
        named = plan.migrations[0]
        if not self._migrate:
            self._session.say(f"{named}: `devkit migrate` waits.")
            return True
        self._session.say(f"{named}: the release commands run.")
        # A newer change is no reason to end a migration in its middle.
        self._conductor.keep()
        try:
            for command in self._stack.project.release:
                began = time.monotonic()
                self._session.say(f"$ {command}")
                await self._actions.release(command, on_line=self._session.say)
                self._session.say(f"  done in {time.monotonic() - began:.1f} s")
        except DevkitError as error:
            self._tell_failure(plan, error, began)
            return False
        return True

    def _tell_watching(self, *, polls: bool) -> None:
        way = "polling" if polls else "events"
        self._event("watching", project=self._stack.name, way=way)
        self._session.say(f"Watching {self._stack.root}; Ctrl-C ends it and leaves all up.")

    def _tell_plan(self, plan: Plan) -> None:
        self._event("changed", action=plan.action.name.lower(), files=len(plan.meanings),
                    cause=plan.cause, migrations=list(plan.migrations))  # fmt: skip
        if plan.action is Action.NOTHING:
            if self._session.verbose:
                self._session.say(f"{plan.cause}: {_reasons(plan.meanings)}")
            if plan.migrations and not self._migrate:
                self._session.say(f"{plan.migrations[0]}: `devkit migrate` waits.")
        elif plan.action >= Action.REBUILD:
            self._session.say(f"{plan.cause}: {_reasons(plan.meanings)}")

    def _done(self, plan: Plan) -> str:
        """What has been done; empty where all that it was for is stopped, or has done its work."""
        if plan.action is not Action.RESTART or not plan.others:
            return DONE[plan.action]
        return f"{', '.join(self._restarted)} restarted" if self._restarted else ""

    def _tell_done(self, plan: Plan, verdict: str, what: str, began: float) -> None:
        seconds = time.monotonic() - began
        self._event("done", action=plan.action.name.lower(), verdict=verdict,
                    cause=plan.cause, seconds=round(seconds, 3))  # fmt: skip
        if what:
            self._session.say(f"{plan.cause}: {what} in {seconds:.1f} s")

    def _tell_failure(self, plan: Plan, error: DevkitError, began: float) -> None:
        seconds = time.monotonic() - began
        self._event("done", action=plan.action.name.lower(), verdict="failed", cause=plan.cause,
                    seconds=round(seconds, 3), message=error.message, hint=error.hint,
                    details=list(error.details))  # fmt: skip
        show_error(error, as_json=False)
        self._session.warn(
            f"{plan.cause}: failed after {seconds:.1f} s; the next save tries again."
        )

    def _event(self, kind: str, **fields: object) -> None:
        if self._session.json:
            self._session.out(json.dumps({"event": kind, **fields}))


def _reasons(meanings: Iterable[Meaning]) -> str:
    """Why the most is asked for."""
    return max(meanings, key=lambda each: each.action).reason
