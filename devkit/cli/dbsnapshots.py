"""``devkit db snapshot``, ``restore``, ``list`` and ``forget``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from devkit.cleaning.words import size_of
from devkit.cli.dbcommon import locked_tools, now, prune_in_any_case, warn_of_half
from devkit.cli.finishing import finish
from devkit.cli.interrupts import run_interruptible
from devkit.cli.reaping import reap_what_is_noted
from devkit.cli.showstatus import rows
from devkit.data.names import free_name, stamp
from devkit.data.snapshots import ASKED, BEFORE_RESTORE, age_of, by_age, pick
from devkit.engine.data_tools import Tools
from devkit.engine.databases import find_databases
from devkit.engine.db_copies import restore_snapshot, take_snapshot
from devkit.engine.db_kept import drop_kept, list_kept, put_back_kept
from devkit.engine.db_snapshots import (
    all_snapshots,
    forget_named,
    free_snapshot,
    list_snapshots,
    remove_snapshots,
)
from devkit.engine.local_found import find_stack
from devkit.engine.locks import project_lock
from devkit.engine.project_cache import load_project_cached
from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.cli.session import Session
    from devkit.data.snapshots import Snapshot


def make_snapshot(session: Session, name: str, *, service: str) -> None:
    """Make a snapshot that a person asked for.

    Raises:
        DevkitError: As devkit.engine.db_snapshots says.
    """
    with locked_tools(session, service=service) as tools:
        made = run_interruptible(lambda: _take(session, tools, name))
        session.say(
            f"{made.service} is in the snapshot {made.name}: {size_of(made.size or 0)}."
            f" `devkit db restore {made.name}` puts it back."
        )
    finish(session)


async def _take(session: Session, tools: Tools, name: str) -> Snapshot:
    await tools.tidy()
    await warn_of_half(session, tools)
    name = name or await free_snapshot(tools, "snapshot")
    return await take_snapshot(tools, name=name, why=ASKED)


def put_back(session: Session, name: str, *, service: str) -> None:
    """Put a snapshot back, of the database that it is of.

    Raises:
        DevkitError: As devkit.engine.db_snapshots says.
    """
    if name and not service:
        service = _service_of(session, name)
    with locked_tools(session, service=service) as tools:
        restored, before = run_interruptible(lambda: _restore(session, tools, name))
        session.say(
            f"{restored.service} is what it was in {restored.name}, {age_of(restored.made)} ago."
        )
        session.say(f"Undo: devkit db restore {before.name}")
    finish(session)


def _service_of(session: Session, name: str) -> str:
    """A snapshot is put back where it is from."""
    return pick(_snapshots(session, measured=False), name).service


async def _restore(session: Session, tools: Tools, name: str) -> tuple[Snapshot, Snapshot]:
    await tools.tidy()
    there = await all_snapshots(tools)
    wanted = pick([each for each in there if each.service == tools.database.service], name)
    before = free_name(f"before-restore-{stamp(now())}", {each.name for each in there})
    put = put_back_kept if wanted.database else _put_back_files
    kept = await put(tools, wanted, name=before, why=BEFORE_RESTORE)
    await prune_in_any_case(session, tools, keep=wanted.name)
    return wanted, kept


async def _put_back_files(tools: Tools, wanted: Snapshot, *, name: str, why: str) -> Snapshot:
    return await restore_snapshot(tools, wanted, before=name, why=why)


def show_snapshots(session: Session) -> None:
    """List the snapshots, and how much they take together.

    Raises:
        CouldNotFindOutError: The engine does not answer.
    """
    found = _snapshots(session, measured=True)
    if session.json:
        for each in found:
            session.out(json.dumps({"event": "snapshot", **_told(each)}))
        finish(session)
        return
    if not found:
        session.say("There is no snapshot; `devkit db snapshot` makes one.")
        return
    for row in rows([_row(each) for each in found]):
        session.out(row)
    total = sum(each.size or 0 for each in found)
    session.say(f"{size_of(total)} in all; `devkit db forget NAME` removes one for good.")


def _row(snapshot: Snapshot) -> dict[str, str]:
    size = "?" if snapshot.size is None else size_of(snapshot.size)
    return {
        "snapshot": snapshot.name,
        "database": snapshot.service,
        "age": age_of(snapshot.made),
        "size": size,
        "why": snapshot.why,
        "place": snapshot.place,
    }


def _told(snapshot: Snapshot) -> dict[str, object]:
    return {
        "name": snapshot.name,
        "service": snapshot.service,
        "made": snapshot.made.isoformat(),
        "bytes": snapshot.size,
        "why": snapshot.why,
        "version": snapshot.version,
        "volume": snapshot.volume,
        "database": snapshot.database,
    }


def forget_snapshots(session: Session, names: Sequence[str]) -> None:
    """Remove snapshots for good.

    Raises:
        UsageError: There is none of a name.
        CouldNotFindOutError: The engine does not answer.
    """
    with project_lock(session.root):
        going = forget_named(_snapshots(session, measured=False), names)
        run_interruptible(lambda: _forget(session, going))
    session.say(f"Removed {', '.join(each.name for each in going)}.")
    finish(session)


async def _forget(session: Session, going: Sequence[Snapshot]) -> None:
    await remove_snapshots([each for each in going if each.volume], session.environment)
    servers = {each.database.service: each for each in _servers(session)}
    for each in going:
        if each.database:
            await drop_kept(servers[each.service], each)


def _servers(session: Session) -> list[Tools]:
    """The tools of all databases; none where the project is down."""
    project = load_project_cached(session.root)
    try:
        found = find_databases(session.root.resolve(), project, session.environment)
    except CouldNotFindOutError:
        return []
    return [Tools(database=each, environment=session.environment) for each in found]


def _snapshots(session: Session, *, measured: bool) -> tuple[Snapshot, ...]:
    """Of the project, whether or not it is up; what is in a server only where that runs."""
    reap_what_is_noted(session)
    stack = find_stack(session.root.resolve(), environment=session.environment)
    name = stack.name if stack else load_project_cached(session.root).name
    return run_interruptible(lambda: _found(session, name, _servers(session), measured=measured))


async def _found(
    session: Session, project: str, servers: Sequence[Tools], *, measured: bool
) -> tuple[Snapshot, ...]:
    tools = servers[0] if measured and servers else None
    volumes = await list_snapshots(project, session.environment, tools=tools)
    kept = [each for server in servers for each in await list_kept(server)]
    return by_age((*volumes, *kept))
