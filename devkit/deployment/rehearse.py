"""The whole deployment of a commit, rehearsed: reads like the cloud's table of steps."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from devkit.deployment.events import Step, Warned
from devkit.deployment.gate_policy import Way
from devkit.deployment.new_version import (
    check_out_and_build,
    release,
    scale_and_gate,
)
from devkit.deployment.old_version import stand_up
from devkit.deployment.services_check import check_services
from devkit.deployment.steps import Steps
from devkit.deployment.together import side_by_side
from devkit.deployment.transition import under_load

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.deployment.events import Reporter
    from devkit.deployment.new_version import Version
    from devkit.deployment.scaling import Gatekeeper
    from devkit.deployment.transition import Standing, Transition
    from devkit.ports import Data, Image
    from devkit.project import Project


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What is rehearsed.

    Attributes:
        new: The version that is put to the test.
        transition: What is deployed now; None to rehearse the new version alone.
        data: What the services hold before any release command; None for nothing.
    """

    new: Version
    transition: Transition | None = None
    data: Data | None = None

    @property
    def project(self) -> Project:
        """The new version's project, with the services that only the old one needs."""
        new = self.new.project
        old = self.transition.old.project.services if self.transition else ()
        names = {service.name for service in new.services}
        return replace(new, services=(*new.services, *(s for s in old if s.name not in names)))


async def rehearse(rehearsal: Rehearsal, *, gatekeeper: Gatekeeper, report: Reporter) -> Image:
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
    new, services_ready = rehearsal.new, asyncio.Event()
    image: Image
    old: Standing | None

    _, image, old = await side_by_side(
        _prepare_services(rehearsal, services_ready, steps),
        check_out_and_build(new, steps),
        stand_up(
            rehearsal.transition,
            services_ready=services_ready,
            gatekeeper=gatekeeper,
            steps=steps,
            report=report,
        ),
    )
    async with under_load(
        rehearsal.transition, old, gatekeeper=gatekeeper, steps=steps, report=report
    ) as watched:
        await steps.run(
            Step.RELEASE,
            _release_and_prepare(
                new, image, gatekeeper=gatekeeper, on_line=steps.output(Step.RELEASE)
            ),
        )
        await watched.check_old()
        serving = await steps.run(
            Step.GATE,
            scale_and_gate(new, image, gatekeeper=gatekeeper, report=report),
            summary=lambda serving: serving.summary,
        )
        await watched.take_over(serving)
    return image


async def _release_and_prepare(
    new: Version, image: Image, *, gatekeeper: Gatekeeper, on_line: Callable[[str], None]
) -> str:
    """Run the release commands; the web containers are made meanwhile, and started after them.

    They are made once a command has said something: its container is there by then, and the
    engine has filled the storage from the image, which it does with the first container's.
    """
    begun = asyncio.Event()

    def hear(line: str) -> None:
        begun.set()
        on_line(line)

    async def prepare() -> None:
        await begun.wait()
        if gatekeeper.policy.way is not Way.PUBLISHED:
            await new.stage.prepare_containers(new.containers)

    ahead = asyncio.ensure_future(prepare())
    try:
        said = await release(new, image, gatekeeper=gatekeeper, on_line=hear)
        if begun.is_set():
            await ahead
    finally:
        ahead.cancel()
        await asyncio.gather(ahead, return_exceptions=True)
    return said


async def _prepare_services(rehearsal: Rehearsal, ready: asyncio.Event, steps: Steps) -> None:
    project, stage = rehearsal.project, rehearsal.new.stage
    await steps.run(Step.SERVICES, check_services(project, stage))
    if rehearsal.data is not None:
        copy = rehearsal.data.copy(
            on_line=steps.output(Step.DATA),
            warn=lambda message: steps.report(Warned(message=message)),
        )
        await steps.run(Step.DATA, copy)
    ready.set()
