"""Removes all that carries a run's label, to the end, whoever else is at it.

The docker commands run in sessions of their own: a Ctrl-C on the terminal ends the rehearsal,
and not what cleans up after it.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

from devkit.engine.ownership import RUN_LABEL
from devkit.engine.process import run

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

T = TypeVar("T")

DEADLINE = 60.0
"""Seconds for a run to be gone; an engine that does not answer must not hold us for ever."""
PAUSE = 0.2

_LIST = {
    "container": ("ps", "--all", "--quiet", "--no-trunc"),
    "network": ("network", "ls", "--quiet", "--no-trunc"),
    "volume": ("volume", "ls", "--quiet"),
}
_REMOVE = {
    "container": ("rm", "--force", "--volumes"),
    "network": ("network", "rm"),
    "volume": ("volume", "rm", "--force"),
}


async def to_the_end(work: Coroutine[None, None, T]) -> T:
    """Await work that is finished even where its caller is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def clear_run(name: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Remove the containers, networks and volumes of a run.

    Removing is tried again until nothing is found: a container that the engine was creating
    when its command was ended turns up late, and one that Compose is removing goes by itself.

    Args:
        name: The value of the run label.
        environment: The environment of the docker commands.

    Returns:
        What is still there when the time is up, as ``container ID`` and the like.
    """
    end = time.monotonic() + DEADLINE
    found = await _found(name, environment)
    while any(found.values()) and time.monotonic() < end:
        for kind, names in found.items():
            if names:
                await run(["docker", *_REMOVE[kind], *names], env=environment, timeout=DEADLINE)
        found = await _found(name, environment)
        if any(found.values()):
            await asyncio.sleep(PAUSE)
    return tuple(f"{kind} {each}" for kind, names in found.items() for each in names)


async def _found(name: str, environment: Mapping[str, str]) -> dict[str, list[str]]:
    label = f"label={RUN_LABEL}={name}"
    listed = await asyncio.gather(
        *(
            run(["docker", *words, "--filter", label], env=environment, timeout=DEADLINE)
            for words in _LIST.values()
        )
    )
    return {
        kind: done.output.split() if done.ok else []
        for kind, done in zip(_LIST, listed, strict=True)
    }
