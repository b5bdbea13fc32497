"""``devkit db dump`` and ``load``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from devkit.cleaning.words import size_of
from devkit.cli.dataprogress import moving
from devkit.cli.db import STDOUT, refuse_terminal
from devkit.cli.dbcommon import (
    database_tools,
    dump_of,
    locked_tools,
    now,
    prune_in_any_case,
    warn_of_half,
)
from devkit.cli.finishing import finish
from devkit.cli.interrupts import remover_of, run_interruptible
from devkit.data.kinds import Compression, Kind
from devkit.data.names import Format, check_format, default_dump
from devkit.deployment.naming import for_shell
from devkit.engine.data_files import NewFile, check_loadable, refuse_existing
from devkit.engine.data_stdin import STDIN, PipedFile
from devkit.engine.databases import named, running
from devkit.engine.db_dump import dump_to_file, dump_to_stdout
from devkit.engine.db_loads import loader_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.cli.dataprogress import Moved
    from devkit.cli.session import Session
    from devkit.data.names import DumpForm
    from devkit.data.snapshots import Snapshot
    from devkit.engine.data_files import DataFile
    from devkit.engine.data_tools import Tools


def dump_database(session: Session, file: str, *, service: str, wanted: str, force: bool) -> None:
    """Dump a database into a file or to stdout.

    Raises:
        DevkitError: As devkit.engine.db_dump and devkit.engine.databases say.
    """
    check_format(wanted)
    if file not in {"", STDOUT}:
        refuse_existing(Path(file), force=force)
    tools = database_tools(session, service=service)
    named(running(tools.database))
    run_interruptible(lambda: warn_of_half(session, tools))
    name = file or default_dump(tools.database.project, now(), tools.dialect.ending)
    form = tools.dialect.form(name, wanted)
    if file == STDOUT:
        refuse_terminal(session, is_binary=form.format is Format.CUSTOM)
        _to_stdout(session, tools, form)
        return
    path = Path(name)
    new = NewFile(path, form.compression)
    with moving(session, f"Dumping {tools.database.service}") as moved:
        run_interruptible(
            lambda: _dump_to_file(tools, new, form, moved, force=force), remover=remover_of(new)
        )
    back = ["devkit", "db", "load", *(["--service", service] if service else []), str(path)]
    session.say(
        f"{tools.database.service} is in {path}: {size_of(new.bytes)} in {moved.seconds:.1f} s."
        f" `{' '.join(map(for_shell, back))}` loads it."
    )
    finish(session)


async def _dump_to_file(
    tools: Tools, new: NewFile, form: DumpForm, moved: Moved, *, force: bool
) -> None:
    await tools.tidy()
    await dump_to_file(tools, new, form, force=force, count=moved.add)


def _to_stdout(session: Session, tools: Tools, form: DumpForm) -> None:
    with moving(session, f"Dumping {tools.database.service}") as moved:
        run_interruptible(lambda: dump_to_stdout(tools, form, count=moved.add))


def load_database(session: Session, file: Path, *, service: str, with_snapshot: bool) -> None:
    """Replace a database by what is in a dump.

    Raises:
        DevkitError: As devkit.engine.db_load and devkit.engine.db_snapshots say.
    """
    dump = dump_of(file)
    check_loadable(dump)
    is_piped = isinstance(dump, PipedFile)
    name = str(STDIN) if is_piped else str(file)
    with locked_tools(session, service=service) as tools:
        running(tools.database)
        check_loadable(dump, tools.dialect)
        total = None if is_piped or _is_mounted(dump) else dump.size
        with moving(session, f"Loading {Path(name).name}", total=total) as moved:
            before = run_interruptible(
                lambda: _load(session, tools, dump, moved, with_snapshot=with_snapshot)
            )
        size = dump.size or moved.bytes
        session.say(
            f"{tools.database.service} is what {name} has: {size_of(size)} in {moved.rate(size)}."
        )
        if before is not None:
            session.say(f"Undo: devkit db restore {before.name}")
    finish(session)


def _is_mounted(dump: DataFile) -> bool:
    """Whether pg_restore reads the very file, where we do not see how far it has come."""
    return dump.kind is Kind.CUSTOM and dump.compression is Compression.NONE


async def _load(
    session: Session, tools: Tools, dump: DataFile, moved: Moved, *, with_snapshot: bool
) -> Snapshot | None:
    await warn_of_half(session, tools)
    load = loader_of(tools)
    kept = await load(
        tools, dump, count=moved.add, on_line=_noting(moved), with_snapshot=with_snapshot
    )
    await prune_in_any_case(session, tools)
    return kept


def _noting(moved: Moved) -> Callable[[str], None]:
    """Tells what pg_restore is at, by what it writes."""

    def on_line(line: str) -> None:
        words = line.removeprefix("pg_restore: ")
        if words.startswith(("processing", "creating", "finished")):
            moved.note(words)

    return on_line
