"""Step 1: the services that the application needs are available."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.deployment.diagnosis import ending
from devkit.deployment.troubles import could_not_find_out
from devkit.errors import CouldNotFindOutError, ServicesError
from devkit.ports import Trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.ports import Completed, Container, Stage
    from devkit.project import Project


async def check_services(project: Project, stage: Stage) -> str:
    """Start the services and wait until each is healthy.

    Returns:
        A few words on what is available.

    Raises:
        ServicesError: A service did not become healthy, or its image does not exist.
        CouldNotFindOutError: The registry or the engine gave no answer.
    """
    if project.contained:
        started = await stage.start_services()
        if not started.ok:
            raise await _explain(project, stage, started)
    names = [service.name for service in project.services]
    return f"{', '.join(names)} available" if names else "no services needed"


async def _explain(project: Project, stage: Stage, started: Completed) -> Exception:
    if started.trouble is Trouble.IMAGE_NOT_FOUND:
        images = ", ".join(str(service.image) for service in project.contained)
        return ServicesError(
            f"A service's image does not exist or may not be pulled ({images}).",
            hint="Correct `services` in devkit.yaml, or `docker login` to the image's registry.",
            details=started.tail(5),
        )
    beside = could_not_find_out("The services could not be started", started)
    if beside is not None:
        return beside
    containers = await stage.service_containers()
    if not containers:
        return CouldNotFindOutError(
            "The services could not be started, and no container of theirs was made.",
            hint="docker's own words above say why; they say nothing of the commit.",
            details=started.tail(5),
        )
    return await _explain_unhealthy(stage, containers, started)


async def _explain_unhealthy(
    stage: Stage, containers: Sequence[Container], started: Completed
) -> ServicesError:
    sick = [container for container in containers if not container.running]
    if not sick:
        return ServicesError(
            "The services did not become healthy in time.",
            hint="Look at the image and its log: docker compose up does the same locally.",
            details=started.tail(),
        )
    return ServicesError(
        f"The service container {sick[0].name} {ending(sick[0])}.",
        hint="Check the service's image in devkit.yaml.",
        details=await stage.logs(sick[0].name, lines=20),
    )
