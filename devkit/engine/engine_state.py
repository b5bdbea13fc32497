"""All containers of the engine, in one quick question."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devkit.compose.local import RunningContainer
from devkit.engine.commands import ask
from devkit.engine.messages import engine_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_LABEL = '{{.Label "com.docker.compose.%s"}}'
_FORMAT = "\t".join(
    ["{{.Names}}", *(_LABEL % n for n in ("project", "project.working_dir", "service")),
     "{{.Ports}}", "{{.Status}}", "{{.ID}}", *(_LABEL % n for n in ("oneoff", "image"))]
)  # fmt: skip
_PUBLISHED = re.compile(r":(?P<first>\d+)(?:-(?P<last>\d+))?->")


def all_containers(
    *,
    cwd: Path,
    environment: Mapping[str, str],
    project: str | None = None,
    timeout: float | None = None,
) -> tuple[RunningContainer, ...]:
    """List every container, the stopped ones included, or those of one project's services.

    Args:
        cwd: Where to ask.
        environment: The person's environment, for docker.
        project: Only the containers of this Compose project, without its one-off ones.
        timeout: Seconds to wait; None for as long as it takes.

    Raises:
        CouldNotFindOutError: The engine does not answer, or there is no docker command.
    """
    labels = [f"project={project}", "oneoff=False"] if project else []
    only = [word for each in labels for word in ("--filter", f"label=com.docker.compose.{each}")]
    words = ["docker", "ps", "--all", *only, "--format", _FORMAT]
    done = ask(words, cwd=cwd, env=environment, timeout=timeout)
    if not done.ok:
        raise engine_error(done.output)
    return tuple(parse_containers(done.output))


def parse_containers(output: str) -> Iterator[RunningContainer]:
    """Read the lines that ``docker ps`` wrote in our format."""
    for line in output.splitlines():
        name, project, folder, service, ports, status, identity, one_off, *image = line.split("\t")
        yield RunningContainer(
            name=name,
            project=project,
            folder=folder,
            service=service,
            ports=_host_ports(ports),
            status=status,
            id=identity,
            one_off=one_off == "True",
            image="".join(image),
        )


def _host_ports(text: str) -> frozenset[int]:
    found: set[int] = set()
    for match in _PUBLISHED.finditer(text):
        first = int(match["first"])
        found.update(range(first, int(match["last"] or first) + 1))
    return frozenset(found)
