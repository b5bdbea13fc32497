"""Copies of a database's files, made and put back while it, and only it, is stopped."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from devkit.data.names import checked_snapshot
from devkit.data.postgres import (
    CLEAR,
    CUT_SHORT,
    MEASURE,
    PLACE,
    PUT_BESIDE,
    SWAP_IN,
    TAKE,
    VERSION_DIFFERS,
)
from devkit.data.snapshots import (
    Snapshot,
    by_age,
    measured,
    parse_volumes,
    project_filter,
    too_many,
    volume_name,
)
from devkit.engine.db_kept import drop_kept, list_kept
from devkit.engine.messages import engine_error
from devkit.engine.process import run
from devkit.engine.shielding import in_any_case, to_the_end
from devkit.errors import CouldNotFindOutError, RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from devkit.data.postgres import Database
    from devkit.engine.data_tools import Tools

LIMIT = 60.0
STOPPING = 60
"""Seconds for a server to end before docker kills it."""
READY_LIMIT = 60.0
LOOK_EVERY = 0.1
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
    listed = await _docker(
        environment, "volume", "ls", "--quiet", "--filter", project_filter(project)
    )
    names = listed.split()
    if not names:
        return ()
    found = parse_volumes(await _docker(environment, "volume", "inspect", *names))
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


async def take_snapshot(tools: Tools, *, name: str, why: str) -> Snapshot:
    """Copy the database's files; it is stopped meanwhile, and runs again afterwards.

    Args:
        tools: Of the database.
        name: What to call it.
        why: Why it is made.

    Raises:
        RefusedError: There is one of that name, or the files cannot be copied.
        CouldNotFindOutError: There is no room, or the engine does not answer.
    """
    snapshot = await _new(tools, name, why)
    async with _removed_if_cut_short(snapshot, tools.environment), stopped(tools):
        return await _copy(tools, snapshot)


async def _new(tools: Tools, name: str, why: str) -> Snapshot:
    database = tools.database
    if not database.kept_outside:
        raise RefusedError(
            f"{database.service} has its files in its container alone, in no volume: there is"
            " nothing to copy.",
            hint=f"Give it a volume at {database.folder} in the compose file.",
        )
    there = await all_snapshots(tools)
    if checked_snapshot(name) in {each.name for each in there}:
        raise RefusedError(
            f"There is a snapshot {name} already.", hint=f"devkit db forget {name} removes it."
        )
    volume = volume_name(database.project, name)
    if (await run(["docker", "volume", "inspect", volume], env=tools.environment)).ok:
        raise RefusedError(f"There is a volume {volume} already, and it is no snapshot.")
    return Snapshot(
        name=name,
        project=database.project,
        service=database.service,
        made=datetime.now().astimezone(),
        why=why,
        version=await _version(database, tools.environment),
        image=database.image_name,
        volume=volume,
    )


async def _version(database: Database, environment: Mapping[str, str]) -> str:
    """As the files have it; empty where the container does not run, and the image says nothing."""
    words = ["docker", "exec", database.container, "cat", f"{database.folder}/PG_VERSION"]
    done = await run(words, env=environment, timeout=LIMIT)
    return done.output.strip() if done.ok else ""


async def _copy(tools: Tools, snapshot: Snapshot) -> Snapshot:
    labels = [word for pair in snapshot.labels.items() for word in ("--label", "=".join(pair))]
    await _docker(tools.environment, "volume", "create", *labels, snapshot.volume)
    done = await tools.run(
        "sh", ["-c", TAKE], options=_files(tools.database, snapshot), connected=False
    )
    if not done.ok:
        raise tools.error(f"The snapshot {snapshot.name} could not be made", done)
    size = done.output.strip().splitlines()[-1]
    return replace(snapshot, size=int(size) if size.isdigit() else None, whole=True)


def _files(database: Database, snapshot: Snapshot, *, read_only: bool = False) -> list[str]:
    mode = ":ro" if read_only else ""
    return [
        "--user", "0:0", "--volumes-from", database.container,
        "--volume", f"{snapshot.volume}:{PLACE}{mode}", "--env", f"FROM={database.folder}",
    ]  # fmt: skip


@contextlib.asynccontextmanager
async def _removed_if_cut_short(
    snapshot: Snapshot, environment: Mapping[str, str]
) -> AsyncIterator[None]:
    try:
        yield
    except BaseException:
        await to_the_end(remove_snapshots([snapshot], environment))
        raise


async def restore_snapshot(tools: Tools, snapshot: Snapshot, *, before: str, why: str) -> Snapshot:
    """Put a snapshot's files back; those of now become a snapshot first.

    Args:
        tools: Of the database.
        snapshot: What to put back.
        before: What to call the snapshot of now.
        why: Why that is made.

    Returns:
        The snapshot of now.

    Raises:
        RefusedError: The snapshot is of another version of PostgreSQL, or was cut short.
        CouldNotFindOutError: There is no room, or the engine does not answer; the database is as
            it was.
    """
    now = await _new(tools, before, why)
    # Once swapped, what there was before is in the snapshot of now alone.
    async with stopped(tools), _removed_if_cut_short(now, tools.environment):
        kept = await _copy(tools, now)
        options = _files(tools.database, snapshot, read_only=True)
        try:
            await _put_beside(tools, snapshot, options)
        except BaseException:
            await to_the_end(tools.run("sh", ["-c", CLEAR], options=options, connected=False))
            raise
        swapped = await in_any_case(
            tools.run("sh", ["-c", SWAP_IN], options=options, connected=False)
        )
        if not swapped.ok:
            raise tools.error(f"{snapshot.name} could not be put back", swapped)
    return kept


async def _put_beside(tools: Tools, snapshot: Snapshot, options: Sequence[str]) -> None:
    done = await tools.run("sh", ["-c", PUT_BESIDE], options=options, connected=False)
    if not done.ok:
        what = f"{snapshot.name} could not be put back; the database is as it was"
        raise _not_put_back(tools, snapshot, done.returncode) or tools.error(what, done)


def _not_put_back(tools: Tools, snapshot: Snapshot, code: int) -> RefusedError | None:
    if code == VERSION_DIFFERS:
        return RefusedError(
            f"{snapshot.name} is of PostgreSQL {snapshot.version or 'of another version'}, and"
            f" {tools.database.service} is {tools.database.image_name}: neither reads the other's"
            " files.",
            hint=f"Set {snapshot.image} as the image in devkit.yaml for a while, restore, and take"
            " the data over with devkit db dump and load.",
        )
    if code == CUT_SHORT:
        return RefusedError(
            f"{snapshot.name} was cut short while it was made.",
            hint=f"devkit db forget {snapshot.name} removes it.",
        )
    return None


async def remove_snapshots(snapshots: Sequence[Snapshot], environment: Mapping[str, str]) -> None:
    """Remove snapshots for good.

    Raises:
        CouldNotFindOutError: The engine does not let go of one.
    """
    if snapshots:
        volumes = [each.volume for each in snapshots]
        await _docker(environment, "volume", "rm", "--force", *volumes)


async def all_snapshots(tools: Tools) -> tuple[Snapshot, ...]:
    """Those in volumes, of the whole project, and those in this server; the oldest first."""
    volumes = await list_snapshots(tools.database.project, tools.environment)
    return by_age((*volumes, *await list_kept(tools)))


async def prune(tools: Tools, *, keep: str = "") -> tuple[Snapshot, ...]:
    """Remove the oldest of those that devkit made by itself; those that went."""
    going = too_many(await all_snapshots(tools), keep=keep)
    await remove_snapshots([each for each in going if each.volume], tools.environment)
    for each in going:
        if each.database:
            await drop_kept(tools, each)
    return going


@contextlib.asynccontextmanager
async def stopped(tools: Tools) -> AsyncIterator[None]:
    """Stop the database for the block; one that ran runs again afterwards, whatever happens.

    Raises:
        CouldNotFindOutError: It does not come back, or the engine does not answer.
    """
    database, environment = tools.database, tools.environment
    if not database.running:
        yield
        return
    try:
        await _docker(
            environment, "stop", "--time", str(STOPPING), database.container, limit=2 * LIMIT
        )
        yield
    finally:
        await in_any_case(_started(database, environment))


async def _started(database: Database, environment: Mapping[str, str]) -> None:
    await _docker(environment, "start", database.container)
    ready = ["docker", "exec", database.container, "pg_isready", "--quiet", "--host=127.0.0.1",
             "--username", database.user]  # fmt: skip
    for _ in range(int(READY_LIMIT / LOOK_EVERY)):
        if (await run(ready, env=environment, timeout=LIMIT)).ok:
            return
        await asyncio.sleep(LOOK_EVERY)
    log = await run(["docker", "logs", "--tail", "10", database.container], env=environment)
    raise CouldNotFindOutError(
        f"{database.service} does not answer within {READY_LIMIT:.0f} s after it was started.",
        hint="devkit db list shows the snapshots; devkit db restore NAME puts one back.",
        details=log.tail(10),
    )


async def _docker(environment: Mapping[str, str], *words: str, limit: float = LIMIT) -> str:
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
