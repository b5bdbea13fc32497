"""watchdog's observers: the system's own, which tells when it comes to its limits, and polling."""

from __future__ import annotations

import errno
import os
import sys
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserverVFS

from devkit.watch.names import UNWATCHED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOK_EVERY = 1.0
"""Seconds between two looks where nothing tells of changes."""
_LIMITS = {errno.ENOSPC, errno.EMFILE, errno.ENFILE}


class Limited:
    """What the system has said it has no more of.

    Args:
        error: As it came.
    """

    def __init__(self, error: OSError) -> None:
        self._error = error

    def __str__(self) -> str:
        return self._error.strerror or str(self._error)


def polling_observer() -> BaseObserver:
    """One that looks through a folder every second, past what no code is edited in."""
    observer = PollingObserverVFS(os.stat, _entries, polling_interval=LOOK_EVERY)
    observer.name = "polling"
    return observer


def _entries(folder: str | None) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as found:
        yield from (each for each in found if each.name not in UNWATCHED)


def native_observer(
    root: Path, *, on_limit: Callable[[OSError], None], on_lost: Callable[[], None]
) -> BaseObserver:
    """The system's own.

    Args:
        root: The folder that it will watch.
        on_limit: Called, from any thread, where a folder cannot be watched for want of watches:
            watchdog itself passes over that for all but the first folder.
        on_lost: Called, from any thread, where the system has thrown changes away.

    Raises:
        OSError: There is not even one to be had.
    """
    if sys.platform != "linux":
        return Observer()
    from watchdog.observers.inotify import InotifyEmitter  # noqa: PLC0415 - Linux alone has it
    from watchdog.observers.inotify_c import InotifyFD  # noqa: PLC0415 - the same

    depth = len(root.parts)
    # Of a new folder that it meets twice: with the one that it is in, and by its own event.
    warnings.filterwarnings("ignore", "Callback with id .* already exists", RuntimeWarning)

    class Telling(InotifyFD):
        """Speaks up, and spends no watches on folders that no code is edited in."""

        def add_callback(self, path: bytes, *rest: Any) -> Any:  # noqa: ANN401 - handed on
            if not UNWATCHED.isdisjoint(Path(os.fsdecode(path)).parts[depth:]):
                raise PermissionError(errno.EACCES, "not watched")
            try:
                return super().add_callback(path, *rest)
            except OSError as error:
                if error.errno in _LIMITS:
                    on_limit(error)
                raise

        def handle_event(self, event: Any) -> None:  # noqa: ANN401 - handed on
            if event.is_queue_overflow:
                on_lost()
            super().handle_event(event)

    descriptor = Telling()
    descriptor.start()
    return _InotifyObserver(partial(InotifyEmitter, inotify_fd=descriptor), descriptor)


class _InotifyObserver(BaseObserver):
    """An observer with an inotify descriptor of its own, which ends with it."""

    def __init__(self, emitter: Any, descriptor: Any) -> None:  # noqa: ANN401 - watchdog's own
        super().__init__(emitter)
        self._descriptor = descriptor

    def on_thread_stop(self) -> None:
        super().on_thread_stop()
        self._descriptor.stop()
        self._descriptor.join(1)
