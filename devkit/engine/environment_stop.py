"""Stops an environment: its containers and its network go, its data stay unless it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.engine.clearing import clear_label
from devkit.engine.docker_environment import engine_environment
from devkit.engine.environment_stage import ENVIRONMENT_LABEL
from devkit.engine.process import run
from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.engine.environment_files import EnvironmentFolder

STOP_LIMIT = 120.0


async def stop_environment(
    folder: EnvironmentFolder, process_environment: Mapping[str, str], *, volumes: bool
) -> None:
    """Stop the containers as they wish to be stopped, and remove them.

    Args:
        folder: The environment's files; its passwords stay as long as its data.
        process_environment: The person's environment.
        volumes: Whether the data go, too.

    Raises:
        CouldNotFindOutError: The engine does not let go of something.
        RefusedError: The state cannot be read, so that it is not known what to stop.
    """
    state = folder.state()
    if state is None:
        return
    environment = engine_environment(process_environment)
    label = f"{ENVIRONMENT_LABEL}={state.project}"
    listed = await run(["docker", "ps", "--quiet", "--filter", f"label={label}"], env=environment)
    if listed.ok and listed.output.split():
        words = ["docker", "stop", *listed.output.split()]
        await run(words, env=environment, timeout=STOP_LIMIT)
    kinds = ("container", "network", "volume") if volumes else ("container", "network")
    cleared = await clear_label(label, environment, kinds=kinds)
    if cleared.sentence:
        raise CouldNotFindOutError(cleared.sentence)
    if volumes:
        folder.forget()
    else:
        folder.store(state.model_copy(update={"live": None, "set_aside": ()}))
