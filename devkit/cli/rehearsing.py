"""Sets a rehearsal up, runs it, tells its verdict and leaves a receipt; for verify and the hook."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.cli.interrupts import run_interruptible
from devkit.cli.receipts import leave_receipt
from devkit.cli.recording import RecordingReporter
from devkit.cli.verdicts import finished, passed
from devkit.deployment.events import RunStarted, Warned
from devkit.deployment.gate_policy import GatePolicy
from devkit.deployment.gate_way import choose_way
from devkit.deployment.rehearse import Rehearsal, rehearse
from devkit.deployment.scaling import Gatekeeper
from devkit.engine.clock import SystemClock
from devkit.engine.commit_project import NOT_IN_COMMIT, project_at, read_commit_config
from devkit.engine.docker import Docker
from devkit.engine.git_clone import CommitCheckout
from devkit.engine.git_worktree import differs_from_commit
from devkit.engine.http import HttpProber
from devkit.engine.stages import new_stage, standing
from devkit.errors import DevkitError

if TYPE_CHECKING:
    from devkit.cli.session import Session
    from devkit.deployment.events import Reporter
    from devkit.engine.commit_project import CommitConfig, CommitFolder
    from devkit.engine.stage import ComposeStage
    from devkit.ports import Image
    from devkit.project import Project

PUSHES_GO_TO = "live"


@dataclass(frozen=True, kw_only=True)
class Request:
    """How a commit is to be rehearsed.

    Attributes:
        environment: ``test`` or ``live``.
        containers: How many web containers; None for as many as the environment has.
        cached: Whether the build may use the layer cache.
    """

    environment: str = PUSHES_GO_TO
    containers: int | None = None
    cached: bool = False

    def count(self, project: Project) -> int:
        """How many web containers that is."""
        return self.containers or project.environments[self.environment].containers

    def weakness(self, project: Project) -> str:
        """Why the run is less strict than what a push is held to; empty where it is not."""
        if self.cached:
            return "built with cached layers, which the cloud does not have"
        if self.environment != PUSHES_GO_TO:
            return f"as {self.environment}, not as {PUSHES_GO_TO}"
        if self.count(project) < project.environments[PUSHES_GO_TO].containers:
            return f"with fewer containers than {PUSHES_GO_TO} has"
        return ""


def verify_commit(
    session: Session, folder: CommitFolder, request: Request, report: Reporter
) -> int:
    """Rehearse one commit and tell the verdict as the last event.

    Returns:
        The process's exit code.
    """
    started = time.monotonic()
    commit = folder.commit.sha
    recorder = RecordingReporter(report, root=folder.root)
    try:
        note = run_interruptible(lambda: _verify(session, folder, request, recorder))
    except DevkitError as failure:
        event = finished(failure, commit=commit, seconds=time.monotonic() - started)
    else:
        seconds = time.monotonic() - started
        event = passed(commit=commit, seconds=seconds, receipt=not note, message=note)
    recorder(event)
    return event.code


async def _verify(
    session: Session, folder: CommitFolder, request: Request, report: RecordingReporter
) -> str:
    """Rehearse the commit; why the pass is a weak one that leaves no receipt, or empty."""
    started = time.monotonic()
    config = read_commit_config(folder)
    project = project_at(folder, config)
    docker = Docker()
    stage = new_stage(
        project,
        commit=folder.commit,
        environment=project.environments[request.environment],
        cached=request.cached,
        docker=docker,
        process_environment=session.environment,
    )
    report.know(stage)
    _introduce(stage, folder, config, project, request, report)
    facts = await asyncio.to_thread(docker.facts)
    policy = GatePolicy(way=choose_way(facts, session.environment))
    async with standing(stage, warn=lambda text: report(Warned(message=text))):
        try:
            image = await _rehearse(stage, folder, project, request, policy, report)
        except DevkitError:
            await report.keep_logs(stage)
            raise
        await asyncio.gather(stage.keep_image(), report.keep_logs(stage))
    weakness = request.weakness(project)
    if weakness:
        return weakness
    return _leave_receipt(folder, config, request.count(project), started, image)


async def _rehearse(
    stage: ComposeStage,
    folder: CommitFolder,
    project: Project,
    request: Request,
    policy: GatePolicy,
    report: Reporter,
) -> Image:
    return await rehearse(
        Rehearsal(
            project=project,
            containers=request.count(project),
            clone=stage.folder / "clone",
            subfolder=folder.subfolder,
        ),
        stage=stage,
        checkout=CommitCheckout(
            repository=folder.repository, commit=folder.commit, subfolder=folder.subfolder
        ),
        gatekeeper=Gatekeeper(prober=HttpProber(), clock=SystemClock(), policy=policy),
        report=report,
    )


def _introduce(
    stage: ComposeStage,
    folder: CommitFolder,
    config: CommitConfig,
    project: Project,
    request: Request,
    report: Reporter,
) -> None:
    report(
        RunStarted(
            run=stage.name,
            commit=folder.commit,
            environment=request.environment,
            containers=request.count(project),
            cached=request.cached,
        )
    )
    if not config.in_commit:
        report(Warned(message=NOT_IN_COMMIT))
    paths = differs_from_commit(folder.repository, folder.root)
    if paths:
        shown = ", ".join(paths[:3]) + (" ..." if paths[3:] else "")
        report(Warned(message=f"Uncommitted, and so not part of this: {shown}"))


def _leave_receipt(
    folder: CommitFolder, config: CommitConfig, containers: int, started: float, image: Image
) -> str:
    return leave_receipt(
        folder,
        config,
        containers=containers,
        seconds=time.monotonic() - started,
        image_id=image.id,
    )
