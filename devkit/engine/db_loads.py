"""How each kind of databases is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from devkit.engine.db_load import load_postgres
from devkit.engine.db_load_mysql import load_mysql
from devkit.project import Software

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.data.snapshots import Snapshot
    from devkit.engine.data_files import DataFile
    from devkit.engine.data_tools import Tools


class Loader(Protocol):
    """Replaces a database by what is in a dump."""

    async def __call__(
        self,
        tools: Tools,
        file: DataFile,
        *,
        count: Callable[[int], None],
        on_line: Callable[[str], None],
        with_snapshot: bool,
    ) -> Snapshot | None:
        """Load; whatever goes wrong, the database is as it was.

        Args:
            tools: Of the database, which runs.
            file: The dump, of a kind that it can load.
            count: Told of every few bytes of the file.
            on_line: Told of each line that a program writes of what it is at.
            with_snapshot: Whether to keep what is replaced.

        Returns:
            The snapshot of what was replaced; None where nothing was to be kept.

        Raises:
            UsageError: The file is damaged, or is not for this server.
            CouldNotFindOutError: It could not be loaded.
        """
        ...


_LOADERS: dict[Software, Loader] = {
    Software.POSTGRES: load_postgres,
    Software.MARIADB: load_mysql,
    Software.MYSQL: load_mysql,
}


def loader_of(tools: Tools) -> Loader:
    """What loads into a database."""
    return _LOADERS[tools.database.software]
