"""Loads a dump into a MySQL or MariaDB database, and puts all back that there was where that fails.

These cannot give a database another name, so that it is loaded in its place. Before, all files of
its server are copied, as a snapshot is; a load that fails puts them back.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from devkit.data import mysql
from devkit.data.plainmysql import OtherDatabaseError, PlainMySql
from devkit.data.plainsql import CutShortError, SeveralDatabasesError
from devkit.data.snapshots import BEFORE_LOAD
from devkit.engine.data_files import damaged
from devkit.engine.data_stdin import PipedFile
from devkit.engine.databases import named
from devkit.engine.db_copies import put_in_place, take_snapshot
from devkit.engine.db_load import load_error
from devkit.engine.db_snapshots import free_snapshot, remove_snapshots
from devkit.engine.shielding import in_any_case, raise_if_cancelled, to_the_end
from devkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devkit.data.snapshots import Snapshot
    from devkit.engine.data_files import DataFile
    from devkit.engine.data_tools import Tools
    from devkit.ports import Completed


async def load_mysql(
    tools: Tools,
    file: DataFile,
    *,
    count: Callable[[int], None],
    on_line: Callable[[str], None],
    with_snapshot: bool,
) -> Snapshot | None:
    """Keeps the promise of :class:`devkit.engine.db_loads.Loader`.

    Without a snapshot the copy goes once all is loaded.
    """
    del on_line  # the client writes nothing of what it is at
    named(tools.database)
    await tools.tidy()
    load = _Load(tools=tools, file=file, count=count)
    await load.check()
    name = await free_snapshot(tools, "before-load")
    before = await take_snapshot(tools, name=name, why=BEFORE_LOAD)
    await load.run(before)
    if with_snapshot:
        return before
    await in_any_case(remove_snapshots([before], tools.environment))
    return None


async def unfinished_load(tools: Tools) -> str:
    """The snapshot of before a load whose devkit was killed amidst; empty for none.

    What replaces a PostgreSQL database is not seen before it is whole.
    """
    if tools.dialect.keeps_replaced or not tools.database.running:
        return ""
    done = await tools.sql(mysql.ask_loading(tools.database))
    return mysql.read_loading(done.output) if done.ok else ""


@dataclass(frozen=True, kw_only=True)
class _Load:
    tools: Tools
    file: DataFile
    count: Callable[[int], None]

    async def check(self) -> None:
        """Read a file to its end, so that one which is not whole never stops the database.

        Raises:
            UsageError: It is damaged, or of several databases.
        """
        if isinstance(self.file, PipedFile):
            return
        stopped = threading.Event()
        try:
            await asyncio.to_thread(self._read, stopped)
        finally:
            stopped.set()

    def _read(self, stopped: threading.Event) -> None:
        for _ in self._fitted(lambda _: None):
            if stopped.is_set():
                break

    async def run(self, before: Snapshot) -> None:
        """Load; whatever goes wrong, the database is as it was before.

        Raises:
            UsageError: The file is damaged, or is not for this server.
            CouldNotFindOutError: It could not be loaded.
        """
        try:
            raise_if_cancelled()  # while it was copied and started anew
            await self._empty(before)
            call = mysql.load(self.tools.database)
            self._check(await self.tools.run(call.program, call.arguments, write=self._write))
            self._check(await self.tools.sql(mysql.settle(self.tools.database)))
        except BaseException:
            await to_the_end(put_in_place(self.tools, before))
            raise

    async def _empty(self, before: Snapshot) -> None:
        database = self.tools.database
        told = await self.tools.sql(mysql.ask_characters(database))
        self._check(told)
        characters = mysql.read_characters(told.output)
        statements = mysql.empty(database, characters=characters, before=before.name)
        self._check(await self.tools.sql(statements))

    def _write(self, sink: IO[bytes]) -> None:
        for piece in self._fitted(self.count, sink=sink):
            sink.write(piece)

    def _fitted(
        self, count: Callable[[int], None], *, sink: IO[bytes] | None = None
    ) -> Iterator[bytes]:
        path = self.file.path
        try:
            yield from PlainMySql(self.tools.database.name).fit(self.file.pieces(count, sink=sink))
        except SeveralDatabasesError:
            raise UsageError(
                f"{path} is of several databases, or of a whole server; one can be loaded.",
                hint="Dump the one database, without --databases: mariadb-dump NAME.",
            ) from None
        except OtherDatabaseError as other:
            raise UsageError(
                f"{path} writes into the database {other}, which it names, and"
                f" {self.tools.database.service} has {self.tools.database.name}.",
                hint="Dump the one database, without names of databases in it: mariadb-dump NAME.",
            ) from None
        except CutShortError:
            raise damaged(path) from None

    def _check(self, done: Completed) -> None:
        if not done.ok:
            raise load_error(self.tools, self.file, done)
