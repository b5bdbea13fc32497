"""What the commands on a database share: which one, locked, and interruptible."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from devkit.cli.db import STDOUT
from devkit.cli.reaping import reap_what_is_noted
from devkit.engine.data_files import look_into
from devkit.engine.data_stdin import look_into_pipe
from devkit.engine.data_tools import Tools
from devkit.engine.databases import find_database
from devkit.engine.db_load_mysql import unfinished_load
from devkit.engine.db_snapshots import prune
from devkit.engine.locks import project_lock
from devkit.engine.project_cache import load_project_cached
from devkit.engine.shielding import in_any_case
from devkit.errors import DevkitError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devkit.cli.session import Session
    from devkit.engine.data_files import DataFile


def database_tools(session: Session, *, service: str = "") -> Tools:
    """The tools of the database that a command is about; the choice is told.

    Raises:
        UsageError: There is none of that name.
        CouldNotFindOutError: The project is down, or docker cannot be asked.
    """
    reap_what_is_noted(session)
    project = load_project_cached(session.root)
    database, told = find_database(
        session.root.resolve(), project, session.environment, wanted=service
    )
    if told:
        session.say(told)
    return Tools(database=database, environment=session.environment)


@contextmanager
def locked_tools(session: Session, *, service: str = "") -> Iterator[Tools]:
    """The same for what changes something: one devkit at a time.

    Raises:
        RefusedError: Another devkit is at work on the project.
    """
    with project_lock(session.root):
        yield database_tools(session, service=service)


def now() -> datetime:
    """This moment, in the time of this machine."""
    return datetime.now().astimezone()


async def prune_in_any_case(session: Session, tools: Tools, *, keep: str = "") -> None:
    """Remove the oldest automatic snapshots once all is done; what hinders it is only warned of."""
    try:
        await in_any_case(prune(tools, keep=keep))
    except DevkitError as error:
        session.warn(f"The oldest snapshots could not be removed: {error}")


async def warn_of_half(session: Session, tools: Tools) -> None:
    """Warn where a load was killed, so that the database has some of it and nothing else."""
    before = await unfinished_load(tools)
    if before:
        session.warn(
            f"{tools.database.service} has only a part of a load that was killed:"
            f" `devkit db restore {before}` puts back what it was before."
        )


def dump_of(file: Path) -> DataFile:
    """What is to be loaded: a file, or with ``-`` what comes through a pipe.

    Raises:
        UsageError: There is no such file, no pipe, or it is damaged at its beginning.
        CouldNotFindOutError: It cannot be read.
    """
    if str(file) != STDOUT:
        return look_into(file.resolve())
    if sys.stdin.isatty():
        raise UsageError(
            "With - it comes through a pipe.", hint="Such as: zcat x.sql.gz | devkit db load -"
        )
    return look_into_pipe(sys.stdin.buffer)
