"""One deployment to an environment while it is made: what it writes down and what it leaves.

Before the switch, all that it made can be removed by its run label. From the moment at which the
state names its containers it is the others that are to go.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from devkit.compose.local import PORTS_TRIED
from devkit.compose.proxy import PROXY_SERVICE, ProxySettings, proxy_config
from devkit.deployment.gate_policy import Way
from devkit.deployment.switch import addresses
from devkit.engine.clearing import SETTLING, clear_run
from devkit.engine.engine_state import all_containers
from devkit.engine.environment_files import Generation, new_state
from devkit.engine.environment_stage import FIRST_PORT, environment_stage
from devkit.engine.images import forget_run_tag
from devkit.engine.local_files import port_holder
from devkit.engine.process import run
from devkit.engine.reaping import reap
from devkit.engine.shielding import to_the_end
from devkit.engine.stage_proxy import StageProxy
from devkit.errors import CouldNotFindOutError, StepFailedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from devkit.deployment.new_version import Serving
    from devkit.engine.docker import Docker
    from devkit.engine.environment_files import EnvironmentFolder, EnvironmentState
    from devkit.engine.stage import ComposeStage
    from devkit.engine.stages import Candidate
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
    image_id: str = ""

    @property
    def serving(self) -> bool:
        """Whether the new containers are what counts."""
        return bool(self.image_id)

    @asynccontextmanager
    async def standing(self, *, warn: Callable[[str], None]) -> AsyncIterator[None]:
        """The deployment while it is made: what is not needed any more is removed at its end.

        The containers of a deployment that failed stay, ended and away from all requests, until
        the next one: they can be looked into.

        Args:
            warn: Told of what could not be removed.
        """
        await reap(self.stage.environment)
        await to_the_end(self._remove_set_aside())
        failed = False
        try:
            self.stage.prepare()
            self.folder.store(self.state)
            yield
            await self.stage.keep_image()
        except StepFailedError:
            failed = True
            raise
        finally:
            problem = await to_the_end(self._finish(failed=failed))
            if problem:
                warn(problem)

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
        await self.proxy.persist(proxy_config(ProxySettings(targets=addresses(new))))
        before = self.state.live
        self.stage.disown()
        self._store(
            live=self._generation(port=new.port, image_id=image.id),
            set_aside=(*self.state.set_aside, *([before] if before else ())),
        )
        self.image_id = image.id

    async def _finish(self, *, failed: bool) -> str:
        problem = ""
        if self.serving:
            await self._remove_set_aside()
        elif failed:
            await self.stage.stop_containers()
            self._store(set_aside=(*self.state.set_aside, self._generation()))
        else:
            problem = await self._remove(self._generation(), settling=SETTLING)
        self.stage.dismantle()
        return problem

    async def _remove_set_aside(self) -> None:
        """Remove the containers that were replaced, and those of deployments that have failed."""
        for generation in self.state.set_aside:
            await self._remove(generation)
        if self.state.set_aside:
            self._store(set_aside=())

    async def _remove(self, generation: Generation, *, settling: float = 0.0) -> str:
        environment = self.stage.environment
        cleared = await clear_run(generation.run, environment, settling=settling)
        await forget_run_tag(generation.image, environment)
        return cleared.sentence

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


def deployment_run(
    candidate: Candidate,
    folder: EnvironmentFolder,
    *,
    docker: Docker,
    source: str,
    process_environment: Mapping[str, str],
) -> DeploymentRun:
    """The next deployment to an environment; nothing of it exists yet.

    Args:
        candidate: What is deployed.
        folder: The environment's files.
        docker: The engine.
        source: The id of the image that is used again; empty to build one.
        process_environment: The person's environment.

    Raises:
        RefusedError: The environment's state cannot be read.
        CouldNotFindOutError: The engine does not answer, or no port is free.
    """
    known = folder.state() or new_state(candidate.project.name, folder.name)
    publish = _port(known, folder, process_environment)
    state = known.model_copy(update={"publish": publish})
    number = 1 + max((line.number for line in folder.history()), default=0)
    stage = environment_stage(
        candidate,
        state,
        number=number,
        docker=docker,
        process_environment=process_environment,
    )
    stage = replace(stage, run_image=replace(stage.run_image, source=source))
    return DeploymentRun(
        folder=folder,
        state=state,
        stage=stage,
        proxy=StageProxy(stage=stage, way=Way.PUBLISHED),
        number=number,
        sha=candidate.commit.sha,
    )


def _port(
    state: EnvironmentState, folder: EnvironmentFolder, environment: Mapping[str, str]
) -> int:
    """The proxy's port: the one that it has, or was given last, or the next one that is free."""
    proxy, first = f"{state.project}-{PROXY_SERVICE}-1", FIRST_PORT[folder.name]
    containers = all_containers(cwd=folder.root, environment=environment)
    mine = {port for each in containers if each.name == proxy for port in each.ports}
    candidates: list[int] = [state.publish or first, *range(first, first + PORTS_TRIED)]
    for port in candidates:
        if port in mine or port_holder(port) is None:
            return port
    raise CouldNotFindOutError(
        f"No port of 127.0.0.1 from {first} to {first + PORTS_TRIED - 1} is free for the proxy."
    )
