"""From one place to another through us, of any size: nothing is kept on the way."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import deque
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from devkit.engine.process import GRACE, drain, end, start
from devkit.engine.shielding import to_the_end
from devkit.ports import Completed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

CHUNK = 1024 * 1024
TELL_EVERY = 1.0
LINES_KEPT = 100


@dataclass(frozen=True, kw_only=True)
class Piped:
    """Two commands, of which one took what the other gave.

    Attributes:
        source: With what it wrote to stderr.
        target: With all that it wrote.
        broken: Whether the target ended before it had taken everything.
    """

    source: Completed
    target: Completed
    broken: bool = False

    @property
    def ok(self) -> bool:
        """Whether both did all that they had to."""
        return self.source.ok and self.target.ok and not self.broken

    @property
    def to_blame(self) -> Completed:
        """The one that failed first; the other fails for want of it."""
        return self.target if self.broken or self.source.ok else self.source


@dataclass
class Counted:
    """How many bytes have gone through."""

    bytes: int = field(default=0)

    def add(self, count: int) -> None:
        """Count some more."""
        self.bytes += count


async def pipe(
    source: Sequence[str],
    target: Sequence[str],
    *,
    source_env: Mapping[str, str],
    target_env: Mapping[str, str],
    count: Callable[[int], None],
) -> Piped:
    """Run two commands, the second on the output of the first; cancelled, both are ended.

    Args:
        source: Writes to its stdout.
        target: Reads its stdin.
        source_env: The whole environment of the source.
        target_env: The whole environment of the target.
        count: Told of every few bytes that go through.
    """
    errors: deque[str] = deque(maxlen=LINES_KEPT)
    answers: deque[str] = deque(maxlen=LINES_KEPT)
    async with AsyncExitStack() as stack:
        receiving = await start(target, env=target_env, stdin=asyncio.subprocess.PIPE)
        stack.push_async_callback(_end_unread, receiving)
        sending = await start(source, env=source_env, stderr=asyncio.subprocess.PIPE)
        stack.push_async_callback(_end_unread, sending)
        assert sending.stderr is not None  # noqa: S101 - start asked for it
        assert receiving.stdout is not None  # noqa: S101 - start asked for it
        async with asyncio.TaskGroup() as group:
            relayed = group.create_task(_relay(sending, receiving, count))
            group.create_task(drain(sending.stderr, errors))
            group.create_task(drain(receiving.stdout, answers))
        await sending.wait()
        await receiving.wait()
    return Piped(
        source=_completed(sending, errors),
        target=_completed(receiving, answers),
        broken=not relayed.result(),
    )


async def _relay(
    sending: asyncio.subprocess.Process,
    receiving: asyncio.subprocess.Process,
    count: Callable[[int], None],
) -> bool:
    """Hand everything on; whether the target took it all. Without it the source is ended."""
    assert sending.stdout is not None  # noqa: S101 - start asked for it
    assert receiving.stdin is not None  # noqa: S101 - as above
    try:
        while chunk := await sending.stdout.read(CHUNK):
            receiving.stdin.write(chunk)
            await receiving.stdin.drain()
            count(len(chunk))
        receiving.stdin.close()
        await receiving.stdin.wait_closed()
    except ConnectionError:
        await to_the_end(_end_source(sending))
        return False
    return True


async def feed(
    target: Sequence[str],
    *,
    env: Mapping[str, str],
    write: Callable[[IO[bytes]], None],
    on_line: Callable[[str], None] | None = None,
) -> Completed:
    """Run a command on what a function writes, in a thread; cancelled, both come to their end.

    Args:
        target: Reads its stdin.
        env: Its whole environment.
        write: Writes to the command. What it raises ends the command and is raised here.
        on_line: Told of each line that the command writes.
    """
    lines: deque[str] = deque(maxlen=LINES_KEPT)
    taking, giving = os.pipe()
    with _closing(os.fdopen(giving, "wb", buffering=CHUNK)) as sink:
        try:
            process = await start(target, env=env, stdin=taking)
        finally:
            os.close(taking)
        assert process.stdout is not None  # noqa: S101 - start asked for it
        # Ended, the command lets go of the pipe, and with that the thread ends, too.
        writing = asyncio.ensure_future(asyncio.to_thread(_write, sink, write))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(drain(process.stdout, lines, on_line))
                await asyncio.shield(writing)
            await process.wait()
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            await _end_unread(process)
            await to_the_end(_over(writing))
    return _completed(process, lines)


def _write(sink: IO[bytes], write: Callable[[IO[bytes]], None]) -> None:
    with contextlib.suppress(BrokenPipeError):  # what the command says tells why
        write(sink)
        sink.close()


@contextlib.contextmanager
def _closing(sink: IO[bytes]) -> Iterator[IO[bytes]]:
    """What is left in a pipe that nobody reads is no error."""
    try:
        yield sink
    finally:
        with contextlib.suppress(BrokenPipeError):
            sink.close()


async def _end_unread(process: asyncio.subprocess.Process) -> None:
    """End a command of whose output nobody wants more."""
    await to_the_end(_ended(process, process.stdout, process.stderr))


async def _end_source(process: asyncio.subprocess.Process) -> None:
    """End a command whose errors are still being read."""
    await _ended(process, process.stdout)


async def _ended(process: asyncio.subprocess.Process, *unread: asyncio.StreamReader | None) -> None:
    # asyncio takes a process for over once all that it wrote has been read.
    reading = [asyncio.create_task(_discard(each)) for each in unread if each is not None]
    await end(process)
    if reading:
        _, late = await asyncio.wait(reading, timeout=GRACE)
        for each in late:
            each.cancel()


async def _discard(stream: asyncio.StreamReader) -> None:
    while await stream.read(CHUNK):
        pass


async def _over(writing: asyncio.Future[None]) -> None:
    await asyncio.wait([writing])


def _completed(process: asyncio.subprocess.Process, lines: deque[str]) -> Completed:
    return Completed(returncode=process.returncode or 0, output="\n".join(lines))


@asynccontextmanager
async def telling(words: Callable[[], str], on_line: Callable[[str], None]) -> AsyncIterator[None]:
    """Tell how far something has come, once a second, while the block runs."""

    async def tell() -> None:
        while True:
            await asyncio.sleep(TELL_EVERY)
            on_line(words())

    task = asyncio.create_task(tell())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
