"""The changes of a folder's files in batches, as watchdog sees them."""

from __future__ import annotations

import asyncio
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEventHandler,
)

from devkit.engine.observers import Limited, native_observer, polling_observer
from devkit.watch.debounce import REST, Debounce
from devkit.watch.names import is_never_watched

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver

    from devkit.ports import Clock

MANY = 1000
"""Changes of one batch from which on all files are looked at: some events may be lost."""
LONGEST_HOLD = 30.0
"""Seconds that a git command may be at it before its changes so far are acted upon."""
_LOOK_AT_GIT = 0.02
_EVENTS = [
    FileCreatedEvent, FileModifiedEvent, FileAttribEvent, FileClosedEvent, FileMovedEvent,
    FileDeletedEvent, DirCreatedEvent, DirMovedEvent, DirDeletedEvent,
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Changes that belong together.

    Attributes:
        paths: From the watched folder; a folder ends with a slash and stands for all in it.
        everything: Whether any other file may have changed, too.
    """

    paths: tuple[str, ...]
    everything: bool = False


class Watching:
    """Watches a folder, from ``start`` to ``stop``.

    Args:
        root: The folder.
        clock: The time.
        tell: Told, in a sentence, that the folder has to be looked through instead.
        lock: A file that is there while git is at work on the files; None for none.
    """

    def __init__(
        self, root: Path, *, clock: Clock, tell: Callable[[str], None], lock: Path | None = None
    ) -> None:
        self._root = root.resolve()
        self._clock = clock
        self._tell = tell
        self._lock = lock
        self._observer: BaseObserver | None = None
        self._limited: Limited | None = None
        self._everything = False
        self._new: dict[str, None] = {}
        self._guard = threading.Lock()
        self._woken = asyncio.Event()
        self._debounce = Debounce()
        self._loop = asyncio.get_running_loop()

    @property
    def polls(self) -> bool:
        """Whether the folder is looked through every second."""
        return self._limited is not None

    async def start(self) -> None:
        """Begin; what changes from now on is told."""
        try:
            self._observe(
                native_observer(self._root, on_limit=self._on_limit, on_lost=self.doubt_all)
            )
        except OSError as error:
            self._limited = self._limited or Limited(error)
        if self._limited is not None:
            await self._fall_back()

    async def stop(self) -> None:
        """End; may be called at any time."""
        observer, self._observer = self._observer, None
        if observer is not None and observer.is_alive():
            observer.stop()
            await asyncio.to_thread(observer.join, 2)

    async def batches(self) -> AsyncIterator[Batch]:
        """The changes, each batch when it is whole; without end."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            if self._limited is not None and self._observer is None:
                await self._fall_back()
            while self._debounce.due is not None:
                everything = await self._rest()
                everything, self._everything = everything or self._everything, False
                paths = self._debounce.take()
                yield Batch(paths=paths, everything=everything or len(paths) > MANY)

    async def _rest(self) -> bool:
        """Wait until the batch is whole; whether git was at work meanwhile."""
        while (due := self._debounce.due) is not None:
            left = due - self._clock.monotonic()
            if left <= 0:
                break
            await self._clock.sleep(left)
        if self._lock is None or not self._lock.exists():
            return False
        until = self._clock.monotonic() + LONGEST_HOLD
        while self._lock.exists() and self._clock.monotonic() < until:
            await self._clock.sleep(_LOOK_AT_GIT)
        await self._clock.sleep(REST)
        return True

    def _observe(self, observer: BaseObserver) -> None:
        observer.schedule(
            _Handler(self._root, self._on_path),
            str(self._root),
            recursive=True,
            event_filter=_EVENTS,
        )
        self._observer = observer
        observer.start()

    async def _fall_back(self) -> None:
        await self.stop()
        self._tell(
            f"The system has no more watches to give ({self._limited}): the folder is looked"
            " through every second instead. A larger fs.inotify.max_user_watches helps."
        )
        self._observe(polling_observer())
        self.doubt_all()

    def _on_path(self, path: str) -> None:
        """Take a path from watchdog's thread."""
        with self._guard:
            first = not self._new
            self._new[path] = None
        if first:
            self._call(self._drain)

    def doubt_all(self) -> None:
        """Have every file looked at with the next batch, which comes soon."""
        self._everything = True
        self._on_path("")

    def _on_limit(self, error: OSError) -> None:
        if self._limited is None:
            self._limited = Limited(error)
            self._call(self._leave)

    def _leave(self) -> None:
        """Give the observer up that has come to its limits."""
        if self._observer is not None and not self._observer.name.startswith("polling"):
            self._observer.stop()
            self._observer = None
            self._woken.set()

    def _call(self, what: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what)

    def _drain(self) -> None:
        with self._guard:
            new, self._new = self._new, {}
        now = self._clock.monotonic()
        for path in new:
            self._debounce.add(path, now=now)
        self._woken.set()


class _Handler(FileSystemEventHandler):
    """Hands on the paths of what happened, from the watched folder."""

    def __init__(self, root: Path, take: Callable[[str], None]) -> None:
        self._prefix = f"{root}{os.sep}"
        self._take = take

    def dispatch(self, event: FileSystemEvent) -> None:
        """Take one event, whatever it is."""
        for path in (event.src_path, event.dest_path):
            if path:
                self._path(os.fsdecode(path), is_folder=event.is_directory)

    def _path(self, path: str, *, is_folder: bool) -> None:
        inner = path.removeprefix(self._prefix)
        if inner != path and not is_never_watched(inner):
            self._take(f"{inner}/" if is_folder else inner)
