"""Makes the stage of a new rehearsal: its labels, its passwords, its Compose document."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from devkit.compose.rehearsal import RehearsalSettings, rehearsal_document
from devkit.compose.variables import cloud_variables
from devkit.engine.docker_environment import engine_environment
from devkit.engine.images import RunImage
from devkit.engine.local_variables import read_local_variables
from devkit.engine.ownership import RUN_LABEL, new_run_labels
from devkit.engine.reaping import reap, run_folder
from devkit.engine.run_records import seconds_to_ready
from devkit.engine.stage import ComposeStage
from devkit.ports import Background

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from devkit.engine.docker import Docker
    from devkit.engine.local_variables import LocalVariables
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
    password, secret_key = secrets.token_urlsafe(16), secrets.token_urlsafe(48)
    variables = cloud_variables(
        project,
        environment=environment,
        commit=commit,
        database_password=password,
        secret_key=secret_key,
    )
    settings = RehearsalSettings(
        labels=labels,
        image=image.reference,
        environment=environment,
        variables=variables,
        database_password=password,
    )
    local = read_local_variables(project.root)
    return ComposeStage(
        name=name,
        folder=run_folder(name),
        document=rehearsal_document(project, settings),
        run_image=image,
        labels=_image_labels(project, commit, cache="used" if cached else "none"),
        cached=cached,
        environment=engine_environment(process_environment),
        docker=docker,
        background=_background(project, environment, variables, local),
        secrets=frozenset({password, secret_key}) | local.values,
    )


def _image_labels(project: Project, commit: Commit, *, cache: str) -> dict[str, str]:
    return {
        REVISION_LABEL: commit.sha,
        "io.devkit.image": project.name,
        "io.devkit.tree": commit.tree,
        "io.devkit.cache": cache,
    }


def _background(
    project: Project,
    environment: Environment,
    variables: Mapping[str, str],
    local: LocalVariables,
) -> Background:
    return Background(
        environment=environment.name,
        memory=environment.memory,
        only_local=tuple(name for name in local.names if name not in variables),
        seconds_to_ready=seconds_to_ready(project.root),
    )


@asynccontextmanager
async def standing(stage: ComposeStage, *, warn: Callable[[str], None]) -> AsyncIterator[None]:
    """The stage while it stands: all of it is removed at the end, whatever happens.

    Before it, what runs with a dead owner have left is removed, too.

    Args:
        stage: The stage.
        warn: Told of what could not be removed; it never decides how the run ends.
    """
    await reap(stage.environment)
    try:
        stage.prepare()
        yield
    finally:
        left = await stage.clear()
        if left:
            warn(f"Not removed, the engine does not let go of it: {', '.join(left)}")
