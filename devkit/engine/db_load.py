"""Loads a dump into a new PostgreSQL database, which takes the old one's place when it is whole."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from devkit.data.archives import is_readable, needed, read_head
from devkit.data.kinds import Compression, Kind
from devkit.data.plainsql import CutShortError, PlainSql, SeveralDatabasesError
from devkit.data.postgres import (
    DUMP_DIFFERS,
    MOUNTED_DUMP,
    RESTORE_MOUNTED,
    RESTORE_STDIN,
    load_options,
    psql_words,
)
from devkit.data.snapshots import BEFORE_LOAD
from devkit.data.statements import CREATE, DROP_LEFTOVERS, LOADING, MAJOR_STEP, REPLACED, VERSION
from devkit.engine.data_files import damaged
from devkit.engine.data_stdin import PipedFile
from devkit.engine.db_kept import kept_as, swap_in
from devkit.engine.db_snapshots import free_snapshot
from devkit.engine.messages import trouble_in
from devkit.engine.shielding import in_any_case, to_the_end
from devkit.errors import UsageError
from devkit.ports import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.data.snapshots import Snapshot
    from devkit.engine.data_files import DataFile
    from devkit.engine.data_tools import Tools
    from devkit.errors import DevkitError
    from devkit.ports import Completed

_CANNOT_MOUNT = 125
"""The exit code of docker itself, such as for a path that its engine does not see."""


async def load_postgres(
    tools: Tools,
    file: DataFile,
    *,
    count: Callable[[int], None],
    on_line: Callable[[str], None],
    with_snapshot: bool,
) -> Snapshot | None:
    """Keeps the promise of :class:`devkit.engine.db_loads.Loader`."""
    major = await _prepare(tools)
    name = await free_snapshot(tools, "before-load") if with_snapshot else ""
    kept = kept_as(tools, name=name, why=BEFORE_LOAD) if with_snapshot else None
    load = Load(tools=tools, file=file, count=count, on_line=on_line, kept=kept)
    load.check_version(major)
    await load.run()
    return kept


async def _prepare(tools: Tools) -> int:
    """Drop what loads left, and tell the server's major version.

    Only for who holds the project's lock: another one's load would be dropped with the rest.
    """
    await tools.tidy()
    done = await tools.sql(DROP_LEFTOVERS + VERSION, loading=LOADING, replaced=REPLACED)
    try:
        return int(done.output.strip().splitlines()[-1]) // MAJOR_STEP
    except (ValueError, IndexError):
        raise tools.error(f"{tools.database.service} could not be asked", done) from None


@dataclass(frozen=True, kw_only=True)
class Load:
    """One dump on its way into a database.

    Attributes:
        tools: Of the database, which runs.
        file: The dump.
        count: Told of every few bytes of the file.
        on_line: Told of each line that pg_restore writes.
        kept: The snapshot that the database becomes; None to drop it.
        token: In the names of the databases that there are meanwhile.
    """

    tools: Tools
    file: DataFile
    count: Callable[[int], None]
    on_line: Callable[[str], None]
    kept: Snapshot | None = None
    token: str = field(default_factory=lambda: secrets.token_hex(4))

    @property
    def _target(self) -> str:
        return LOADING + self.token

    def check_version(self, major: int) -> None:
        """Refuse an archive that the server's pg_restore cannot read.

        Raises:
            UsageError: It is of a newer pg_dump.
        """
        head = read_head(self.file.head) if self.file.kind is Kind.CUSTOM else None
        if self.file.kind is Kind.CUSTOM and head is None:
            raise damaged(self.file.path)
        if head is None or is_readable(head.version, major=major):
            return
        since = needed(head.version)
        raise UsageError(
            f"{self.file.path} was made by pg_dump {head.tool}, and {self.tools.database.service}"
            f" is PostgreSQL {major}, which cannot read it.",
            hint=f"Set PostgreSQL {since or 'of that version'} as its image in devkit.yaml, or dump"
            " it as SQL, which older ones can mostly read.",
        )

    async def run(self) -> None:
        """Load, and swap at the end; whatever goes wrong before leaves the database as it was.

        Cancelled while it swaps, it has loaded, and returns.

        Raises:
            UsageError: The file is damaged, or is not for this server.
            CouldNotFindOutError: It could not be loaded.
        """
        try:
            await self._load()
        except BaseException:
            await to_the_end(self._drop())
            raise
        await in_any_case(self._swap())

    async def _load(self) -> None:
        created = await self.tools.sql(CREATE, new=self._target)
        if not created.ok:
            raise self._error(created)
        done = await self._fill()
        if not done.ok:
            raise self._error(done)

    async def _fill(self) -> Completed:
        if self.file.kind is Kind.CUSTOM:
            return await self._restore()
        options = load_options(self.tools.database, self._target)
        words = psql_words(self.tools.database, self._target)
        try:
            return await self.tools.run("psql", words, options=options, write=self._write_sql)
        except SeveralDatabasesError:
            raise UsageError(
                f"{self.file.path} goes on in a second database; one can be loaded.",
                hint="Dump the one database: pg_dump --format=custom NAME.",
            ) from None
        except CutShortError:
            raise damaged(self.file.path) from None

    async def _restore(self) -> Completed:
        """From the very file where the engine sees it, else from a copy in the container."""
        options = load_options(self.tools.database, self._target)
        is_here = not isinstance(self.file, PipedFile)
        if is_here and self.file.compression is Compression.NONE and "," not in str(self.file.path):
            source = f"type=bind,source={self.file.path},target={MOUNTED_DUMP},readonly"
            done = await self.tools.run(
                "sh",
                ["-c", RESTORE_MOUNTED],
                options=[*options, "--mount", source, "--env", f"SIZE={self.file.size}"],
                on_line=self.on_line,
            )
            if done.returncode not in {DUMP_DIFFERS, _CANNOT_MOUNT}:
                return done
        return await self.tools.run(
            "sh", ["-c", RESTORE_STDIN], options=options, write=self._write, on_line=self.on_line
        )

    def _write(self, sink: IO[bytes]) -> None:
        for piece in self.file.pieces(self.count, sink=sink):
            sink.write(piece)

    def _write_sql(self, sink: IO[bytes]) -> None:
        for piece in PlainSql().fit(self.file.pieces(self.count, sink=sink)):
            sink.write(piece)

    async def _swap(self) -> None:
        replaced = self.kept.database if self.kept else REPLACED + self.token
        try:
            await swap_in(self.tools, self._target, replaced=replaced, kept=self.kept)
        finally:
            await self._drop()

    async def _drop(self) -> None:
        """What was replaced, or what was not loaded to its end; else the next load does it."""
        await self.tools.sql(DROP_LEFTOVERS, loading=LOADING, replaced=REPLACED)

    def _error(self, done: Completed) -> DevkitError:
        return load_error(self.tools, self.file, done)


def load_error(tools: Tools, file: DataFile, done: Completed) -> DevkitError:
    """The error for a program that could not load a file: of the file, or of all beside it."""
    what = f"{file.path} could not be loaded, and {tools.database.service} is as it was"
    error = tools.error(what, done)
    if trouble_in(done.output) is Trouble.NONE and tools.dialect.explain(done.output).of_the_dump:
        return UsageError(error.message, hint=error.hint, details=error.details)
    return error
