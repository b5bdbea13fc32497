"""Which snapshots there are of a project's databases, and which go."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from devkit.data.filecopies import MEASURE
from devkit.data.names import free_name, stamp
from devkit.data.snapshots import (
    Snapshot,
    by_age,
    measured,
    parse_volumes,
    project_filter,
    too_many,
)
from devkit.engine.db_kept import drop_kept, list_kept
from devkit.engine.messages import engine_error
from devkit.engine.process import run
from devkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.engine.data_tools import Tools

LIMIT = 60.0
_SNAPSHOTS = "/devkit-snapshots"


async def list_snapshots(
    project: str, environment: Mapping[str, str], *, tools: Tools | None = None
) -> tuple[Snapshot, ...]:
    """All snapshots of a project, the oldest first.

    Args:
        project: The Compose project.
        environment: The person's environment, for docker.
        tools: Of any database of it, to measure them with; without them no size is known.

    Raises:
        CouldNotFindOutError: The engine does not answer.
    """
    listed = await docker(
        environment, "volume", "ls", "--quiet", "--filter", project_filter(project)
    )
    names = listed.split()
    if not names:
        return ()
    found = parse_volumes(await docker(environment, "volume", "inspect", *names))
    return found if tools is None else await _measured(found, tools)


async def _measured(found: tuple[Snapshot, ...], tools: Tools) -> tuple[Snapshot, ...]:
    mounts = [
        word
        for each in found
        for word in ("--volume", f"{each.volume}:{_SNAPSHOTS}/{each.name}:ro")
    ]
    done = await tools.run("sh", ["-c", MEASURE], options=mounts, connected=False)
    if not done.ok:
        raise tools.error("The snapshots could not be looked into", done)
    return measured(found, done.output)


async def remove_snapshots(snapshots: Sequence[Snapshot], environment: Mapping[str, str]) -> None:
    """Remove snapshots for good.

    Raises:
        CouldNotFindOutError: The engine does not let go of one.
    """
    if snapshots:
        volumes = [each.volume for each in snapshots]
        await docker(environment, "volume", "rm", "--force", *volumes)


async def all_snapshots(tools: Tools) -> tuple[Snapshot, ...]:
    """Those in volumes, of the whole project, and those in this server; the oldest first."""
    volumes = await list_snapshots(tools.database.project, tools.environment)
    return by_age((*volumes, *await list_kept(tools)))


async def free_snapshot(tools: Tools, base: str) -> str:
    """A name that no snapshot has yet: ``before-load-20261123T201130``.

    Args:
        tools: Of any database of the project.
        base: How it begins.
    """
    taken = {each.name for each in await all_snapshots(tools)}
    return free_name(f"{base}-{stamp(datetime.now().astimezone())}", taken)


async def prune(tools: Tools, *, keep: str = "") -> tuple[Snapshot, ...]:
    """Remove the oldest of those that devkit made by itself; those that went."""
    going = too_many(await all_snapshots(tools), keep=keep)
    await remove_snapshots([each for each in going if each.volume], tools.environment)
    for each in going:
        if each.database:
            await drop_kept(tools, each)
    return going


async def docker(environment: Mapping[str, str], *words: str, limit: float = LIMIT) -> str:
    """What a docker command writes that has to succeed.

    Raises:
        CouldNotFindOutError: It does not.
    """
    done = await run(["docker", *words], env=environment, timeout=limit)
    if not done.ok:
        raise engine_error(done.output or f"`docker {words[0]}` gave no answer in {limit:.0f} s")
    return done.output


def forget_named(snapshots: Sequence[Snapshot], names: Sequence[str]) -> tuple[Snapshot, ...]:
    """Those of some names.

    Raises:
        UsageError: There is none of a name.
    """
    by_name = {each.name: each for each in snapshots}
    for name in names:
        if name not in by_name:
            raise UsageError(
                f"There is no snapshot {name!r}.",
                hint="devkit db list shows those that there are.",
            )
    return tuple(by_name[name] for name in dict.fromkeys(names))
