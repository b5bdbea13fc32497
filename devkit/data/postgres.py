"""The words that dump, load and copy a PostgreSQL database; nothing here runs them.

All of it runs in containers of its own, of the image that the database has. What is executed in
the database's own container outlives us there, and once orphaned its end by a signal makes
PostgreSQL, which adopts it, restart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.compose.data_copy import HOST, LOCK_WAIT, MAINTENANCE
from devkit.compose.variables import DATABASE_USER
from devkit.data.database import Call
from devkit.data.kinds import Compression
from devkit.data.names import Format

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.data.database import Database
    from devkit.data.names import DumpForm

_FOLDER = "/var/lib/postgresql/data"
_SET_BY_IMAGES = ("PGDATA", "PG_MAJOR")

DUMP_DIFFERS = 43

_READ_ONLY = "-c default_transaction_read_only=on"
# Safe: the database is thrown away where the server crashes before it is swapped in.
_LOADING_OPTIONS = "-c synchronous_commit=off -c maintenance_work_mem=256MB"
_JOBS = '--jobs="$(n=$(nproc); [ "$n" -ge 2 ] || n=2; [ "$n" -le 8 ] || n=8; echo "$n")"'
_PG_RESTORE = (
    f"exec pg_restore {_JOBS} --verbose --exit-on-error --no-owner --no-acl --no-tablespaces"
    ' --no-security-labels --no-subscriptions --host "$HOST" --username "$DB_USER" --no-password'
    ' --dbname "$DB_NAME"'
)
MOUNTED_DUMP = "/devkit-dump"


def connection(database: Database, name: str) -> list[str]:
    """Where a client connects to."""
    return [
        "--host",
        HOST,
        "--username",
        database.user,
        "--no-password",
        "--dbname",
        conninfo(name),
    ]


def conninfo(name: str) -> str:
    """A database's name that is not taken for a connection string."""
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"dbname='{escaped}'"


def is_recognized(variables: Mapping[str, str]) -> bool:
    """Whether a container is one of PostgreSQL, by what its images set."""
    return any(name in variables for name in _SET_BY_IMAGES)


def folder(variables: Mapping[str, str]) -> str:
    """Where the server has its files."""
    return variables.get("PGDATA") or _FOLDER


def account(variables: Mapping[str, str]) -> tuple[str, str, str]:
    """The user, the password and the name of a database, as its container's variables tell."""
    user = variables.get("POSTGRES_USER") or DATABASE_USER
    return user, variables.get("POSTGRES_PASSWORD", ""), variables.get("POSTGRES_DB") or user


def dump(database: Database, form: DumpForm) -> Call:
    """What dumps it to stdout; it only reads."""
    is_custom, is_squeezed = form.format is Format.CUSTOM, form.compression is not Compression.NONE
    arguments = [
        f"--format={form.format.value}", *["--compress=0"] * (is_custom and is_squeezed),
        f"--lock-wait-timeout={LOCK_WAIT}",
        # Whose a thing is differs from server to server.
        "--no-owner", "--no-acl", "--no-tablespaces", "--no-security-labels", "--no-subscriptions",
        *connection(database, database.name),
    ]  # fmt: skip
    options = ["--env", f"PGOPTIONS={_READ_ONLY}"]
    return Call(program="pg_dump", arguments=arguments, options=options)


def shell(database: Database) -> Call:
    """The client; told by variables, so that what a person says has the last word."""
    pairs = {"PGHOST": HOST, "PGUSER": database.user, "PGDATABASE": database.name}
    options = [word for pair in pairs.items() for word in ("--env", "=".join(pair))]
    return Call(program="psql", arguments=(), options=options)


def asking(database: Database, variables: Mapping[str, str]) -> list[str]:
    """What runs statements in the database's own container; stops at the first error.

    Args:
        database: The database, which runs.
        variables: What psql fills in; ``name``, the database's, is always among them.
    """
    filled = {"name": database.name, **variables}
    return [
        "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--field-separator= ",
        *(word for pair in filled.items() for word in ("--set", "=".join(pair))),
        "--set", "ON_ERROR_STOP=1", *connection(database, MAINTENANCE),
    ]  # fmt: skip


def ready(database: Database) -> list[str]:
    """What ends with 0 in the database's own container once it answers."""
    return ["pg_isready", "--quiet", "--host", HOST, "--username", database.user]


def version(database: Database) -> list[str]:
    """Of docker: as the files have it; nothing where the container does not run."""
    return ["exec", database.container, "cat", f"{database.folder}/PG_VERSION"]


def load_options(database: Database, target: str) -> list[str]:
    """Of ``docker run`` for what loads into a new database."""
    pairs = {
        "PGOPTIONS": _LOADING_OPTIONS,
        "HOST": HOST,
        "DB_USER": database.user,
        "DB_NAME": conninfo(target),
    }
    return [word for pair in pairs.items() for word in ("--env", "=".join(pair))]


def psql_words(database: Database, target: str) -> list[str]:
    """The arguments of a psql that stops at the first error."""
    return [
        "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--set", "VERBOSITY=terse",
        "--output", "/dev/null", *connection(database, target),
    ]  # fmt: skip


RESTORE_STDIN = f"cat > /tmp/dump && {_PG_RESTORE} /tmp/dump"
"""With a seekable file several jobs restore at once; it lies in the container, and goes with it."""
RESTORE_MOUNTED = (
    f'[ -r {MOUNTED_DUMP} ] && [ "$(wc -c < {MOUNTED_DUMP})" = "$SIZE" ]'
    f" || exit {DUMP_DIFFERS}; {_PG_RESTORE} {MOUNTED_DUMP}"
)
"""Only where the engine sees the very file."""
