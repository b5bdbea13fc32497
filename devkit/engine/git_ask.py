"""A question to git that may take long: bounded in time, and gone when the caller is cancelled."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from devkit.engine.process import end
from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


async def ask(
    *words: str, folder: Path, environment: Mapping[str, str], limit: float, stdin: bytes = b""
) -> bytes | None:
    """What git answers, whatever bytes it has; None where it fails or takes too long.

    Args:
        words: git's arguments.
        folder: Where to ask.
        environment: The whole environment.
        limit: Seconds.
        stdin: What git reads.

    Raises:
        CouldNotFindOutError: git cannot be run.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            "git",
            *words,
            cwd=folder,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise CouldNotFindOutError(f"git could not be run: {error.strerror}.") from error
    try:
        async with asyncio.timeout(limit):
            answer, _ = await process.communicate(stdin)
    except TimeoutError:
        return None
    finally:
        await end(process)
    return answer if process.returncode == 0 else None
