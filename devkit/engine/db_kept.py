"""Databases that a load or another one's return replaced: they stay in the server as snapshots.

Nothing is copied and nothing is stopped for one: it is a matter of names.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from devkit.data.snapshots import Snapshot
from devkit.data.statements import DROP_KEPT, KEPT, LIST_KEPT, SWAP
from devkit.engine.shielding import in_any_case
from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from devkit.engine.data_tools import Tools

SWAPS_TRIED = 3


def kept_as(tools: Tools, *, name: str, why: str) -> Snapshot:
    """The snapshot that the database becomes when another one takes its place."""
    return Snapshot(
        name=name,
        project=tools.database.project,
        service=tools.database.service,
        made=datetime.now().astimezone(),
        why=why,
        image=tools.database.image_name,
        database=KEPT + name,
    )


async def swap_in(tools: Tools, new: str, *, replaced: str, kept: Snapshot | None) -> None:
    """Let another database of the server take the place of the one, in one step.

    Args:
        tools: Of the database, which runs.
        new: The other one's name, which it loses.
        replaced: What the one is called from then on.
        kept: The snapshot that it becomes; None where it is about to be dropped.

    Raises:
        CouldNotFindOutError: It cannot be done; nothing has changed.
    """
    told = {"made": kept.made.isoformat(), "why": kept.why} if kept else {}
    comment = json.dumps(told)
    for _ in range(SWAPS_TRIED):  # once more where somebody connected in the very moment
        done = await tools.sql(SWAP, new=new, replaced=replaced, comment=comment)
        if done.ok:
            return
    raise tools.error(f"{tools.database.service} could not be replaced, and is as it was", done)


async def list_kept(tools: Tools) -> tuple[Snapshot, ...]:
    """Those in one server; none where it does not run, or cannot have any.

    Raises:
        CouldNotFindOutError: It does not answer.
    """
    if not (tools.database.running and tools.dialect.keeps_replaced):
        return ()
    done = await tools.sql(LIST_KEPT, kept=KEPT)
    if not done.ok:
        raise tools.error(f"{tools.database.service} could not be asked", done)
    lines = [json.loads(line) for line in done.output.splitlines() if line.startswith("{")]
    return tuple(_parsed(tools, each) for each in lines)


def _parsed(tools: Tools, told: dict[str, str]) -> Snapshot:
    said = json.loads(told.get("comment") or "{}")
    return Snapshot(
        name=told["name"].removeprefix(KEPT),
        project=tools.database.project,
        service=tools.database.service,
        made=datetime.fromisoformat(said["made"]),
        why=str(said["why"]),
        image=tools.database.image_name,
        database=told["name"],
        size=int(told["size"]),
        whole=True,
    )


async def put_back_kept(tools: Tools, snapshot: Snapshot, *, name: str, why: str) -> Snapshot:
    """Give one its place back; the database of now is kept in its turn.

    Returns:
        The snapshot that the database of now has become.

    Raises:
        CouldNotFindOutError: It cannot be done; nothing has changed.
    """
    now = kept_as(tools, name=name, why=why)
    await in_any_case(swap_in(tools, snapshot.database, replaced=now.database, kept=now))
    return now


async def drop_kept(tools: Tools, snapshot: Snapshot) -> None:
    """Remove one for good.

    Raises:
        CouldNotFindOutError: The server does not answer, or somebody uses it.
    """
    if not tools.database.running:
        raise CouldNotFindOutError(
            f"{snapshot.name} is in {snapshot.service}, which is not running.",
            hint="`devkit up` starts it.",
        )
    done = await tools.sql(DROP_KEPT, kept=snapshot.database)
    if not done.ok:
        raise tools.error(f"{snapshot.name} could not be removed", done)
