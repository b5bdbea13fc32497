"""Copies of a database's files, made and put back while it, and only it, is stopped."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from devkit.data.filecopies import (
    CLEAR,
    CUT_SHORT,
    IN_BETWEEN,
    PLACE,
    PUT_BESIDE,
    PUT_IN_PLACE,
    SWAP_IN,
    TAKE,
    VERSION_DIFFERS,
)
from devkit.data.names import checked_snapshot
from devkit.data.snapshots import Snapshot, volume_name
from devkit.engine.db_snapshots import LIMIT, all_snapshots, docker, remove_snapshots
from devkit.engine.process import run
from devkit.engine.shielding import in_any_case, to_the_end
from devkit.errors import CouldNotFindOutError, RefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from devkit.engine.data_tools import Tools
    from devkit.ports import Completed

STOPPING = 60
"""Seconds for a server to end before docker kills it."""
READY_LIMIT = 60.0
LOOK_EVERY = 0.1


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
    # A whole one stays where the server does not come back: it is needed then.
    async with stopped(tools), _removed_if_cut_short(snapshot, tools.environment):
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
        version=await _version(tools),
        image=database.image_name,
        volume=volume,
    )


async def _version(tools: Tools) -> str:
    """Empty where nothing tells: the files of PostgreSQL do once more when they are put back."""
    words = ["docker", *tools.dialect.version(tools.database)]
    done = await run(words, env=tools.environment, timeout=LIMIT)
    return tools.dialect.read_version(done.output) if done.ok else ""


async def _copy(tools: Tools, snapshot: Snapshot) -> Snapshot:
    labels = [word for pair in snapshot.labels.items() for word in ("--label", "=".join(pair))]
    await docker(tools.environment, "volume", "create", *labels, snapshot.volume)
    done = await _carry_out(TAKE, tools, snapshot, read_only=False)
    if not done.ok:
        raise tools.error(f"The snapshot {snapshot.name} could not be made", done)
    size = done.output.strip().splitlines()[-1]
    return replace(snapshot, size=int(size) if size.isdigit() else None, whole=True)


async def _carry_out(
    script: str, tools: Tools, snapshot: Snapshot, *, read_only: bool = True
) -> Completed:
    """Run one of the scripts on the files of the database and on those of a snapshot."""
    mode = ":ro" if read_only else ""
    options = [
        "--user", "0:0", "--volumes-from", tools.database.container,
        "--volume", f"{snapshot.volume}:{PLACE}{mode}", "--env", f"FROM={tools.database.folder}",
    ]  # fmt: skip
    return await tools.run("sh", ["-c", script], options=options, connected=False)


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
        RefusedError: Another version, or another server, wrote the snapshot, or it was cut short.
        CouldNotFindOutError: There is no room, or the engine does not answer; the database is as
            it was.
    """
    now = await _new(tools, before, why)
    if now.version and snapshot.version not in {"", now.version}:
        raise _other_version(tools, snapshot)
    async with stopped(tools):
        async with _removed_if_cut_short(now, tools.environment):
            kept = await _copy(tools, now)
            await _put_beside(tools, snapshot)
        # From here on what there was before may be in the snapshot of now alone.
        await _swap_in(tools, snapshot, kept)
    return kept


async def _swap_in(tools: Tools, snapshot: Snapshot, kept: Snapshot) -> None:
    done = await in_any_case(_carry_out(SWAP_IN, tools, snapshot))
    if done.returncode == IN_BETWEEN:
        raise tools.error(
            f"{tools.database.service} is half of what it was, and half of {snapshot.name}: what it"
            f" was is in the snapshot {kept.name}, which `devkit db restore {kept.name}` puts back"
            " once that is mended",
            done,
        )
    if not done.ok:
        await to_the_end(remove_snapshots([kept], tools.environment))
        what = f"{snapshot.name} could not be put back; the database is as it was"
        raise tools.error(what, done)


async def _put_beside(tools: Tools, snapshot: Snapshot) -> None:
    try:
        _check_put_beside(tools, snapshot, await _carry_out(PUT_BESIDE, tools, snapshot))
    except BaseException:
        await to_the_end(_carry_out(CLEAR, tools, snapshot))
        raise


def _check_put_beside(tools: Tools, snapshot: Snapshot, done: Completed) -> None:
    if done.returncode == VERSION_DIFFERS:
        raise _other_version(tools, snapshot)
    if done.returncode == CUT_SHORT:
        raise RefusedError(
            f"{snapshot.name} was cut short while it was made.",
            hint=f"devkit db forget {snapshot.name} removes it.",
        )
    if not done.ok:
        what = f"{snapshot.name} could not be put back; the database is as it was"
        raise tools.error(what, done)


def _other_version(tools: Tools, snapshot: Snapshot) -> RefusedError:
    return RefusedError(
        f"{snapshot.name} is of {snapshot.written_by}, and {tools.database.service} is"
        f" {tools.database.image_name}: neither reads the other's files.",
        hint=f"Set {snapshot.image} as the image in devkit.yaml for a while, restore, and take the"
        " data over with devkit db dump and load.",
    )


async def put_in_place(tools: Tools, snapshot: Snapshot) -> None:
    """Put a snapshot's files back and forget it; those of now, half of something, go first.

    Raises:
        CouldNotFindOutError: It cannot be done; the snapshot is there, and the database stopped.
    """
    await _stop(tools)
    done = await _carry_out(PUT_IN_PLACE, tools, snapshot)
    if not done.ok:
        raise tools.error(
            f"{tools.database.service} is stopped, because what it was could not be put back from"
            f" the snapshot {snapshot.name}, which `devkit db restore` does once that is mended",
            done,
        )
    await _started(tools)
    await remove_snapshots([snapshot], tools.environment)


@contextlib.asynccontextmanager
async def stopped(tools: Tools) -> AsyncIterator[None]:
    """Stop the database for the block; one that ran runs again afterwards, whatever happens.

    Raises:
        CouldNotFindOutError: It does not come back, or the engine does not answer.
    """
    if not tools.database.running:
        yield
        return
    try:
        await _stop(tools)
        yield
    finally:
        await in_any_case(_started(tools))


async def _stop(tools: Tools) -> None:
    words = ("stop", "--time", str(STOPPING), tools.database.container)
    await docker(tools.environment, *words, limit=2 * LIMIT)


async def _started(tools: Tools) -> None:
    database, environment = tools.database, tools.environment
    await docker(environment, "start", database.container)
    ready = [
        "docker", "exec", "--env", tools.dialect.password_variable, database.container,
        *tools.dialect.ready(database),
    ]  # fmt: skip
    for _ in range(int(READY_LIMIT / LOOK_EVERY)):
        if (await run(ready, env=tools.client_environment, timeout=LIMIT)).ok:
            return
        await asyncio.sleep(LOOK_EVERY)
    log = await run(["docker", "logs", "--tail", "10", database.container], env=environment)
    raise CouldNotFindOutError(
        f"{database.service} does not answer within {READY_LIMIT:.0f} s after it was started.",
        hint="devkit db list shows the snapshots; devkit db restore NAME puts one back.",
        details=log.tail(10),
    )
