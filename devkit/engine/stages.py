"""Makes the stage of a new rehearsal: its labels, its passwords, its Compose document."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from devkit.compose.rehearsal import RehearsalSettings, rehearsal_document
from devkit.compose.variables import cloud_variables
from devkit.engine.clearing import SETTLING
from devkit.engine.docker_environment import engine_environment
from devkit.engine.images import RunImage
from devkit.engine.ownership import RUN_LABEL, new_run_labels
from devkit.engine.reaping import reap, run_folder
from devkit.engine.stage import ComposeStage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from devkit.engine.docker import Docker
    from devkit.project import Commit, Environment, Project

REVISION_LABEL = "org.opencontainers.image.revision"


def new_stage(
    project: Project,
    *,
    commit: Commit,
    environment: Environment,
    cached: bool,
    docker: Docker,
    process_environment: Mapping[str, str],
) -> ComposeStage:
    """A stage of its own for one rehearsal; nothing of it exists yet.

    Args:
        project: As the commit configures it.
        commit: What is rehearsed.
        environment: Whose variables and limits the containers get.
        cached: Whether the build may use the layer cache.
        docker: The engine.
        process_environment: The person's environment; only what finds the engine is used.
    """
    labels = new_run_labels(project.name)
    name = labels[RUN_LABEL]
    image = RunImage(
        repository=f"devkit/{project.name}",
        run_tag=name.removeprefix("devkit-"),
        commit_tag=commit.short,
    )
    return ComposeStage(
        name=name,
        folder=run_folder(name),
        document=_document(project, commit, environment, labels, image),
        run_image=image,
        labels={
            REVISION_LABEL: commit.sha,
            "io.devkit.image": project.name,
            "io.devkit.tree": commit.tree,
            "io.devkit.cache": "used" if cached else "none",
        },
        cached=cached,
        environment=engine_environment(process_environment),
        docker=docker,
    )


def _document(
    project: Project,
    commit: Commit,
    environment: Environment,
    labels: Mapping[str, str],
    image: RunImage,
) -> dict[str, Any]:
    """The Compose document, with a password and a secret key that nobody has had before."""
    password = secrets.token_urlsafe(16)
    variables = cloud_variables(
        project,
        environment=environment,
        commit=commit,
        database_password=password,
        secret_key=secrets.token_urlsafe(48),
    )
    settings = RehearsalSettings(
        labels=labels,
        image=image.reference,
        environment=environment,
        variables=variables,
        database_password=password,
    )
    return rehearsal_document(project, settings)


@asynccontextmanager
async def standing(stage: ComposeStage, *, warn: Callable[[str], None]) -> AsyncIterator[None]:
    """The stage while it stands: all of it is removed at the end, whatever happens.

    Before it, what runs with a dead owner have left is removed, too.

    Args:
        stage: The stage.
        warn: Told of what could not be removed; it never decides how the run ends.
    """
    await reap(stage.environment)
    settling = SETTLING
    try:
        stage.prepare()
        yield
        settling = 0.0  # no command was cut short
    finally:
        cleared = await stage.clear(settling=settling)
        if cleared.sentence:
            warn(cleared.sentence)
