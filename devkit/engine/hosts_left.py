"""The shared proxies on an engine, for what shows and removes what is left."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from devkit.cleaning.plan import Kind, SharedProxy, Thing
from devkit.engine.commands import ask
from devkit.engine.hosts import HOSTS_LABEL, Hosts
from devkit.engine.messages import engine_error
from devkit.errors import DevkitError

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMIT = 20.0
_FORMAT = f'{{{{.ID}}}}\t{{{{.%s}}}}\t{{{{.Label "{HOSTS_LABEL}"}}}}'
_LISTS = {
    Kind.CONTAINER: ("ps", "--all", "--no-trunc", "--format", _FORMAT % "Names"),
    Kind.NETWORK: ("network", "ls", "--no-trunc", "--format", _FORMAT % "Name"),
}


def shared_proxies(environment: Mapping[str, str]) -> tuple[SharedProxy, ...]:
    """All of them, and which projects are behind this person's.

    Raises:
        CouldNotFindOutError: The engine does not answer.
    """
    hosts = Hosts(environment=environment)
    found: dict[str, list[Thing]] = {}
    for kind, words in _LISTS.items():
        command = ["docker", *words, "--filter", f"label={HOSTS_LABEL}"]
        done = ask(command, cwd=Path("/"), env=environment, timeout=LIMIT)
        if not done.ok:
            raise engine_error(done.output)
        for line in done.output.splitlines():
            identity, name, key = line.split("\t")
            found.setdefault(key, []).append(Thing(kind=kind, id=identity, name=name))
    return tuple(
        SharedProxy(
            things=tuple(things),
            is_mine=key == hosts.key,
            projects=hosts.projects() if key == hosts.key else (),
        )
        for key, things in sorted(found.items())
    )


def remove_left_proxy(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Remove this person's, where no project is behind it; what could not be, in sentences."""
    try:
        Hosts(environment=environment).tidy()
    except DevkitError as failed:
        return (failed.message,)
    return ()
