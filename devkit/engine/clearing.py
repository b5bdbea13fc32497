"""Removes all that carries a run's label, to the end, whoever else is at it.

The docker commands run in sessions of their own: a Ctrl-C on the terminal ends the rehearsal,
and not what cleans up after it.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from devkit.engine.ownership import RUN_LABEL
from devkit.engine.process import run

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

DEADLINE = 60.0
"""Seconds for a run to be gone where the engine answers."""
PATIENCE = 20.0
"""Seconds for an engine that does not answer, which may be restarting."""
SETTLING = 1.5
"""Seconds for which nothing may turn up where a command was cut short: the engine goes on with
what it was creating, and shows it when it has done."""
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


class Outcome(Enum):
    """How the removing of a run ended."""

    GONE = "nothing is left"
    HELD = "the engine does not let go of something"
    NO_ENGINE = "the engine does not answer"


@dataclass(frozen=True, kw_only=True)
class Cleared:
    """What became of a run.

    Attributes:
        outcome: How it ended.
        left: What is still there, as ``container ID`` and the like; unknown without an engine.
    """

    outcome: Outcome
    left: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What a person should know of it; empty where all is well."""
        if self.outcome is Outcome.NO_ENGINE:
            return (
                "The engine does not answer, so that what was started there is still there;"
                " the next devkit command removes it once the engine is back."
            )
        if self.outcome is Outcome.HELD:
            names = ", ".join(self.left)
            return f"Not removed, the engine does not let go of it: {names}; devkit clean tries it."
        return ""


async def clear_run(
    name: str,
    environment: Mapping[str, str],
    *,
    settling: float = SETTLING,
    deadline: float = DEADLINE,
) -> Cleared:
    """Remove the containers, networks and volumes of a run.

    Removing is tried again until nothing is found: a container that the engine was creating
    when its command was ended turns up late, and one that Compose is removing goes by itself.

    Args:
        name: The value of the run label.
        environment: The environment of the docker commands.
        settling: Seconds for which nothing may be found; 0 where no command was cut short.
        deadline: Seconds to go on removing where the engine answers.
    """
    label = f"{RUN_LABEL}={name}"
    return await clear_label(label, environment, settling=settling, deadline=deadline)


async def clear_label(
    label: str,
    environment: Mapping[str, str],
    *,
    kinds: Collection[str] = tuple(_LIST),
    settling: float = 0.0,
    deadline: float = DEADLINE,
) -> Cleared:
    """Remove what carries a label; see ``clear_run``.

    Args:
        label: As ``name=value``.
        environment: The environment of the docker commands.
        kinds: Of ``container``, ``network`` and ``volume``.
        settling: Seconds for which nothing may be found.
        deadline: Seconds to go on removing where the engine answers.
    """
    began = answered = busy = time.monotonic()
    while True:
        found = await _found(label, kinds, environment)
        now = time.monotonic()
        if found is None:
            if now - answered >= PATIENCE:
                return Cleared(outcome=Outcome.NO_ENGINE)
        elif any(found.values()):
            if now - began >= deadline:
                return Cleared(outcome=Outcome.HELD, left=_names(found))
            first = busy == began
            await _remove(found, environment)
            answered = busy = time.monotonic()
            if first:
                continue
        elif now - busy >= settling:
            return Cleared(outcome=Outcome.GONE)
        else:
            answered = now
        await asyncio.sleep(PAUSE)


def _names(found: Mapping[str, list[str]]) -> tuple[str, ...]:
    return tuple(f"{kind} {each}" for kind, names in found.items() for each in names)


async def _remove(found: Mapping[str, list[str]], environment: Mapping[str, str]) -> None:
    await _remove_kind("container", found, environment)
    # What containers used is free now, and neither of these needs the other.
    await asyncio.gather(
        _remove_kind("network", found, environment), _remove_kind("volume", found, environment)
    )


async def _remove_kind(
    kind: str, found: Mapping[str, list[str]], environment: Mapping[str, str]
) -> None:
    if names := found.get(kind):
        await run(["docker", *_REMOVE[kind], *names], env=environment, timeout=DEADLINE)


async def _found(
    label: str, kinds: Collection[str], environment: Mapping[str, str]
) -> dict[str, list[str]] | None:
    """What carries the label, by kind; None where the engine does not say."""
    only = ("--filter", f"label={label}")
    listed = await asyncio.gather(
        *(run(["docker", *_LIST[kind], *only], env=environment, timeout=PATIENCE) for kind in kinds)
    )
    if not all(done.ok for done in listed):
        return None
    return {kind: done.output.split() for kind, done in zip(kinds, listed, strict=True)}
