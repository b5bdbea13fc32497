"""One deployment to an environment while it is made: what it writes down and what it leaves.

Before the switch, all that it made can be removed by its run label. From the moment at which the
state names its containers it is the others that are to go.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from devkit.compose.proxy import PROXY_SERVICE, ProxySettings, proxy_config
from devkit.deployment.gate_policy import Way
from devkit.deployment.switch import addresses
from devkit.engine.clearing import SETTLING, Outcome
from devkit.engine.environment_data import refuse_other_versions
from devkit.engine.environment_port import choose_port
from devkit.engine.environment_services import definitions_of, note_on_changes
from devkit.engine.environment_settle import (
    forget_attempt,
    remove_generations,
    remove_strays,
    roll_forward,
    settle,
    targets_of,
)
from devkit.engine.environment_stage import environment_stage
from devkit.engine.environment_state import Generation, UnderWay, new_state
from devkit.engine.messages import engine_error
from devkit.engine.process import run
from devkit.engine.shielding import to_the_end
from devkit.engine.stage_proxy import StageProxy
from devkit.errors import DevkitError, StepFailedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from devkit.deployment.new_version import Serving
    from devkit.engine.docker import Docker
    from devkit.engine.environment_files import EnvironmentFolder
    from devkit.engine.environment_port import Port
    from devkit.engine.environment_state import EnvironmentState
    from devkit.engine.stage import ComposeStage
    from devkit.engine.stages import Candidate
    from devkit.ports import Image

LIMIT = 60.0


class Ending(Enum):
    """How a deployment came to its end."""

    WHOLE = "all steps were taken"
    FAILED = "a step failed"
    CUT_SHORT = "it was interrupted, or the engine went away"


@dataclass(kw_only=True)
class DeploymentRun:
    """Keeps the promise of ``devkit.deployment.deploy.Books``.

    Attributes:
        folder: The environment's files.
        state: What they say now.
        stage: Of the new containers.
        proxy: Before the environment's containers.
        sha: The commit's full object name.
        image_id: Of the image that serves; empty until it does.
        reused: Whose image it is, in a few words; empty where it is built.
        port: The proxy's, held for it.
        definitions: How its services are defined, see the state.
        notes: What a person should know before it begins.
    """

    folder: EnvironmentFolder
    state: EnvironmentState
    stage: ComposeStage
    proxy: StageProxy
    sha: str
    port: Port
    image_id: str = ""
    reused: str = ""
    definitions: Mapping[str, str]
    notes: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """The deployment's."""
        return self.state.number

    @property
    def serving(self) -> bool:
        """Whether the new containers are what counts."""
        return bool(self.image_id)

    @property
    def reached(self) -> bool:
        """Whether requests go to the new containers."""
        live, under_way = self.state.live, self.state.under_way
        return live is not None and live.run == self.stage.run and under_way is None

    @asynccontextmanager
    async def standing(self, *, warn: Callable[[str], None]) -> AsyncIterator[None]:
        """The deployment while it is made: what is not needed any more is removed at its end.

        The containers of a deployment that failed stay, ended and away from all requests, until
        the next one: they can be looked into.

        Args:
            warn: Told of what could not be removed.
        """
        ending = Ending.CUT_SHORT
        try:
            self.folder.store(self.state)
            self.stage.prepare()
            if self.state.live is not None:
                targets = await targets_of(self.state.live, self.stage.command_environment)
                self.proxy = replace(self.proxy, targets=targets)
            yield
            ending = Ending.WHOLE
            await self.stage.keep_image()
            await self.stage.let_oldest_go()
        except StepFailedError:
            ending = Ending.FAILED
            raise
        finally:
            problem = await to_the_end(self._finish(ending))
            if problem:
                warn(problem)

    def uses_again(self, words: str) -> None:
        """See the books."""
        self.reused = words

    async def serves(self, new: Serving, image: Image) -> None:
        """Write down that requests go to the new containers, and make them come back by themselves.

        In this order: the engine restarts them from now on, the state names them, and the proxy
        finds them when it is restarted. Once the state names them there is no way back: whoever
        comes next finishes it.

        Raises:
            CouldNotFindOutError: The engine does not do it; what served before serves on.
        """
        beside = await self.stage.worker_containers()
        names = [f"{self.stage.name}-{each.name}" for each in (*new.containers, *beside)]
        words = ["docker", "update", "--restart", "unless-stopped", *names]
        done = await run(words, env=self.stage.command_environment, timeout=LIMIT)
        if not done.ok:
            raise engine_error(done.output)
        before = self.state.live
        self._store(
            definitions=self.definitions,
            live=self._generation(port=new.port, image_id=image.id),
            replaced=(*self.state.replaced, *([before] if before else ())),
        )
        self.image_id = image.id
        await self.proxy.persist(proxy_config(ProxySettings(targets=addresses(new))))

    async def _finish(self, ending: Ending) -> str:
        try:
            if self.serving:
                return await self._go_forward(ending)
            if ending is Ending.FAILED:
                await self._set_aside()
                return ""
            return await self._go_back()
        except DevkitError as failed:
            return f"{failed.message} The next devkit command here finishes it."

    async def _go_forward(self, ending: Ending) -> str:
        self.stage.dismantle()
        environment = self.stage.environment
        if ending is Ending.WHOLE:
            self._store(under_way=None)
            going = self.state.replaced
            self.state = await remove_generations(self.folder, self.state, going, environment)
            return ""
        settled = await roll_forward(self.folder, self.state, environment)
        self.state = settled.state
        return settled.problem

    async def _set_aside(self) -> None:
        await self.stage.stop_containers()
        failed = (*self.state.failed, self._generation())
        self._store(failed=failed, definitions=self.definitions, under_way=None)
        self.stage.dismantle()

    async def _go_back(self) -> str:
        cleared = await self.stage.clear(settling=SETTLING)
        if cleared.outcome is Outcome.GONE:
            await forget_attempt(self.folder, self.state, self.stage.environment)
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
        state = self.state.model_copy(update=changes)
        self.folder.store(state)
        self.state = state  # what could not be written does not count


