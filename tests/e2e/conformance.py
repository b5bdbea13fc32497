"""Containers that behave as the rows of the conformance table, each asked on both ways at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.deployment.gate import pass_gate
from devkit.deployment.gate_policy import GatePolicy, Way
from devkit.deployment.gate_verdict import Target
from devkit.deployment.scaling import ContainerWatch
from devkit.engine.clock import SystemClock
from devkit.engine.docker import Docker
from devkit.engine.http import HttpProber
from devkit.ports import Address
from tests.e2e.machine import docker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devkit.deployment.gate_verdict import ContainerVerdict
    from devkit.ports import Container
    from tests.conformance.table import Case

IMAGE = f"gate-conformance-{os.getpid()}"
LABEL = "gate-conformance"
PORT = 80
PATIENCE = 100
"""Attempts instead of 300: that 300 fill two minutes is shown in process."""
AT_ONCE = 3
"""Containers that are started side by side, lest they end before they are asked."""
ROOT = Path(__file__).parents[2]
FILES = (
    "devkit/__init__.py",
    "devkit/ports/__init__.py",
    *(f"devkit/ports/{name}.py" for name in ("checkout", "gate", "stage", "switching")),
    "devkit/deployment/__init__.py",
    "devkit/deployment/gate_policy.py",
    "tests/__init__.py",
    "tests/functional/__init__.py",
    "tests/functional/servers.py",
    "tests/conformance/__init__.py",
    "tests/conformance/table.py",
    "tests/conformance/behaviours.py",
    "tests/conformance/serve.py",
)
DOCKERFILE = f"""\
FROM python:3.11-slim-bookworm
COPY . /server
WORKDIR /server
EXPOSE {PORT}
ENTRYPOINT ["python", "-m", "tests.conformance.serve"]
"""
OPTIONS = {
    "out of memory": ("--memory", "96m", "--memory-swap", "96m"),
    "black hole": ("--cap-add", "NET_ADMIN"),
    "crash loop": ("--restart", "always"),
}


@contextlib.contextmanager
def image(context: Path) -> Iterator[None]:
    """The image of all the servers, while the block lasts, and no container of it after."""
    for name in FILES:
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, context / name)
    (context / "Dockerfile").write_text(DOCKERFILE)
    docker("build", "--quiet", "--tag", IMAGE, str(context))
    try:
        yield
    finally:
        left = docker("ps", "--all", "--quiet", "--filter", f"label={LABEL}={IMAGE}").split()
        with ThreadPoolExecutor() as removing:
            list(removing.map(lambda each: docker("rm", "--force", "--volumes", each), left))
        docker("image", "rm", "--force", IMAGE)


@dataclass(frozen=True, kw_only=True)
class OneContainer:
    """What the gate asks of a stage, of a stage with one container."""

    engine: Docker
    name: str

    @property
    def labels(self) -> dict[str, str]:
        return {f"{LABEL}-name": self.name}

    async def containers(self) -> tuple[Container, ...]:
        return await asyncio.to_thread(self.engine.containers, self.labels)

    async def stopped(self) -> tuple[str, ...]:
        return await asyncio.to_thread(self.engine.stopped, self.labels)

    async def listeners(self, container: str) -> str:
        paths = ("/proc/net/tcp", "/proc/net/tcp6")
        return await asyncio.to_thread(self.engine.read_files, container, paths)


def _run(stage: OneContainer, case: Case) -> None:
    docker(
        "run", "--detach", "--name", stage.name, "--label", f"{LABEL}={IMAGE}",
        "--label", f"{LABEL}-name={stage.name}", "--publish", f"127.0.0.1::{PORT}",
        *OPTIONS.get(case.key, ()), IMAGE, case.key,
    )  # fmt: skip


async def judge(cases: Sequence[Case]) -> dict[tuple[str, Way], ContainerVerdict]:
    """Start a container for each row and ask it on both ways."""
    engine, starting = Docker(), asyncio.Semaphore(AT_ONCE)
    await asyncio.to_thread(engine.facts)
    stages = [OneContainer(engine=engine, name=f"{IMAGE}-{n}") for n, _ in enumerate(cases)]
    pairs = await asyncio.gather(*map(_judge, stages, cases, [starting] * len(cases)))
    return {
        (case.key, way): verdict
        for case, pair in zip(cases, pairs, strict=True)
        for way, verdict in pair.items()
    }


async def _judge(
    stage: OneContainer, case: Case, starting: asyncio.Semaphore
) -> dict[Way, ContainerVerdict]:
    async with starting:
        await asyncio.to_thread(_run, stage, case)
        container = await _started(stage)
    asked = {
        Way.DIRECT: Address(host=container.host, port=PORT),
        Way.PUBLISHED: Address(host="127.0.0.1", port=container.published[PORT]),
    }
    found = await asyncio.gather(*(_ask(stage, way, address) for way, address in asked.items()))
    return dict(zip(asked, found, strict=True))


async def _started(stage: OneContainer) -> Container:
    """The container with its addresses, which one has not that restarts at that moment."""
    for _ in range(50):
        (container,) = await stage.containers()
        if container.host and PORT in container.published:
            return container
        await asyncio.sleep(0.1)
    raise AssertionError(f"{stage.name} has no address: {container}")


async def _ask(stage: OneContainer, way: Way, address: Address) -> ContainerVerdict:
    watch = ContainerWatch(stage, port=PORT)
    verdict = await pass_gate(
        [Target(container=stage.name, address=address)],
        prober=HttpProber(),
        clock=SystemClock(),
        policy=GatePolicy(way=way, attempts=PATIENCE),
        liveness=watch,
        witness=watch,
    )
    return verdict.containers[0]
