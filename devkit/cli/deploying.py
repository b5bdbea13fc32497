"""Sets a deployment to a local environment up, runs it, tells its verdict and writes it down."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.cli.interrupts import run_interruptible
from devkit.cli.recording import RecordingReporter
from devkit.cli.rehearsing import of_run
from devkit.cli.verdicts import finished, passed
from devkit.deployment.deploy import Deployment, deploy
from devkit.deployment.events import RunKind, RunStarted, Warned
from devkit.deployment.gate_policy import GatePolicy
from devkit.deployment.gate_way import choose_way
from devkit.deployment.image_reuse import BUILT_FOR, image_to_reuse
from devkit.deployment.masking import Mask
from devkit.deployment.new_version import Serving, Version
from devkit.deployment.scaling import Gatekeeper
from devkit.engine.clock import SystemClock
from devkit.engine.commit_project import NOT_IN_COMMIT, project_at, read_commit_config
from devkit.engine.deploying import DeploymentRun, deployment_run
from devkit.engine.docker import Docker
from devkit.engine.environment_files import Deployed, EnvironmentFolder, built_images
from devkit.engine.environment_stage import standing_stage
from devkit.engine.git_clone import CommitCheckout
from devkit.engine.git_worktree import differs_from_commit
from devkit.engine.http import HttpProber
from devkit.engine.locks import environment_lock
from devkit.engine.stages import Candidate
from devkit.errors import CouldNotFindOutError, DevkitError, RefusedError

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.cli.session import Session
    from devkit.deployment.events import Reporter, RunFinished
    from devkit.engine.commit_project import CommitFolder

MOST_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class DeployRequest:
    """What is to be deployed, and how its image comes about.

    Attributes:
        environment: ``test`` or ``live``.
        folder: The project in the commit.
        rebuild: Whether to build an image even where one could be used again.
        mirror_of: The folder of the project whose image is used; None for one's own.
    """

    environment: str
    folder: CommitFolder
    rebuild: bool = False
    mirror_of: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Reused:
    """An image that is used again."""

    image_id: str
    words: str


def deploy_commit(session: Session, request: DeployRequest, report: Reporter) -> int:
    """Deploy one commit, tell the verdict as the last event, record it and add it to the history.

    Returns:
        The process's exit code.

    Raises:
        RefusedError: The tree has changes that the commit has not, or another one deploys.
    """
    refuse_uncommitted(request.folder)
    environment = EnvironmentFolder(root=session.root, name=request.environment)
    environment.make()
    with environment_lock(session.root, environment.path):
        recorder = RecordingReporter(report, root=session.root)
        return _deploy_locked(session, request, environment, recorder)


def refuse_uncommitted(folder: CommitFolder) -> None:
    """Deploy only what is committed: what else is there would be missed there.

    Raises:
        RefusedError: Files were changed or added since.
    """
    paths = differs_from_commit(folder.repository, folder.root)
    if paths:
        named = ", ".join(repr(path) for path in paths[:MOST_NAMED])
        more = f" and {len(paths) - MOST_NAMED} more" if paths[MOST_NAMED:] else ""
        raise RefusedError(
            f"Not in the commit, and so not in what would be deployed: {named}{more}.",
            hint="Commit or stash it, or name the revision to deploy.",
        )


def _deploy_locked(
    session: Session,
    request: DeployRequest,
    environment: EnvironmentFolder,
    report: RecordingReporter,
) -> int:
    began, commit = time.monotonic(), request.folder.commit
    project = project_at(request.folder, read_commit_config(request.folder))
    reused = _reused(request, environment)
    candidate = Candidate(project=project, commit=commit, environment=request.environment)
    work = deployment_run(
        candidate,
        environment,
        docker=Docker(),
        source=reused.image_id if reused else "",
        process_environment=session.environment,
    )
    report.know(work.stage)
    try:
        run_interruptible(
            lambda: _deploy(session, request, work, candidate, reused, report),
            remover=f"the next devkit deploy {request.environment}",
        )
    except DevkitError as failure:
        verdict = finished(failure, commit=commit.sha, seconds=time.monotonic() - began)
    else:
        address = f"http://127.0.0.1:{work.state.publish}/"
        seconds = time.monotonic() - began
        verdict = passed(commit=commit.sha, seconds=seconds, receipt=False, address=address)
    masked = Mask(work.stage.secrets).verdict(verdict)
    environment.add(_line(work, candidate, reused, masked))
    report(verdict)
    return verdict.code


async def _deploy(
    session: Session,
    request: DeployRequest,
    work: DeploymentRun,
    candidate: Candidate,
    reused: Reused | None,
    report: RecordingReporter,
) -> None:
    stage, folder = work.stage, request.folder
    report(
        RunStarted(
            kind=RunKind.DEPLOYMENT,
            run=stage.name,
            commit=candidate.commit,
            environment=candidate.environment,
            containers=candidate.settings.containers,
            cached=False,
        )
    )
    if folder.read("devkit.yaml") is None and (session.root / "devkit.yaml").exists():
        report(Warned(message=NOT_IN_COMMIT))
    way = choose_way(await asyncio.to_thread(stage.docker.facts), session.environment)
    async with work.standing(warn=lambda text: report(Warned(message=text))):
        old_stage = standing_stage(stage, work.state.live) if work.state.live else None
        old = None
        if old_stage and work.state.live:
            running = tuple(c for c in await old_stage.containers() if c.running)
            old = Serving(containers=running, port=work.state.live.port)
        deployment = Deployment(
            new=_version(work, candidate, folder),
            proxy=work.proxy,
            books=work,
            old=old,
            old_stage=old_stage,
            reused=reused.words if reused else "",
        )
        policy = GatePolicy(way=way)
        gatekeeper = Gatekeeper(prober=HttpProber(), clock=SystemClock(), policy=policy)
        try:
            await deploy(deployment, gatekeeper=gatekeeper, report=report)
        except DevkitError:
            await report.keep_logs(stage)
            raise
        await report.keep_logs(stage)


def _version(work: DeploymentRun, candidate: Candidate, folder: CommitFolder) -> Version:
    stage = work.stage
    return Version(
        project=candidate.project,
        containers=candidate.settings.containers,
        stage=stage,
        checkout=CommitCheckout(
            repository=of_run(folder.repository, stage.run),
            commit=folder.commit,
            subfolder=folder.subfolder,
        ),
        clone=stage.folder / "clone",
        subfolder=folder.subfolder,
    )


def _reused(request: DeployRequest, environment: EnvironmentFolder) -> Reused | None:
    """The image that the cloud would use again; None to build one.

    Raises:
        CouldNotFindOutError: The original of a mirror has none.
    """
    if request.mirror_of is not None:
        return _of_the_original(request.mirror_of, request.environment)
    if request.rebuild:
        return None
    test = EnvironmentFolder(root=environment.root, name=BUILT_FOR)
    found = image_to_reuse(built_images(test.history()), request.folder.commit)
    return Reused(image_id=found.image_id, words=found.words) if found else None


def _of_the_original(root: Path, environment: str) -> Reused:
    state = EnvironmentFolder(root=root, name=environment).state()
    if state is None or state.live is None:
        raise CouldNotFindOutError(
            f"The original in {root} has nothing deployed to {environment}, so there is no image"
            " to mirror.",
            hint=f"devkit --project {root} deploy {environment}",
        )
    words = f"the original's image, of commit {state.live.sha[:12]}, is used"
    return Reused(image_id=state.live.image_id, words=words)


def _line(
    work: DeploymentRun, candidate: Candidate, reused: Reused | None, verdict: RunFinished
) -> Deployed:
    commit = candidate.commit
    return Deployed(
        environment=candidate.environment,
        number=work.number,
        sha=commit.sha,
        subject=commit.subject,
        branch=commit.branch_text,
        image_id=work.image_id,
        reused=reused.words if reused else "",
        verdict=verdict.verdict,
        code=verdict.code,
        message=verdict.message,
        containers=candidate.settings.containers,
        seconds=round(verdict.seconds, 1),
    )
