"""Steps 1 to 5 of the version that is deployed; a rehearsal and a real deployment share them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.config.gate_port import gate_port
from devkit.deployment.build import build_image
from devkit.deployment.checkout import check_out
from devkit.deployment.events import Step, Warned
from devkit.deployment.release_commands import run_release_commands
from devkit.deployment.scaling import gate_containers, start_containers
from devkit.deployment.workers import check_workers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from devkit.deployment.events import Reporter
    from devkit.deployment.scaling import Gatekeeper
    from devkit.deployment.steps import Steps
    from devkit.ports import Checkout, Container, Image, Stage
    from devkit.project import Project


@dataclass(frozen=True, kw_only=True)
class Version:
    """One commit of the application, and where it is deployed.

    Attributes:
        project: The project as the commit configures it.
        containers: How many web containers have to pass the gate.
        stage: Its containers and its image.
        checkout: Its repository.
        clone: Where the commit is checked out to; does not exist yet.
        subfolder: The project's folder inside its repository, ``.`` for the repository's own.
    """

    project: Project
    containers: int
    stage: Stage
    checkout: Checkout
    clone: Path
    subfolder: Path


@dataclass(frozen=True, kw_only=True)
class Serving:
    """Containers that have passed the gate.

    Attributes:
        containers: All of the version's.
        port: Where they were asked.
        summary: A few words on how.
    """

    containers: tuple[Container, ...]
    port: int
    summary: str = ""


def port_of(version: Version, image: Image) -> int:
    """Where the version's containers are to listen."""
    return gate_port(version.project.web.configured_port, image.ports)[0]


async def check_out_and_build(version: Version, steps: Steps) -> Image:
    """Steps 2 and 3.

    Raises:
        CheckoutError: The commit cannot be checked out.
        BuildError: The image does not build.
        CouldNotFindOutError: The engine, a registry or the disk gave no answer.
    """
    await steps.run(Step.CHECKOUT, check_out(version.checkout, version.clone, steps.report))
    context = version.clone / version.subfolder
    return await steps.run(
        Step.BUILD,
        build_image(version.stage, context, on_line=steps.output(Step.BUILD)),
        summary=lambda image: f"image {image.id.removeprefix('sha256:')[:12]}",
    )


async def release(
    version: Version, image: Image, *, gatekeeper: Gatekeeper, on_line: Callable[[str], None]
) -> str:
    """Step 4.

    Raises:
        ReleaseCommandError: A release command failed.
        CouldNotFindOutError: The engine could not run it.
    """
    return await run_release_commands(
        version.stage,
        version.project.release,
        port=port_of(version, image),
        clock=gatekeeper.clock,
        on_line=on_line,
    )


async def scale_and_gate(
    version: Version, image: Image, *, gatekeeper: Gatekeeper, report: Reporter
) -> Serving:
    """Step 5.

    Raises:
        GateError: A container did not pass, or a worker has ended.
        CouldNotFindOutError: The engine gave no answer, or no container can be reached.
    """
    port, warning = gate_port(version.project.web.configured_port, image.ports)
    if warning:
        report(Warned(message=warning))
    started = gatekeeper.clock.monotonic()
    containers = await start_containers(
        version.stage, version.containers, port=port, way=gatekeeper.policy.way
    )
    summary = await gate_containers(
        version.stage, containers, port=port, gatekeeper=gatekeeper, report=report
    )
    workers = await check_workers(version.stage, started=started, clock=gatekeeper.clock)
    summary = f"{summary}; {workers}" if workers else summary
    return Serving(containers=containers, port=port, summary=summary)
