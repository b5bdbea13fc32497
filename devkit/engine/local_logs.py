"""What containers of the local project have written, without the secrets of ``.env-local``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from devkit.compose.variables import local_variables
from devkit.deployment.masking import Mask
from devkit.engine.docker import Docker
from devkit.engine.local_variables import read_local_variables
from devkit.engine.process import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from devkit.engine.local_stack import LocalStack

LIMIT = 120.0
"""Seconds for docker to tell of a log."""


def log_of(stack: LocalStack, container: str, *, lines: int = 200) -> tuple[str, ...]:
    """The end of a log, without the secrets that an application may have written there."""
    return _masked(stack, Docker().logs(container, lines=lines))


async def log_since(
    stack: LocalStack,
    container: str,
    moment: float,
    *,
    lines: int,
    environment: Mapping[str, str],
) -> tuple[str, ...]:
    """The end of what was logged since a moment, without secrets; nothing where docker fails.

    Args:
        stack: The project.
        container: Its ID.
        moment: Seconds since 1970.
        lines: How many lines, at most.
        environment: The person's environment, for docker.
    """
    since = ["--tail", str(lines), "--since", f"{moment:.3f}"]
    command = ["docker", "logs", *since, container]
    done = await run(command, cwd=stack.root, env=environment, timeout=LIMIT)
    return await asyncio.to_thread(_masked, stack, done.output.splitlines() if done.ok else ())


def _masked(stack: LocalStack, lines: Iterable[str]) -> tuple[str, ...]:
    public = {stack.name, *local_variables(stack.project).values()}
    mask = Mask(read_local_variables(stack.root, web=stack.web).values - public)
    return tuple(map(mask.text, lines))
