"""Ctrl-C and its kin: the work is cancelled, cleans up behind itself, and then the process ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, TypeVar

from devkit.cli.legible import legible
from devkit.errors import DevkitError, InterruptedByUserError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from devkit.engine.data_files import NewFile

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_interruptible(
    work: Callable[[], Coroutine[Any, Any, T]], *, remover: str = "the next devkit command"
) -> T:
    """Run asynchronous work with the signal handlers armed before it begins.

    The first signal cancels the work, whose ``finally`` blocks remove what it created. A
    second one ends the process at once.

    Args:
        work: Makes the work.
        remover: The command that removes what is left where a second signal ends us.

    Raises:
        InterruptedByUserError: A signal came.
    """

    async def supervised() -> T:
        received: list[int] = []
        _arm(asyncio.current_task(), received, remover)
        try:
            return await work()
        # A command that the same signal ended may have been told of as a failure before.
        except (asyncio.CancelledError, DevkitError):
            if received:
                # A question to an engine that has gone silent would be waited for.
                _end_children()
                raise InterruptedByUserError(received[0]) from None
            raise

    return asyncio.run(supervised())


def remover_of(new: NewFile) -> str:
    """The command that removes what there is of a file that is not whole."""
    from devkit.deployment.naming import for_shell  # noqa: PLC0415 - only for a dump

    return f"`rm {for_shell(str(new.temporary))}`"


def _arm(task: asyncio.Task[Any] | None, received: list[int], remover: str) -> None:
    loop = asyncio.get_running_loop()

    def on_signal(number: int) -> None:
        if received:
            _end_children()
            sys.stderr.write(legible(f"Stopped at once; {remover} removes what is left.") + "\n")
            os._exit(128 + number)
        received.append(number)
        sys.stderr.write("\nStopping and cleaning up (again to stop at once) ...\n")
        if task is not None:
            task.cancel()

    for number in SIGNALS:
        if signal.getsignal(number) is signal.SIG_IGN:  # nohup, or a shell's background job
            continue
        loop.add_signal_handler(number, on_signal, number)


def _end_children() -> None:
    from devkit.engine.orphans import end_children  # noqa: PLC0415 - only where we are interrupted

    end_children()
