"""Dumps a database into a file or to stdout, streaming."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from devkit.engine.compressed import compressor
from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from devkit.data.names import DumpForm
    from devkit.engine.data_files import NewFile
    from devkit.engine.data_tools import Tools


async def dump_to_file(
    tools: Tools, file: NewFile, form: DumpForm, *, force: bool, count: Callable[[int], None]
) -> None:
    """Dump into a file, which is there when it is whole.

    Args:
        tools: Of the database, which runs.
        file: The file, compressed as the form says.
        form: What it is to be.
        force: Whether to overwrite one that is there.
        count: Told of every few bytes that the database gave.

    Raises:
        CouldNotFindOutError: It could not be dumped, or written.
        RefusedError: There is a file of that name.
    """

    async def take(chunk: bytes) -> None:
        count(len(chunk))
        await asyncio.to_thread(file.write, chunk)

    with file.writing(force=force):
        await _dump(tools, form, take)


async def dump_to_stdout(tools: Tools, form: DumpForm, *, count: Callable[[int], None]) -> None:
    """Dump to stdout.

    Raises:
        CouldNotFindOutError: It could not be dumped, or nobody read it to its end.
    """
    squeezing = compressor(form.compression)
    descriptor = sys.stdout.fileno()

    async def take(chunk: bytes) -> None:
        count(len(chunk))
        await asyncio.to_thread(_write_all, descriptor, squeezing.compress(chunk))

    try:
        await _dump(tools, form, take)
        await asyncio.to_thread(_write_all, descriptor, squeezing.flush())
    except BrokenPipeError:
        raise CouldNotFindOutError("Nobody read the dump to its end.") from None


async def _dump(tools: Tools, form: DumpForm, take: Callable[[bytes], Awaitable[None]]) -> None:
    fitting = tools.dialect.fitting()

    async def fit(chunk: bytes) -> None:
        await take(fitting.feed(chunk))

    done = await tools.read(tools.dialect.dump(tools.database, form), take=fit)
    if not done.ok:
        raise tools.error(f"{tools.database.service} could not be dumped", done)
    await take(fitting.end())


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
