"""The words that dump, load and copy a PostgreSQL database; nothing here runs them.

All of it runs in containers of its own, of the image that the database has. What is executed in
the database's own container outlives us there, and once orphaned its end by a signal makes
PostgreSQL, which adopts it, restart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.compose.data_copy import HOST, LOCK_WAIT, MAINTENANCE
from devkit.data.names import Format

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOOL_LABEL = "io.devkit.tool"
"""On containers that do one thing to a database; the value is its Compose project."""
NEW_FILES = ".devkit-new"
OLD_FILES = ".devkit-old"
PLACE = "/devkit-snapshot"
WHOLE = f"{PLACE}/whole"
"""Written last of all, with the size in bytes: without it a snapshot was cut short."""
VERSION_DIFFERS = 41
CUT_SHORT = 42
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


@dataclass(frozen=True, kw_only=True)
class Database:
    """A database of the project's, in a container that is there.

    Attributes:
        project: The Compose project.
        service: Its Compose service.
        container: The container's ID.
        container_name: The container's name.
        image: The ID of the container's image.
        image_name: What the image is called.
        folder: Where the server has its files in the container.
        running: Whether it runs.
        kept_outside: Whether that is in a volume or a folder of this machine.
        user: Who may do everything.
        name: What the database is called in its server.
        password: The user's; empty where none is needed.
    """

    project: str
    service: str
    container: str
    container_name: str
    image: str
    image_name: str
    folder: str
    running: bool
    kept_outside: bool
    user: str
    name: str
    password: str = field(default="", repr=False)


def tool(
    database: Database,
    *,
    name: str,
    labels: Mapping[str, str],
    options: Sequence[str] = (),
    entrypoint: str,
    connected: bool = True,
) -> list[str]:
    """The words that begin a container which does one thing; its arguments are to follow.

    Args:
        database: The database.
        name: The container's name.
        labels: On it, so that it is found again.
        options: More for ``docker run``.
        entrypoint: The program.
        connected: Whether it is in the network of the database, which runs.
    """
    labelled = [word for pair in labels.items() for word in ("--label", "=".join(pair))]
    network = f"container:{database.container}" if connected else "none"
    return [
        "docker", "run", "--rm", "--init", "--pull", "never", "--name", name, *labelled,
        # Else the engine would keep all that goes through in the container's log.
        "--log-driver", "none", "--network", network,
        *(("--env", "PGPASSWORD") if connected else ()),
        *options, "--entrypoint", entrypoint, database.image,
    ]  # fmt: skip


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


def dump_options() -> list[str]:
    """Of ``docker run`` for a dump: it only reads."""
    return ["--env", f"PGOPTIONS={_READ_ONLY}"]


def dump_words(database: Database, dump_format: Format, *, compressed_outside: bool) -> list[str]:
    """The arguments of pg_dump."""
    inner = ["--compress=0"] * (dump_format is Format.CUSTOM and compressed_outside)
    return [
        f"--format={dump_format.value}", *inner, f"--lock-wait-timeout={LOCK_WAIT}",
        # Whose a thing is differs from server to server.
        "--no-owner", "--no-acl", "--no-tablespaces", "--no-security-labels", "--no-subscriptions",
        *connection(database, database.name),
    ]  # fmt: skip


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


MAINTENANCE_DATABASE = MAINTENANCE

_COPY = """
copy() {
    reflink=
    cp --help 2>&1 | grep -q reflink && reflink=--reflink=auto
    cp -a $reflink "$1/." "$2/"
}
"""
TAKE = f"""
set -e
{_COPY}
rm -rf "$FROM/{NEW_FILES}" "$FROM/{OLD_FILES}"
mkdir {PLACE}/files
copy "$FROM" {PLACE}/files
rm -f {PLACE}/files/postmaster.pid
du -sk {PLACE}/files | (read -r size rest; echo "$((size * 1024))" > {WHOLE}.new)
mv {WHOLE}.new {WHOLE}
cat {WHOLE}
"""
"""Copies the files of a server that is stopped into a volume; tells how many bytes."""
PUT_BESIDE = f"""
set -e
{_COPY}
[ -f {WHOLE} ] || exit {CUT_SHORT}
[ "$(cat "$FROM/PG_VERSION")" = "$(cat {PLACE}/files/PG_VERSION)" ] || exit {VERSION_DIFFERS}
rm -rf "$FROM/{NEW_FILES}" "$FROM/{OLD_FILES}"
mkdir "$FROM/{NEW_FILES}"
copy {PLACE}/files "$FROM/{NEW_FILES}"
"""
"""Copies a snapshot's files beside those of a server that is stopped."""
CLEAR = f'rm -rf "$FROM/{NEW_FILES}"'
"""Takes those copies away again."""
SWAP_IN = f"""
set -e
cd "$FROM"
mkdir {OLD_FILES}
for each in * .[!.]*; do
    case "$each" in {NEW_FILES}|{OLD_FILES}|'*'|'.[!.]*') ;; *) mv "$each" {OLD_FILES}/ ;; esac
done
for each in {NEW_FILES}/* {NEW_FILES}/.[!.]*; do
    [ ! -e "$each" ] || mv "$each" .
done
rmdir {NEW_FILES}
rm -rf {OLD_FILES}
"""
"""Lets them take the place of those; renames alone, which no full disk stops."""
MEASURE = """
for each in /devkit-snapshots/*; do
    [ ! -f "$each/whole" ] || printf '%s\\t%s\\n' "${each##*/}" "$(cat "$each/whole")"
done
"""
