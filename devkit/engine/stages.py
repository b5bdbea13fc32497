"""Makes the stage of a new rehearsal: its labels, its passwords, its Compose document."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from devkit.compose.rehearsal import RehearsalSettings, rehearsal_document
from devkit.compose.variables import cloud_variables
from devkit.engine.ownership import RUN_LABEL, new_run_labels
from devkit.engine.reaping import reap, run_folder
from devkit.engine.stage import IMAGE_LABEL, ComposeStage, engine_environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

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
    tag = f"devkit/{project.name}:{commit.short}"
    password = secrets.token_urlsafe(16)
    settings = RehearsalSettings(
        labels=labels,
        image=tag,
        environment=environment,
        variables=cloud_variables(
            project,
            environment=environment,
            commit=commit,
            database_password=password,
            secret_key=secrets.token_urlsafe(48),
        ),
        database_password=password,
    )
    return ComposeStage(
        name=labels[RUN_LABEL],
        folder=run_folder(labels[RUN_LABEL]),
        document=rehearsal_document(project, settings),
        tag=tag,
        labels={
            REVISION_LABEL: commit.sha,
            IMAGE_LABEL: project.name,
            "io.devkit.tree": commit.tree,
            "io.devkit.cache": "used" if cached else "none",
        },
        cached=cached,
        environment=engine_environment(process_environment),
        docker=docker,
    )


@asynccontextmanager
async def standing(stage: ComposeStage) -> AsyncIterator[None]:
    """The stage while it stands: all of it is removed at the end, whatever happens.

    Before it, what runs with a dead owner have left is removed, too.
    """
    await asyncio.to_thread(reap, stage.docker)
    try:
        stage.prepare()
        yield
    finally:
        await stage.clear()
