"""The words of the docker compose commands for local work; nothing here runs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class ComposeProject:
    """Which Compose project the commands speak of.

    Attributes:
        name: Its name where it is not the one that its file says; None where it is.
        files: The files to read, in order; none for those that Compose finds by itself, which
            is how an override file is honoured.
        renew: Whether a new container begins with the volumes of its image that have no name,
            such as node_modules, instead of those that the container before it had.
        directory: What the paths in the files start from; None for where the first of them is.
    """

    name: str | None = None
    files: tuple[str, ...] = ()
    directory: str | None = None
    renew: bool = False


def compose(project: ComposeProject, *words: str) -> list[str]:
    """A whole docker compose command."""
    name = ["--project-name", project.name] if project.name else []
    files = [word for file in project.files for word in ("--file", file)]
    folder = ["--project-directory", project.directory] if project.directory else []
    return ["docker", "compose", *name, *folder, *files, *words]


def up(project: ComposeProject) -> list[str]:
    """Start all services, each after those that it depends on.

    Without Compose's ``--wait``, which looks twice a second only; devkit looks itself.
    """
    return _up(project, "--remove-orphans")


def swap(project: ComposeProject, services: Sequence[str], *, stop_time: int) -> list[str]:
    """Put new containers of services in the place of the old ones, and touch no others.

    Args:
        project: The Compose project.
        services: The services, whose images are built.
        stop_time: Seconds for the old ones to end by themselves.
    """
    return _up(project, "--no-deps", "--no-build", "--timeout", str(stop_time), *services)


def _up(project: ComposeProject, *words: str) -> list[str]:
    renew = ["--renew-anon-volumes"] * project.renew
    return compose(project, "--progress", "plain", "up", "--detach", *renew, *words)


def build(project: ComposeProject, *, no_cache: bool = False, pull: bool = False) -> list[str]:
    """Build the images of the services that are built."""
    flags = ["--no-cache"] * no_cache + ["--pull"] * pull
    return compose(project, "--progress", "plain", "build", *flags)


def down(project: ComposeProject, *, volumes: bool = False, quiet: bool = False) -> list[str]:
    """Stop and remove the containers and the network, and the named volumes where asked."""
    flags = ["--progress", "quiet"] * quiet
    return compose(project, *flags, "down", "--remove-orphans", *["--volumes"] * volumes)


def one_off(
    project: ComposeProject,
    words: Sequence[str],
    *,
    name: str,
    tty: bool,
    quiet: bool,
    web: str = "web",
) -> list[str]:
    """Run words in a web container of their own, which is removed afterwards.

    Compose starts what web depends on and waits for it.

    Args:
        project: The Compose project.
        words: The command.
        web: The service that is the application.
        name: The container's name.
        tty: Whether a terminal is behind it.
        quiet: Whether Compose keeps to itself what it does.
    """
    progress = ["--progress", "quiet"] * quiet
    flags = ["--rm", "--name", name] + ["--no-TTY"] * (not tty)
    return compose(project, *progress, "run", *flags, web, *words)


def processes(project: ComposeProject) -> list[str]:
    """List all containers as JSON, the stopped ones included."""
    return compose(project, "ps", "--all", "--format", "json")


def logs(project: ComposeProject, flags: Sequence[str], services: Sequence[str]) -> list[str]:
    """Show the logs of services; of all where none is named."""
    return compose(project, "logs", *flags, *services)


def services_do(project: ComposeProject, verb: str, services: Sequence[str]) -> list[str]:
    """Start, stop or restart the containers of services; of all where none is named."""
    return compose(project, "--progress", "plain", verb, *services)
