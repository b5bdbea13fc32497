"""The workers: started with the web containers, and expected to go on running.

Nobody asks a worker for an answer, so that all there is to see of it is whether it still runs.
The platform restarts one that ends; here it fails the gate, since it would end again and again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.deployment.diagnosis import Evidence, State, diagnose, ending, explain_log
from devkit.errors import GateError
from devkit.project import WORKER_PREFIX

if TYPE_CHECKING:
    from devkit.ports import Clock, Container, Stage

SETTLING = 5.0
"""Seconds that a worker has to have run: one with a wrong import or no broker ends in less."""
LOG_LINES = 20
LOG_SEARCHED = 200


async def check_workers(stage: Stage, *, started: float, clock: Clock) -> str:
    """Whether each worker still runs, once the gate has passed.

    Args:
        stage: Where they are.
        started: When they were started, by the clock.
        clock: The time, and the waiting until they have run for long enough.

    Returns:
        A few words on them; empty where there are none.

    Raises:
        GateError: One has ended.
    """
    workers = await _all_running(stage)
    if not workers:
        return ""
    await clock.sleep(max(0.0, started + SETTLING - clock.monotonic()))
    workers = await _all_running(stage)
    return f"{len(workers)} {'workers run' if len(workers) > 1 else 'worker runs'} on"


async def _all_running(stage: Stage) -> tuple[Container, ...]:
    workers = await stage.worker_containers()
    for worker in workers:
        if not worker.running:
            raise await _failed(stage, worker)
    return workers


async def _failed(stage: Stage, worker: Container) -> GateError:
    log = await stage.logs(worker.name, lines=LOG_SEARCHED)
    found = diagnose(Evidence(state=State.OUT_OF_MEMORY, log=log)) if worker.oom_killed else None
    label = worker.name.removeprefix(WORKER_PREFIX).rpartition("-")[0]
    return GateError(
        f"The worker {label} ({worker.name}) {ending(worker)}; it is expected to go on running.",
        hint=str(found or explain_log(log))
        or f"Its command is `workers.{label}` in devkit.yaml; what it wrote last is above.",
        details=log[-LOG_LINES:],
        cause="worker-ended",
    )
