from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import IO, TYPE_CHECKING

import pytest

from devkit.engine.piping import Counted, Piped, feed, pipe, telling

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ENV = dict(os.environ)
HOLDS = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"


def python(code: str, *words: str) -> list[str]:
    return [sys.executable, "-c", code, *words]


async def pids(noted: Sequence[Path]) -> list[int]:
    """What the programs have written down, once all of them have."""
    async with asyncio.timeout(20):
        while not all(path.exists() and path.read_text() for path in noted):  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.05)
    return [int(path.read_text()) for path in noted]


def piped(source: list[str], target: list[str]) -> tuple[Piped, int]:
    counted = Counted()
    done = asyncio.run(pipe(source, target, source_env=ENV, target_env=ENV, count=counted.add))
    return done, counted.bytes


def test_all_of_it_goes_through_and_is_counted() -> None:
    done, count = piped(
        python("import sys; sys.stdout.buffer.write(bytes(range(256)) * 40_000)"),
        python("import sys; d = sys.stdin.buffer.read(); print(len(d), d[-1])"),
    )

    assert done.ok
    assert count == 10_240_000
    assert done.target.output == "10240000 255"


def test_a_source_that_breaks_off_is_to_blame() -> None:
    done, _ = piped(
        python("import sys; print('half', flush=True); sys.exit('no more')"),
        python("import sys; sys.exit(len(sys.stdin.read()) < 100)"),
    )

    assert not done.ok
    assert done.to_blame is done.source
    assert done.source.output == "no more"


def test_a_source_that_fails_at_its_end_is_no_success() -> None:
    done, _ = piped(python("import sys; print('all'); sys.exit(3)"), ["cat"])

    assert not done.ok
    assert done.to_blame.returncode == 3


def test_a_target_that_takes_no_more_is_to_blame_and_ends_the_source() -> None:
    endless = "import sys\nwhile True: sys.stdout.buffer.write(bytes(100_000))"
    done, _ = piped(python(endless), python("import sys; sys.exit('no room')"))

    assert not done.ok
    assert done.to_blame is done.target
    assert done.target.output == "no room"


def test_cancelled_in_the_midst_of_it_both_end_at_once() -> None:
    endless = "import sys\nwhile True: sys.stdout.buffer.write(bytes(100_000))"
    began = time.monotonic()

    async def cancelled() -> None:
        flowing = asyncio.Event()
        work = pipe(
            python(endless),
            python("import sys, time; sys.stdin.buffer.read(1_000_000); time.sleep(60)"),
            source_env=ENV,
            target_env=ENV,
            count=lambda _: flowing.set(),
        )
        task = asyncio.create_task(work)
        await flowing.wait()
        await asyncio.sleep(0.5)  # until the pipes are full
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())

    assert time.monotonic() - began < 8


def test_cancelled_both_are_ended(tmp_path: Path) -> None:
    noted = [tmp_path / "source", tmp_path / "target"]

    async def cancelled() -> list[int]:
        source, target = (python(HOLDS, str(path)) for path in noted)
        work = pipe(source, target, source_env=ENV, target_env=ENV, count=lambda _: None)
        task = asyncio.create_task(work)
        found = await pids(noted)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return found

    for pid in asyncio.run(cancelled()):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_command_is_fed_by_a_function() -> None:
    def write(sink: IO[bytes]) -> None:
        for _ in range(100):
            sink.write(bytes(100_000))

    done = asyncio.run(feed(["wc", "-c"], env=ENV, write=write))

    assert done.ok
    assert done.output.strip() == "10000000"


def test_a_function_that_fails_ends_the_command() -> None:
    def write(sink: IO[bytes]) -> None:
        sink.write(b"half")
        raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(feed(["sleep", "60"], env=ENV, write=write))


def test_a_command_that_takes_no_more_ends_the_function() -> None:
    def write(sink: IO[bytes]) -> None:
        while True:
            sink.write(bytes(100_000))

    done = asyncio.run(feed(python("import sys; sys.exit('no room')"), env=ENV, write=write))

    assert done.returncode == 1
    assert done.output == "no room"


def test_cancelled_the_command_and_the_function_end(tmp_path: Path) -> None:
    noted = tmp_path / "target"
    ended: list[str] = []

    def write(sink: IO[bytes]) -> None:
        try:
            while True:
                sink.write(bytes(100_000))
        finally:
            ended.append("function")

    async def cancelled() -> list[int]:
        task = asyncio.create_task(feed(python(HOLDS, str(noted)), env=ENV, write=write))
        found = await pids([noted])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended == ["function"]
        return found

    (pid,) = asyncio.run(cancelled())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_how_far_it_has_come_is_told_each_second() -> None:
    told: list[str] = []

    async def work() -> None:
        async with telling(lambda: f"at {len(told)}", told.append):
            await asyncio.sleep(1.3)

    asyncio.run(work())

    assert told == ["at 0"]