async def make_room(folder: EnvironmentFolder, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Remove what earlier deployments left: cut short, failed, or known to nobody.

    Returns:
        What was done about one that was cut short, in sentences.

    Raises:
        RefusedError: The environment's state cannot be read.
        CouldNotFindOutError: The engine does not answer.
    """
    told = await settle(folder, environment)
    state = folder.state()
    if state is not None:
        await remove_generations(folder, state, state.failed, environment)
        await remove_strays(folder, environment)
    return told


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
        RefusedError: The environment's state cannot be read, or a database's data are another
            version's.
        CouldNotFindOutError: The engine does not answer, or no port is free.
    """
    known = folder.state()
    state = known or new_state(candidate.project.name, folder.name, folder.root)
    port = choose_port(state, folder, process_environment)
    images = {each.name: str(each.image) for each in candidate.project.databases}
    refuse_other_versions(state, images, folder.name)
    number = 1 + max((state.number, *(line.number for line in folder.history())))
    state = state.model_copy(
        update={"publish": port.number, "number": number, "services": {**state.services, **images}}
    )
    stage = environment_stage(
        candidate,
        state,
        number=number,
        source=source,
        folder=folder,
        docker=docker,
        process_environment=process_environment,
    )
    definitions = definitions_of(stage.document, (*stage.others, PROXY_SERVICE))
    notes = note_on_changes(state.definitions, definitions, folder.name) if state.live else ()
    under_way = UnderWay(
        run=stage.run, image=stage.run_image.reference, data="kept" if known else "none"
    )
    return DeploymentRun(
        folder=folder,
        state=state.model_copy(update={"under_way": under_way}),
        stage=stage,
        proxy=StageProxy(stage=stage, way=Way.PUBLISHED),
        sha=candidate.commit.sha,
        port=port,
        definitions=definitions,
        notes=(*([port.note] if port.note else []), *notes),
    )
