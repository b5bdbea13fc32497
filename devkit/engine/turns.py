"""This person's devkits take turns at what two at the same time would mix up."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from devkit.engine.witnesses import state_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PATIENCE = 20.0
"""Seconds to wait for another one, which needs less than one."""


@contextlib.contextmanager
def turn(subject: str, environment: Mapping[str, str]) -> Iterator[None]:
    """Wait for one's turn, and have it; without, where no lock can be had: it only helps.

    Args:
        subject: The folder of the person's state that it is about, such as ``names``.
        environment: The process environment, which says where that state is.
    """
    import filelock  # noqa: PLC0415 - 20 ms

    path = state_folder(environment).with_name(subject) / ".lock"
    # Another thread than the one that waited may be the one that lets go.
    lock = filelock.FileLock(path, timeout=PATIENCE, thread_local=False, fallback_to_soft=False)
    with contextlib.suppress(OSError, NotImplementedError, filelock.Timeout):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
