"""Brings an environment to rest after a deployment that was cut short, under its lock.

What the state does not name yet is taken back; from the moment at which it names new containers
the deployment is finished: requests go to them, and those that were replaced are removed.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from devkit.compose.proxy import PROXY_SERVICE, ProxySettings, proxy_config
from devkit.deployment.switch import NAME_LENGTH, Busy, drain
from devkit.engine.clearing import SETTLING, Outcome, clear_label, clear_run
from devkit.engine.clock import SystemClock
from devkit.engine.images import forget_run_tag
from devkit.engine.messages import engine_error
from devkit.engine.orphans import end_orphans
from devkit.engine.ownership import ENVIRONMENT_LABEL, RUN_LABEL
from devkit.engine.process import run
from devkit.engine.proxy import ContainerProxy
from devkit.engine.reaping import run_folder
from devkit.engine.stage import SERVICE_LABEL
from devkit.engine.witnesses import forget
from devkit.errors import CouldNotFindOutError
from devkit.ports import Address

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from devkit.engine.clearing import Cleared
    from devkit.engine.environment_files import EnvironmentFolder
    from devkit.engine.environment_state import EnvironmentState, Generation

LIMIT = 60.0


class Front(Busy, Protocol):
    """What of an environment's proxy is needed to finish a switch."""

    async def persist(self, config: str) -> None:
        """Let it begin with this configuration when it is restarted."""
        ...

    async def route(self, targets: Sequence[Address]) -> None:
        """Send all new requests to these containers, and to no others."""
        ...


ProxyOf = Callable[["EnvironmentState", "Mapping[str, str]"], Front]


def environment_proxy(state: EnvironmentState, environment: Mapping[str, str]) -> ContainerProxy:
    """The proxy before an environment's containers."""
    return ContainerProxy(container=f"{state.project}-{PROXY_SERVICE}-1", environment=environment)


@dataclass(frozen=True, kw_only=True)
class Settled:
    """How a switch came to its end that was cut short.

    Attributes:
        state: The environment's now.
        problem: Why it is not the new containers that serve, in a sentence; empty where they do.
    """

    state: EnvironmentState
    problem: str = ""


async def settle(
    folder: EnvironmentFolder,
    environment: Mapping[str, str],
    *,
    proxy_of: ProxyOf = environment_proxy,
) -> tuple[str, ...]:
    """Take back what is under way, or finish what was replaced; the caller holds the lock.

    Args:
        folder: The environment's files.
        environment: The environment of the docker commands.
        proxy_of: Makes what the environment's proxy is told through.

    Returns:
        What was done, in sentences.

    Raises:
        RefusedError: The state cannot be read.
        CouldNotFindOutError: The engine does not answer, or does not let go of something.
    """
    told = []
    state = folder.state()
    if state is not None and state.under_way is not None and not state.switching:
        await _take_back(folder, state, environment)
        told.append(f"Removed what a deployment to {folder.name} had left that was cut short.")
    state = folder.state()
    if state is not None and (state.switching or state.replaced):
        if state.under_way is not None:
            await asyncio.to_thread(end_orphans, state.under_way.run)
        settled = await roll_forward(folder, state, environment, proxy_of=proxy_of)
        told.append(settled.problem or f"Finished the switch in {folder.name} that was cut short.")
    if told:
        await remove_strays(folder, environment)
    return tuple(told)


async def _take_back(
    folder: EnvironmentFolder, state: EnvironmentState, environment: Mapping[str, str]
) -> None:
    if state.under_way is None:
        return
    name, image = state.under_way.run, state.under_way.image
    await asyncio.to_thread(end_orphans, name)
    _check(await clear_run(name, environment, settling=SETTLING))
    await forget_run_tag(image, environment)
    await asyncio.to_thread(shutil.rmtree, run_folder(name), ignore_errors=True)
    forget(name, environment)
    await forget_attempt(folder, state, environment)


async def forget_attempt(
    folder: EnvironmentFolder, state: EnvironmentState, environment: Mapping[str, str]
) -> None:
    """Forget a deployment whose own things are gone, with the services that only it had."""
    if state.under_way is None:
        return
    if not state.generations:
        first = state.under_way.data == "none"
        kinds = ("container", "network", *(["volume"] if first else []))
        label = f"{ENVIRONMENT_LABEL}={state.project}"
        _check(await clear_label(label, environment, kinds=kinds))
        if first:
            folder.forget()
            return
    folder.store(state.model_copy(update={"under_way": None}))


