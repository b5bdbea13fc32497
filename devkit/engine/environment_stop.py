"""Stops an environment: its containers and its network go, its data stay unless it is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.engine.clearing import clear_label
from devkit.engine.docker_environment import engine_environment
from devkit.engine.images import forget_run_tag
from devkit.engine.messages import engine_error
from devkit.engine.ownership import ENVIRONMENT_LABEL, FOLDER_LABEL, STAGE_LABEL
from devkit.engine.process import run
from devkit.errors import CouldNotFindOutError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.engine.environment_files import EnvironmentFolder
    from devkit.engine.environment_state import EnvironmentState

STOP_LIMIT = 120.0
LIMIT = 60.0
_LISTS = (("ps", "--all"), ("network", "ls"), ("volume", "ls"))


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """What of an environment of a folder the folder itself knows nothing of.

    Attributes:
        project: Its Compose project, which is the value of its label.
        volumes: The names of its volumes.
    """

    project: str
    volumes: tuple[str, ...]


async def forgotten_ones(
    folder: EnvironmentFolder, process_environment: Mapping[str, str]
) -> tuple[Forgotten, ...]:
    """Environments of this folder whose files were removed, found by their labels.

    Raises:
        CouldNotFindOutError: The engine does not answer.
    """
    environment = engine_environment(process_environment)
    known = _state(folder)
    only = [
        word
        for label in (f"{FOLDER_LABEL}={folder.root}", f"{STAGE_LABEL}={folder.name}")
        for word in ("--filter", f"label={label}")
    ]
    form = f'{{{{.Label "{ENVIRONMENT_LABEL}"}}}}\t{{{{.Name}}}}'
    found: dict[str, list[str]] = {}
    for words in _LISTS:
        text = form.replace(".Name", ".Names") if words[0] == "ps" else form
        for line in (await _docker(environment, *words, "--format", text, *only)).splitlines():
            project, name = line.split("\t")
            volumes = found.setdefault(project, [])
            if words[0] == "volume":
                volumes.append(name)
    return tuple(
        Forgotten(project=project, volumes=tuple(volumes))
        for project, volumes in sorted(found.items())
        if project and (known is None or project != known.project)
    )


async def stop_environment(
    folder: EnvironmentFolder, process_environment: Mapping[str, str], *, volumes: bool
) -> bool:
    """Stop the containers as they wish to be stopped, and remove them.

    Those, too, of an environment of this folder whose files somebody removed.

    Args:
        folder: The environment's files; its passwords stay as long as its data.
        process_environment: The person's environment.
        volumes: Whether the data go, too.

    Returns:
        Whether there was anything.

    Raises:
        CouldNotFindOutError: The engine does not let go of something.
    """
    environment = engine_environment(process_environment)
    state = _state(folder)
    lost = await forgotten_ones(folder, process_environment)
    for project in (*([state.project] if state else []), *(each.project for each in lost)):
        await _clear(f"{ENVIRONMENT_LABEL}={project}", environment, volumes=volumes)
        await _forget_images(f"{folder.name}-{project.rpartition('-')[2]}", environment)
    if state is None:
        folder.forget()
        return bool(lost)
    if volumes:
        folder.forget()
    else:
        rest = {"live": None, "replaced": (), "failed": (), "under_way": None}
        folder.store(state.model_copy(update=rest))
    return True


async def _clear(label: str, environment: Mapping[str, str], *, volumes: bool) -> None:
    running = (await _docker(environment, "ps", "--quiet", "--filter", f"label={label}")).split()
    if running:
        await run(["docker", "stop", *running], env=environment, timeout=STOP_LIMIT)
    kinds = ("container", "network", "volume") if volumes else ("container", "network")
    cleared = await clear_label(label, environment, kinds=kinds)
    if cleared.sentence:
        raise CouldNotFindOutError(cleared.sentence)


async def _forget_images(stem: str, environment: Mapping[str, str]) -> None:
    """Take the names away that an environment's deployments gave to their images."""
    only = ("--filter", f"reference=devkit/*:{stem}-*")
    form = ("--format", "{{.Repository}}:{{.Tag}}")
    for reference in (await _docker(environment, "image", "ls", *form, *only)).split():
        await forget_run_tag(reference, environment)


def _state(folder: EnvironmentFolder) -> EnvironmentState | None:
    """The state; None where there is none, or none that devkit wrote."""
    try:
        return folder.state()
    except RefusedError:
        return None


async def _docker(environment: Mapping[str, str], *words: str) -> str:
    done = await run(["docker", *words], env=environment, timeout=LIMIT)
    if not done.ok:
        raise engine_error(done.output)
    return done.output
