"""The commands that look into a rehearsal which was left standing."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.compose.proxy import PROXY_SERVICE
from devkit.compose.variables import DATABASE_NAME, DATABASE_USER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devkit.ports import Container


@dataclass(frozen=True, kw_only=True)
class StandingRun:
    """A rehearsal that stands.

    Attributes:
        name: Its name, and its Compose project's.
        document: Where its Compose document is.
        clone: Where its commit is checked out to.
        web: The service of the new version; empty where its image was not built.
        databases: The services that are PostgreSQL databases.
        containers: All of them, by their names without the project's.
    """

    name: str
    document: str
    clone: str
    web: str
    databases: Sequence[str]
    containers: Sequence[Container]


def look_into(run: StandingRun) -> tuple[str, ...]:
    """Commands to type as they are, the most telling first."""
    return tuple(shlex.join(words) for words in _commands(run))


def _commands(run: StandingRun) -> Iterator[list[str]]:
    compose = ["docker", "compose", "-p", run.name, "-f", run.document]
    yield [*compose, "ps", "--all"]
    databases = tuple(f"{name}-" for name in run.databases)
    for each in run.containers:
        full = f"{run.name}-{each.name}"
        if each.name.startswith(databases):
            if each.running:
                yield ["docker", "exec", "-it", full, "psql", "-U", DATABASE_USER, DATABASE_NAME]
            else:
                yield ["docker", "logs", full]
        elif not each.name.startswith(f"{PROXY_SERVICE}-"):
            yield ["docker", "logs", full]
            if each.running:
                yield ["docker", "exec", "-it", full, "sh"]
    if run.web:
        # Of a release command, or of what has exited, there is no container to go into.
        yield [*compose, "run", "--rm", "--no-deps", run.web, "sh"]
    yield ["cd", run.clone]
