"""A deployment that stays: the cloud's steps, and then the switch from the containers before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from devkit.deployment.events import Step, Warned
from devkit.deployment.new_version import (
    check_out_and_build,
    release,
    scale_and_gate,
)
from devkit.deployment.services_check import check_services
from devkit.deployment.steps import Steps
from devkit.deployment.switch import by_name, switch
from devkit.deployment.together import side_by_side
from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from devkit.deployment.events import Reporter
    from devkit.deployment.new_version import Serving, Version
    from devkit.deployment.scaling import Gatekeeper
    from devkit.ports import Image, Proxy, Stage


class Books(Protocol):
    """Where it is written down which containers an environment's requests go to."""

    def uses_again(self, words: str) -> None:
        """The image is not built.

        Args:
            words: Whose it is.
        """
        ...

    async def serves(self, new: Serving, image: Image) -> None:
        """The new containers have passed, and are what counts from now on.

        Args:
            new: The containers, by the names that the proxy knows them by.
            image: Theirs.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What is deployed to an environment.

    Attributes:
        new: The version.
        proxy: Stands before the environment's containers, and runs already or is started.
        books: Written before the requests move.
        old: What serves now; None on the first deployment.
        old_stage: Where that is.
        reused: Whose image is used again, in a few words; empty to build one.
        remaker: The command that makes that image where it is gone and none may be built instead;
            empty where one may.
    """

    new: Version
    proxy: Proxy
    books: Books
    old: Serving | None = None
    old_stage: Stage | None = None
    reused: str = ""
    remaker: str = ""


async def deploy(deployment: Deployment, *, gatekeeper: Gatekeeper, report: Reporter) -> Image:
    """Deploy a commit to an environment, as the cloud does.

    Whatever fails before the switch leaves the old containers as they are, serving.

    Returns:
        The image that serves from now on.

    Raises:
        StepFailedError: A step failed; its kind says which.
        CouldNotFindOutError: The engine, a registry or the disk gave no answer.
    """
    steps = Steps(report=report, clock=gatekeeper.clock)
    new = deployment.new
    image: Image

    _, image, _ = await side_by_side(
        steps.run(Step.SERVICES, check_services(new.project, new.stage)),
        _image(deployment, steps),
        deployment.proxy.start(),
    )
    await steps.run(
        Step.RELEASE,
        release(new, image, gatekeeper=gatekeeper, on_line=steps.output(Step.RELEASE)),
    )
    serving = await steps.run(
        Step.GATE,
        scale_and_gate(new, image, gatekeeper=gatekeeper, report=report),
        summary=lambda serving: serving.summary,
    )
    await steps.run(Step.SWITCH, _take_over(deployment, serving, image, gatekeeper, report))
    return image


async def _image(deployment: Deployment, steps: Steps) -> Image:
    """The image: built of the commit, or the one that was built before."""
    stage = deployment.new.stage
    if deployment.reused and await stage.reuse_image():
        deployment.books.uses_again(deployment.reused)
        return await steps.run(
            Step.BUILD, stage.image(), summary=lambda _: f"not built: {deployment.reused}"
        )
    if deployment.remaker:
        raise CouldNotFindOutError(
            "The image that was to be used is gone from the engine, and a mirror builds none.",
            hint=f"`{deployment.remaker}` makes the original's anew.",
        )
    return await check_out_and_build(deployment.new, steps)


async def _take_over(
    deployment: Deployment,
    serving: Serving,
    image: Image,
    gatekeeper: Gatekeeper,
    report: Reporter,
) -> str:
    # These containers stay, and may be restarted, which gives them other addresses.
    new = by_name(serving)
    await deployment.books.serves(new, image)
    switched = await switch(
        deployment.proxy,
        new=new,
        old=by_name(deployment.old) if deployment.old else None,
        old_stage=deployment.old_stage,
        clock=gatekeeper.clock,
    )
    for warning in switched.warnings:
        report(Warned(message=warning))
    return switched.summary
