"""All containers of the engine, in one quick question without python-on-whales."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devkit.compose.local import RunningContainer
from devkit.engine.commands import ask
from devkit.engine.messages import engine_error
from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_LABEL = '{{.Label "com.docker.compose.%s"}}'
_FORMAT = "\t".join(
    ["{{.Names}}", *(_LABEL % n for n in ("project", "project.working_dir", "service")),
     "{{.Ports}}", "{{.Status}}"]
)  # fmt: skip
_PUBLISHED = re.compile(r":(?P<first>\d+)(?:-(?P<last>\d+))?->")


def all_containers(
    *, cwd: Path, environment: Mapping[str, str], project: str | None = None
) -> tuple[RunningContainer, ...]:
    """List every container, the stopped ones included, or those of one Compose project.

    Raises:
        CouldNotFindOutError: The engine does not answer, or there is no docker command.
    """
    label = f"label=com.docker.compose.project={project}"
    only = ["--filter", label] if project else []
    try:
        done = ask(["docker", "ps", "--all", *only, "--format", _FORMAT], cwd=cwd, env=environment)
    except FileNotFoundError:
        raise CouldNotFindOutError(
            "The `docker` command is not on the PATH.",
            hint="Install Docker Engine or Docker Desktop.",
        ) from None
    if not done.ok:
        raise engine_error(done.output)
    return tuple(parse_containers(done.output))


def parse_containers(output: str) -> Iterator[RunningContainer]:
    """Read the lines that ``docker ps`` wrote in our format."""
    for line in output.splitlines():
        name, project, folder, service, ports, status = line.split("\t")
        yield RunningContainer(
            name=name,
            project=project,
            folder=folder,
            service=service,
            ports=_host_ports(ports),
            status=status,
        )


def _host_ports(text: str) -> frozenset[int]:
    found: set[int] = set()
    for match in _PUBLISHED.finditer(text):
        first = int(match["first"])
        found.update(range(first, int(match["last"] or first) + 1))
    return frozenset(found)
