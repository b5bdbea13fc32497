"""``devkit db snapshot``, ``restore``, ``list`` and ``forget``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from devkit.cleaning.words import size_of
from devkit.cli.dbcommon import locked_tools, now
from devkit.cli.finishing import finish
from devkit.cli.interrupts import run_interruptible
from devkit.cli.reaping import reap_what_is_noted
from devkit.cli.status import rows
from devkit.data.names import stamp
from devkit.data.snapshots import ASKED, BEFORE_RESTORE, age_of, pick
from devkit.engine.data_tools import Tools
from devkit.engine.databases import find_databases
from devkit.engine.db_snapshots import (
    forget_named,
    list_snapshots,
    prune,
    remove_snapshots,
    restore_snapshot,
    take_snapshot,
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
        made = run_interruptible(lambda: _take(tools, name or f"snapshot-{stamp(now())}"))
        session.say(
            f"{made.service} is in the snapshot {made.name}: {size_of(made.size or 0)}."
            f" `devkit db restore {made.name}` puts it back."
        )
    finish(session)


async def _take(tools: Tools, name: str) -> Snapshot:
    await tools.tidy()
    return await take_snapshot(tools, name=name, why=ASKED)


def put_back(session: Session, name: str, *, service: str) -> None:
    """Put a snapshot back, of the database that it is of.

    Raises:
        DevkitError: As devkit.engine.db_snapshots says.
    """
    if name and not service:
        service = _service_of(session, name)
    with locked_tools(session, service=service) as tools:
        restored, before = run_interruptible(lambda: _restore(tools, name))
        session.say(
            f"{restored.service} is what it was in {restored.name}, {age_of(restored.made)} ago."
        )
        session.say(f"Undo: devkit db restore {before.name}")
    finish(session)


def _service_of(session: Session, name: str) -> str:
    """A snapshot is put back where it is from."""
    return pick(_snapshots(session, measured=False), name).service


async def _restore(tools: Tools, name: str) -> tuple[Snapshot, Snapshot]:
    await tools.tidy()
    database = tools.database
    found = await list_snapshots(database.project, tools.environment)
    wanted = pick([each for each in found if each.service == database.service], name)
    before = await restore_snapshot(
        tools, wanted, before=f"before-restore-{stamp(now())}", why=BEFORE_RESTORE
    )
    await prune(tools, keep=wanted.name)
    return wanted, before


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
    session.say(
        f"{size_of(total)} in volumes of docker's; `devkit db forget NAME` removes one for good."
    )


def _row(snapshot: Snapshot) -> dict[str, str]:
    size = "?" if snapshot.size is None else size_of(snapshot.size)
    return {
        "snapshot": snapshot.name,
        "database": snapshot.service,
        "age": age_of(snapshot.made),
        "size": size,
        "why": snapshot.why,
        "volume": snapshot.volume,
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
    }


def forget_snapshots(session: Session, names: Sequence[str]) -> None:
    """Remove snapshots for good.

    Raises:
        UsageError: There is none of a name.
        CouldNotFindOutError: The engine does not answer.
    """
    with project_lock(session.root):
        going = forget_named(_snapshots(session, measured=False), names)
        run_interruptible(lambda: remove_snapshots(going, session.environment))
    session.say(f"Removed {', '.join(each.name for each in going)}.")
    finish(session)


def _snapshots(session: Session, *, measured: bool) -> tuple[Snapshot, ...]:
    """Of the project, whether or not it is up; sizes only where a database's container is."""
    reap_what_is_noted(session)
    root = session.root.resolve()
    project = load_project_cached(session.root)
    stack = find_stack(root, environment=session.environment)
    name = stack.name if stack else project.name
    tools = None
    if measured:
        try:
            databases = find_databases(root, project, session.environment)
            tools = Tools(database=databases[0], environment=session.environment)
        except CouldNotFindOutError:
            tools = None  # it is down: the list is shown without sizes
    return run_interruptible(lambda: list_snapshots(name, session.environment, tools=tools))
