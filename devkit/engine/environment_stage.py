"""The stage of a deployment that stays: a Compose project that each deployment adds itself to.

Services, proxy and data belong to the environment. The containers of one deployment are a
service of their own, ``web-7``, and carry a run label, so that they are removed together.
"""

from __future__ import annotations

from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING

from devkit.compose.addresses import service_passwords
from devkit.compose.proxy import ProxySettings, with_proxy
from devkit.compose.rehearsal import RehearsalSettings, WebSettings, rehearsal_document
from devkit.compose.variables import cloud_variables
from devkit.engine.docker_environment import engine_environment
from devkit.engine.images import RunImage
from devkit.engine.ownership import (
    ENVIRONMENT_LABEL,
    FOLDER_LABEL,
    PROJECT_LABEL,
    RUN_LABEL,
    STAGE_LABEL,
)
from devkit.engine.reaping import run_folder
from devkit.engine.stage import ComposeStage
from devkit.engine.stages import (
    background,
    image_labels,
    local_secrets,
    service_names,
    worker_counts,
    worker_services,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.engine.docker import Docker
    from devkit.engine.environment_files import EnvironmentFolder
    from devkit.engine.environment_state import EnvironmentState, Generation
    from devkit.engine.stages import Candidate

DOMAIN = "localhost"
FIRST_PORT = {"test": 8100, "live": 8200}
"""The proxy's port on 127.0.0.1; the next free one where it is taken."""


def environment_stage(
    candidate: Candidate,
    state: EnvironmentState,
    *,
    number: int,
    source: str,
    folder: EnvironmentFolder,
    docker: Docker,
    process_environment: Mapping[str, str],
) -> ComposeStage:
    """The stage of a new deployment; only its services may stand already.

    Args:
        candidate: What is deployed, and for which environment.
        state: The environment's, with the proxy's port.
        number: The deployment's.
        source: The id of the image that is used again; empty to build one.
        folder: The environment's files.
        docker: The engine.
        process_environment: The person's environment; only what finds the engine is used.
    """
    project, run = candidate.project, f"devkit-verify-{token_hex(5)}"
    web = f"web-{number}"
    image = RunImage(
        repository=f"devkit/{project.name}",
        # Another clone of the project has environments, and images, of the same names.
        run_tag=f"{folder.name}-{state.project.rpartition('-')[2]}-{number}",
        commit_tag=candidate.commit.short,
        source=source,
    )
    # Those of the beginning: Compose would make volumes anew whose labels have changed.
    labels = {
        ENVIRONMENT_LABEL: state.project,
        PROJECT_LABEL: state.name,
        FOLDER_LABEL: state.home,
        STAGE_LABEL: folder.name,
    }
    settings = RehearsalSettings(
        labels=labels,
        services=project.services,
        database_password=state.database_password,
        webs={
            web: replace(
                _web(candidate, state, image, run),
                workers=worker_services(project.workers, f"-{number}"),
            )
        },
        restart="unless-stopped",
        durable=True,
    )
    document = with_proxy(
        rehearsal_document(settings),
        ProxySettings(),
        labels=labels,
        restart="unless-stopped",
        publish=state.publish,
    )
    return ComposeStage(
        name=state.project,
        run=run,
        folder=run_folder(run),
        document=document,
        web=web,
        others=service_names(project.services),
        workers=worker_counts(project.workers, f"-{number}"),
        worker_run=run,
        run_image=image,
        labels=image_labels(candidate, cached=False),
        cached=False,
        # The containers of other deployments stand beside these, and are meant to.
        environment=engine_environment(process_environment) | {"COMPOSE_IGNORE_ORPHANS": "true"},
        docker=docker,
        background=background(candidate, settings.webs[web].variables),
        state=str(folder.state_path),
        secrets=frozenset({state.database_password, state.secret_key})
        | service_passwords(project.services, state.database_password)
        | local_secrets(candidate, settings.webs[web].variables),
    )


def standing_stage(stage: ComposeStage, generation: Generation) -> ComposeStage:
    """The stage of the deployment that serves already, to be switched from."""
    return replace(stage, web=generation.service, run=generation.run, worker_run=generation.run)


def _web(candidate: Candidate, state: EnvironmentState, image: RunImage, run: str) -> WebSettings:
    variables = cloud_variables(
        candidate.project,
        environment=candidate.settings,
        commit=candidate.commit,
        database_password=state.database_password,
        secret_key=state.secret_key,
        domain=DOMAIN,
    )
    return WebSettings(
        image=image.reference,
        environment=candidate.settings,
        variables={**variables, "DOMAIN_ALIASES": _aliases(state.publish)},
        mounts_storage=bool(candidate.project.storages),
        labels={RUN_LABEL: run},
    )


def _aliases(port: int) -> str:
    """The other hosts under which it is asked.

    A browser names the port in Origin, which an application compares with what it knows.
    """
    return f"127.0.0.1,127.0.0.1:{port},{DOMAIN}:{port}"
