"""The words that copy data into a rehearsal, and what its document needs for that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.compose.variables import DATABASE_NAME, DATABASE_USER, STORAGE_MOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping

COPY_SERVICE = "data-copy"
"""Never started: its container is a way into the storage's volume."""
HOST = "127.0.0.1"
"""Where PostgreSQL's image trusts whoever is in the container's network."""
LOCK_WAIT = "30s"
MAINTENANCE = "template1"
"""The database to connect to while any other may be dropped."""

_READ_ONLY = "-c default_transaction_read_only=on"
_RESTORING = "-c synchronous_commit=off -c maintenance_work_mem=128MB"
_FACTS = "SELECT current_setting('server_version_num'), pg_database_size(current_database())"


@dataclass(frozen=True, kw_only=True)
class Source:
    """A database of the development project.

    Attributes:
        service: Its Compose service.
        container: The ID of its container, which runs.
        user: Who may read all of it.
        name: What it is called in its server.
        password: The user's; empty where none is needed.
    """

    service: str
    container: str
    user: str = DATABASE_USER
    name: str = DATABASE_NAME
    password: str = field(default="", repr=False)


def dump(source: Source, *, image: str, name: str, labels: Mapping[str, str]) -> list[str]:
    """Dump a database to stdout, as it is at this moment, while it is read and written.

    In a container of its own that shares the network of the database's. What is executed in the
    database's own container outlives us there, and once orphaned its end by a signal makes
    PostgreSQL, which adopts it, restart.

    Args:
        source: The database.
        image: Of the PostgreSQL that is to take it.
        name: The container's name.
        labels: On the container, so that it is found again.
    """
    labelled = [word for pair in labels.items() for word in ("--label", "=".join(pair))]
    return [
        "docker", "run", "--rm", "--init", "--pull", "never", "--name", name, *labelled,
        # Else the engine would keep all that is dumped in the container's log.
        "--log-driver", "none",
        "--network", f"container:{source.container}",
        "--env", "PGPASSWORD", "--env", f"PGOPTIONS={_READ_ONLY}",
        "--entrypoint", "pg_dump", image,
        "--host", HOST, "--username", source.user, "--no-password",
        # Nothing is gained by compressing what goes from one container to the other.
        "--format=custom", "--compress=0", f"--lock-wait-timeout={LOCK_WAIT}",
        "--no-owner", "--no-acl", "--no-tablespaces", "--no-security-labels",
        # A copy must not go on to receive what the original subscribes to.
        "--no-subscriptions",
        "--dbname", _named(source.name),
    ]  # fmt: skip


def restore(container: str) -> list[str]:
    """Make the database of what comes from stdin, with its encoding, locale and settings."""
    return [
        "docker", "exec", "--interactive", "--env", f"PGOPTIONS={_RESTORING}", container,
        "pg_restore", "--username", DATABASE_USER, "--dbname", MAINTENANCE, "--exit-on-error",
        "--clean", "--if-exists", "--create", "--no-owner", "--no-acl",
    ]  # fmt: skip


def settle(container: str, *, restored: str) -> list[list[str]]:
    """Give the database its name in the rehearsal, and the planner its statistics."""
    psql = ["docker", "exec", container, "psql", "--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1",
            "--username", DATABASE_USER]  # fmt: skip
    analyze = [*psql, "--dbname", DATABASE_NAME, "--command", "ANALYZE"]
    if restored == DATABASE_NAME:
        return [analyze]
    rename = [*psql, "--dbname", MAINTENANCE,
              "--command", f"DROP DATABASE IF EXISTS {_quoted(DATABASE_NAME)}",
              "--command", f"ALTER DATABASE {_quoted(restored)} RENAME TO {_quoted(DATABASE_NAME)}",
              ]  # fmt: skip
    return [rename, analyze]


def facts(container: str, *, user: str = DATABASE_USER, name: str = DATABASE_NAME) -> list[str]:
    """Ask for the version as a number and the size in bytes, on one line."""
    return [
        "docker", "exec", "--env", "PGPASSWORD", "--env", f"PGOPTIONS={_READ_ONLY}", container,
        "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--field-separator= ",
        "--host", HOST, "--username", user, "--no-password", "--dbname", _named(name),
        "--command", _FACTS,
    ]  # fmt: skip


def with_storage_copy(
    document: Mapping[str, Any], *, image: str, volume: str, labels: Mapping[str, str]
) -> dict[str, Any]:
    """The document with a container that mounts the storage as the application does."""
    copy = {
        "image": image,
        "pull_policy": "never",
        "command": ["none"],
        "network_mode": "none",
        "labels": dict(labels),
        "volumes": [f"{volume}:{STORAGE_MOUNT}"],
    }
    return {**document, "services": {**document["services"], COPY_SERVICE: copy}}


def _named(database: str) -> str:
    """A name that is not taken for a connection string."""
    escaped = database.replace("\\", "\\\\").replace("'", "\\'")
    return f"dbname='{escaped}'"


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
