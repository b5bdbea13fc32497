"""One deployment to an environment while it is made: what it writes down and what it leaves.

Before the switch, all that it made can be removed by its run label. From the moment at which the
state names its containers it is the others that are to go.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.compose.proxy import ProxySettings, proxy_config
from devkit.engine.clearing import clear_run, to_the_end
from devkit.engine.environment_files import Generation
from devkit.engine.images import forget_run_tag
from devkit.engine.process import run
from devkit.errors import StepFailedError
from devkit.ports import Address

if TYPE_CHECKING:
    from devkit.deployment.new_version import Serving
    from devkit.engine.environment_files import EnvironmentFolder, EnvironmentState
    from devkit.engine.stage import ComposeStage
    from devkit.engine.stage_proxy import StageProxy
    from devkit.ports import Image

LIMIT = 60.0


@dataclass(kw_only=True)
class DeploymentRun:
    """Keeps the promise of ``devkit.deployment.deploy.Books``.

    Attributes:
        folder: The environment's files.
        state: What they say now.
        stage: Of the new containers.
        proxy: Before the environment's containers.
        number: The deployment's.
        sha: The commit's full object name.
        image_id: Of the image that serves; empty until it does.
    """

    folder: EnvironmentFolder
    state: EnvironmentState
    stage: ComposeStage
    proxy: StageProxy
    number: int
    sha: str
    image_id: str = field(default="")

    @property
    def serving(self) -> bool:
        """Whether the new containers are what counts."""
        return bool(self.image_id)

    async def serves(self, new: Serving, image: Image) -> None:
        """Write down that requests go to the new containers, and make them come back by themselves.

        In this order: the engine restarts them from now on, the proxy finds them when it is
        restarted, the state names them.
        """
        names = [f"{self.stage.name}-{container.name}" for container in new.containers]
        await run(
            ["docker", "update", "--restart", "unless-stopped", *names],
            env=self.stage.environment,
            timeout=LIMIT,
        )
        targets = tuple(Address(host=name, port=new.port) for name in names)
        await self.proxy.persist(proxy_config(ProxySettings(targets=targets)))
        before = self.state.live
        self._store(
            live=self._generation(port=new.port, image_id=image.id),
            set_aside=(*self.state.set_aside, *([before] if before else ())),
        )
        self.image_id = image.id

    async def finish(self, failure: BaseException | None) -> None:
        """Remove what is not needed any more, whatever has happened; goes on to its end.

        The containers of a deployment that failed stay, ended and away from all requests, until
        the next one: they can be looked into.
        """
        await to_the_end(self._finish(failure))

    async def _finish(self, failure: BaseException | None) -> None:
        if self.serving:
            await self.remove_set_aside()
        elif isinstance(failure, StepFailedError):
            await self.stage.stop_containers()
            failed = self._generation()
            self._store(set_aside=(*self.state.set_aside, failed))
        else:
            await self._remove(self._generation())

    async def remove_set_aside(self) -> None:
        """Remove the containers that were replaced, and those of deployments that have failed."""
        for generation in self.state.set_aside:
            await self._remove(generation)
        self._store(set_aside=())

    async def _remove(self, generation: Generation) -> None:
        await clear_run(generation.run, self.stage.environment)
        live = self.state.live
        if live is None or live.image != generation.image:
            await forget_run_tag(generation.image, self.stage.environment)

    def _generation(self, *, port: int = 80, image_id: str = "") -> Generation:
        return Generation(
            number=self.number,
            sha=self.sha,
            image=self.stage.run_image.reference,
            image_id=image_id,
            port=port,
            run=self.stage.run,
        )

    def _store(self, **changes: object) -> None:
        self.state = self.state.model_copy(update=changes)
        self.folder.store(self.state)
