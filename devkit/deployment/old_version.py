"""The version that is deployed now: brought up first, with its own schema, to be switched from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.deployment.build import build_image
from devkit.deployment.checkout import check_out
from devkit.deployment.choices import Need
from devkit.deployment.events import Step, Warned
from devkit.deployment.new_version import release, scale_and_gate
from devkit.deployment.transition import put_behind_proxy
from devkit.errors import CouldNotFindOutError, StepFailedError

if TYPE_CHECKING:
    import asyncio

    from devkit.deployment.events import Event, Reporter
    from devkit.deployment.new_version import Serving, Version
    from devkit.deployment.scaling import Gatekeeper
    from devkit.deployment.steps import Steps
    from devkit.deployment.transition import Standing, Transition
    from devkit.ports import Image


async def stand_up(
    transition: Transition | None,
    *,
    services_ready: asyncio.Event,
    gatekeeper: Gatekeeper,
    steps: Steps,
    report: Reporter,
) -> Standing | None:
    """Bring the old version up behind the proxy.

    Returns:
        How it stands; None where there is none, or where it could not be brought up and that
        is only warned about: then its containers are ended.

    Raises:
        CouldNotFindOutError: It cannot be brought up, and was asked for.
    """
    if transition is None:
        return None
    old = transition.old

    async def work() -> Standing:
        serving = await bring_up(
            old,
            services_ready=services_ready,
            gatekeeper=gatekeeper,
            steps=steps,
            report=report,
        )
        return await put_behind_proxy(transition, serving)

    try:
        return await steps.run(
            Step.OLD_VERSION, work(), summary=lambda stands: f"serves: {stands.serving.summary}"
        )
    except CouldNotFindOutError as failed:
        if transition.need is Need.REQUIRED:
            raise
        await old.stage.stop_containers()
        report(Warned(message=f"{failed.message} So the switch from it is not rehearsed."))
        return None


async def bring_up(
    old: Version,
    *,
    services_ready: asyncio.Event,
    gatekeeper: Gatekeeper,
    steps: Steps,
    report: Reporter,
) -> Serving:
    """Deploy the old version: its image, its release commands, its containers past the gate.

    Its image is taken where it is at hand, and built with cached layers where it is not: the old
    version is not what is put to the test.

    Args:
        old: The version.
        services_ready: Set when the services are available; the image does not wait for them.
        gatekeeper: Asks its containers.
        steps: Tells of the output.
        report: Told of the containers.

    Raises:
        CouldNotFindOutError: It cannot be brought up here, which says nothing of the new one.
    """
    try:
        image = await _image_of(old, steps)
        await services_ready.wait()
        await release(old, image, gatekeeper=gatekeeper, on_line=steps.output(Step.OLD_VERSION))
        return await scale_and_gate(old, image, gatekeeper=gatekeeper, report=report)
    except StepFailedError as failed:
        raise CouldNotFindOutError(
            f"The old version cannot be brought up here: {failed.message}",
            hint="--no-from rehearses the new version alone, --from REV switches from another.",
            details=failed.details,
        ) from failed


async def _image_of(old: Version, steps: Steps) -> Image:
    if await old.stage.reuse_image():
        return await old.stage.image()
    await check_out(old.checkout, old.clone, _unheard)
    context = old.clone / old.subfolder
    return await build_image(old.stage, context, on_line=steps.output(Step.OLD_VERSION))


def _unheard(event: Event) -> None:
    """What there is to say of the old version's tree was said when it was deployed."""