async def roll_forward(
    folder: EnvironmentFolder,
    state: EnvironmentState,
    environment: Mapping[str, str],
    *,
    proxy_of: ProxyOf = environment_proxy,
) -> Settled:
    """Send requests to what the state names, let the replaced ones finish, and remove them.

    Where somebody has removed or stopped the new ones, what served before serves on.
    """
    candidates = (*([state.live] if state.live else []), *reversed(state.replaced))
    found = await _that_runs(candidates, environment)
    if found is None:
        return _nothing_serves(folder, state)
    serving, targets = found
    at = candidates.index(serving)
    state = state.model_copy(
        update={
            "live": serving,
            "replaced": tuple(reversed(candidates[at + 1 :])),
            "failed": (*state.failed, *candidates[:at]),
        }
    )
    proxy = proxy_of(state, environment)
    await proxy.persist(proxy_config(ProxySettings(targets=targets)))
    await proxy.route(targets)
    state = state.model_copy(update={"under_way": None})
    folder.store(state)
    for generation in state.replaced:
        if old := await targets_of(generation, environment):
            await drain(proxy, old, SystemClock())
            await stop_run(generation.run, environment)
    state = await remove_generations(folder, state, state.replaced, environment)
    problem = (
        f"The new containers of {folder.name} do not run: requests go to those of deployment"
        f" {serving.number} again."
    )
    return Settled(state=state, problem=problem if at else "")


async def _that_runs(
    candidates: Sequence[Generation], environment: Mapping[str, str]
) -> tuple[Generation, tuple[Address, ...]] | None:
    """The first that runs; where none does, the first that can be started again."""
    for generation in candidates:
        if targets := await targets_of(generation, environment):
            return generation, targets
    for generation in candidates:
        await _start_run(generation.run, environment)
        if targets := await targets_of(generation, environment):
            return generation, targets
    return None


def _nothing_serves(folder: EnvironmentFolder, state: EnvironmentState) -> Settled:
    gone = (*state.replaced, *([state.live] if state.live else []))
    rest = {"live": None, "replaced": (), "under_way": None}
    state = state.model_copy(update={**rest, "failed": (*state.failed, *gone)})
    folder.store(state)
    return Settled(
        state=state,
        problem=f"Nothing serves in {folder.name}: its containers, the new and the old ones, do"
        f" not run and cannot be started. `devkit deploy {folder.name}` makes new ones.",
    )


async def remove_generations(
    folder: EnvironmentFolder,
    state: EnvironmentState,
    going: Collection[Generation],
    environment: Mapping[str, str],
) -> EnvironmentState:
    """Remove containers and image references, and only then forget them.

    Raises:
        CouldNotFindOutError: The engine does not let go of one; it stays noted.
    """
    for generation in going:
        _check(await clear_run(generation.run, environment))
        await forget_run_tag(generation.image, environment)
        left = {
            "replaced": tuple(each for each in state.replaced if each != generation),
            "failed": tuple(each for each in state.failed if each != generation),
        }
        state = state.model_copy(update=left)
        folder.store(state)
    return state


async def remove_strays(folder: EnvironmentFolder, environment: Mapping[str, str]) -> None:
    """Remove containers of the environment that belong to no deployment that it knows."""
    state = folder.state()
    if state is None:
        return
    known = {each.run for each in state.generations}
    label = f"{ENVIRONMENT_LABEL}={state.project}"
    form = f'{{{{.ID}}}}\t{{{{.Label "{RUN_LABEL}"}}}}'
    listed = await _docker(
        environment, "ps", "--all", "--filter", f"label={label}", "--format", form
    )
    found = dict(line.split("\t") for line in listed.splitlines())
    # The services and the proxy are of no run.
    strays = [identity for identity, name in found.items() if name and name not in known]
    if strays:
        await _docker(environment, "rm", "--force", "--volumes", *strays)


async def targets_of(generation: Generation, environment: Mapping[str, str]) -> tuple[Address, ...]:
    """Where the proxy reaches its containers that run: by names that outlive a restart."""
    labels = (f"{RUN_LABEL}={generation.run}", f"{SERVICE_LABEL}={generation.service}")
    only = [word for label in labels for word in ("--filter", f"label={label}")]
    listed = await _docker(environment, "ps", "--no-trunc", "--format", "{{.ID}}", *only)
    names = sorted(identity[:NAME_LENGTH] for identity in listed.split())
    return tuple(Address(host=name, port=generation.port) for name in names)


async def stop_run(name: str, environment: Mapping[str, str]) -> None:
    """End a run's containers as they wish to be ended."""
    listed = await _docker(environment, "ps", "--quiet", "--filter", f"label={RUN_LABEL}={name}")
    if listed.split():
        await _docker(environment, "stop", *listed.split())


async def _start_run(name: str, environment: Mapping[str, str]) -> None:
    """Start a run's containers that are there."""
    only = ("--filter", f"label={RUN_LABEL}={name}")
    listed = (await _docker(environment, "ps", "--all", "--quiet", *only)).split()
    if listed:  # one that cannot be started does not keep the others from it
        await run(["docker", "start", *listed], env=environment, timeout=LIMIT)


def _check(cleared: Cleared) -> None:
    if cleared.outcome is not Outcome.GONE:
        raise CouldNotFindOutError(cleared.sentence)


async def _docker(environment: Mapping[str, str], *words: str) -> str:
    done = await run(["docker", *words], env=environment, timeout=LIMIT)
    if not done.ok:
        raise engine_error(done.output or f"`docker {words[0]}` gave no answer in {LIMIT:.0f} s")
    return done.output
