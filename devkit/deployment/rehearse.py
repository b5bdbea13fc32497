"""The whole deployment of a commit, rehearsed: reads like the cloud's table of steps."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.config.resolve import gate_port
from devkit.deployment.build import build_image
from devkit.deployment.checkout import check_out
from devkit.deployment.events import Step, Warned
from devkit.deployment.release_commands import run_release_commands
from devkit.deployment.scaling import gate_containers, start_containers
from devkit.deployment.services_check import check_services
from devkit.deployment.steps import Steps
from devkit.errors import DevkitError

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    from devkit.deployment.events import Reporter
    from devkit.deployment.scaling import Gatekeeper
    from devkit.ports import Checkout, Image, Stage
    from devkit.project import Project


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What is rehearsed, and where.

    Attributes:
        project: The project as the commit configures it.
        containers: How many web containers have to pass the gate.
        clone: Where the commit is checked out to; does not exist yet.
        subfolder: The project's folder inside its repository, ``.`` for the repository's own.
    """

    project: Project
    containers: int
    clone: Path
    subfolder: Path


async def rehearse(
    rehearsal: Rehearsal,
    *,
    stage: Stage,
    checkout: Checkout,
    gatekeeper: Gatekeeper,
    report: Reporter,
) -> Image:
    """Deploy the commit onto the stage, step by step, exactly as the cloud would.

    The cloud checks the services first and only then checks out and builds. Here the three
    run side by side, because starting a database takes a while; the outcome is the same, since
    no step after them begins before all of them have passed.

    Returns:
        The image that passed.

    Raises:
        StepFailedError: The deployment would fail there; its kind says at which step.
        CouldNotFindOutError: The engine, a registry or the disk gave no answer.
    """
    steps = Steps(report=report, clock=gatekeeper.clock)
    project = rehearsal.project

    _, image = await _side_by_side(
        steps.run(Step.SERVICES, check_services(project, stage)),
        _check_out_and_build(rehearsal, stage, checkout, steps),
    )
    await steps.run(
        Step.RELEASE,
        run_release_commands(
            stage,
            project.release,
            port=gate_port(project.web.configured_port, image.ports)[0],
            clock=gatekeeper.clock,
            on_line=steps.output(Step.RELEASE),
        ),
    )
    await steps.run(Step.GATE, _scale_and_gate(rehearsal, stage, image, gatekeeper, report))
    return image


async def _check_out_and_build(
    rehearsal: Rehearsal, stage: Stage, checkout: Checkout, steps: Steps
) -> Image:
    await steps.run(Step.CHECKOUT, check_out(checkout, rehearsal.clone))
    return await steps.run(
        Step.BUILD,
        build_image(stage, rehearsal.clone / rehearsal.subfolder, on_line=steps.output(Step.BUILD)),
        summary=lambda image: f"image {image.id.removeprefix('sha256:')[:12]}",
    )


async def _scale_and_gate(
    rehearsal: Rehearsal,
    stage: Stage,
    image: Image,
    gatekeeper: Gatekeeper,
    report: Reporter,
) -> str:
    port, warning = gate_port(rehearsal.project.web.configured_port, image.ports)
    if warning:
        report(Warned(message=warning))
    containers = await start_containers(
        stage, rehearsal.containers, port=port, way=gatekeeper.policy.way
    )
    return await gate_containers(stage, containers, port=port, gatekeeper=gatekeeper, report=report)


async def _side_by_side(
    services: Coroutine[None, None, str], image: Coroutine[None, None, Image]
) -> tuple[str, Image]:
    """Await both; the first that fails ends the other, and the earlier step's failure counts."""
    try:
        async with asyncio.TaskGroup() as group:
            checked = group.create_task(services)
            built = group.create_task(image)
    except ExceptionGroup as failures:
        raise min(failures.exceptions, key=_code) from None
    return checked.result(), built.result()


def _code(failure: Exception) -> int:
    return failure.code if isinstance(failure, DevkitError) else 0
