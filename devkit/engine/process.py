"""Long commands: streamed, bounded in time, and gone when the caller is cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections import deque
from typing import TYPE_CHECKING, Protocol

from devkit.engine.shielding import to_the_end
from devkit.ports import Completed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

GRACE = 10.0
"""Seconds between SIGTERM and SIGKILL for a command that is to end."""

LONGEST_LINE = 1024 * 1024
"""Bytes of one line of output; a longer one is handed on in pieces."""


MOST_KEPT = 8 * 1024 * 1024
"""Characters of output that are kept, the last ones: a command may write without end."""


class Lines(Protocol):
    """What is kept of a command's output."""

    def append(self, line: str, /) -> None:
        """Keep one line more."""
        ...


class _LastLines:
    def __init__(self) -> None:
        self.kept: deque[str] = deque()
        self._size = 0

    def append(self, line: str) -> None:
        self.kept.append(line)
        self._size += len(line) + 1
        while self._size > MOST_KEPT:
            self._size -= len(self.kept.popleft()) + 1


async def run(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
    timeout: float | None = None,
) -> Completed:
    """Run a command in a session of its own, so that the terminal's signals reach us alone.

    Args:
        command: The argument list; nothing goes through a shell.
        cwd: The folder to run it in.
        env: Its whole environment; None for ours.
        on_line: Called with each line of output, without its line end, as it comes.
        timeout: Seconds after which the command is ended; None for no limit.

    Raises:
        FileNotFoundError: The program is not on the PATH.
    """
    process = await start(command, cwd=cwd, env=env)
    lines = _LastLines()
    timed_out = False
    try:
        async with asyncio.timeout(timeout):
            assert process.stdout is not None  # noqa: S101 - start asked for it; tells mypy so
            await drain(process.stdout, lines, on_line)
            await process.wait()
    except TimeoutError:
        timed_out = True
    finally:
        await end(process)
    return Completed(
        returncode=process.returncode or 0, output="\n".join(lines.kept), timed_out=timed_out
    )


async def start(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: int = asyncio.subprocess.DEVNULL,
    stderr: int = asyncio.subprocess.STDOUT,
) -> asyncio.subprocess.Process:
    """Start a process; one that was started while its caller was cancelled is ended.

    Args:
        command: The argument list.
        cwd: The folder to run it in.
        env: Its whole environment; None for ours.
        stdin: Where its input comes from: a file descriptor, or PIPE.
        stderr: Where its errors go; its output is always ours to read.

    Raises:
        FileNotFoundError: The program is not on the PATH.
    """
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *command,
            cwd=cwd,
            env=env,
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
            limit=LONGEST_LINE,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await to_the_end(_end_when_started(starting))
        raise


async def _end_when_started(starting: asyncio.Future[asyncio.subprocess.Process]) -> None:
    with contextlib.suppress(OSError):
        await end(await starting)


async def drain(
    stream: asyncio.StreamReader,
    lines: Lines,
    on_line: Callable[[str], None] | None = None,
) -> None:
    """Read a stream to its end, line by line."""
    while chunk := await _read_line(stream):
        line = chunk.decode(errors="replace").rstrip("\r\n")
        lines.append(line)
        if on_line is not None:
            on_line(line)


async def _read_line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readuntil(b"\n")
    except asyncio.IncompleteReadError as rest:
        return rest.partial
    except asyncio.LimitOverrunError as overrun:
        return await stream.read(overrun.consumed)


async def end(process: asyncio.subprocess.Process) -> None:
    """End a command's whole process group: SIGTERM, then SIGKILL after ``GRACE`` seconds.

    To its end, because it runs while its caller is being cancelled, and what the command goes on
    to make would be found by nobody.
    """
    if process.returncode is None:
        await to_the_end(_end(process))


async def _end(process: asyncio.subprocess.Process) -> None:
    _signal_group(process, signal.SIGTERM)
    try:
        async with asyncio.timeout(GRACE):
            await process.wait()
    except TimeoutError:
        _signal_group(process, signal.SIGKILL)
        await process.wait()


def _signal_group(process: asyncio.subprocess.Process, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
