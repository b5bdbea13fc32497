"""Sets a deployment to a local environment up, runs it, tells its verdict and writes it down."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from devkit.cli.deployimages import Reused, image_of_original, image_of_test
from devkit.cli.interrupts import run_interruptible
from devkit.cli.recording import RecordingReporter
from devkit.cli.rehearsal import version_of
from devkit.cli.verdicts import finished, passed
from devkit.cli.verifying import commit_folder, reporter
from devkit.deployment.deploy import Deployment, deploy
from devkit.deployment.events import RunKind, RunStarted, Warned
from devkit.deployment.gate_policy import GatePolicy
from devkit.deployment.gate_way import choose_way
from devkit.deployment.masking import Mask
from devkit.deployment.new_version import Serving
from devkit.deployment.scaling import Gatekeeper
from devkit.engine.clock import SystemClock
from devkit.engine.commit_project import (
    NOT_IN_COMMIT,
    project_at,
    read_commit_config,
    uncommitted,
)
from devkit.engine.deploying import DeploymentRun, deployment_run, make_room
from devkit.engine.docker import Docker
from devkit.engine.docker_environment import engine_environment
from devkit.engine.environment_files import Deployed, EnvironmentFolder
from devkit.engine.environment_stage import standing_stage
from devkit.engine.environment_stop import forgotten_ones
from devkit.engine.git_worktree import differs_from_commit
from devkit.engine.http import HttpProber
from devkit.engine.locks import environment_lock
from devkit.engine.reaping import reap
from devkit.engine.stages import Candidate
from devkit.errors import DevkitError, PortTakenError, RefusedError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.cli.session import Session
    from devkit.deployment.events import Reporter, RunFinished
    from devkit.engine.commit_project import CommitFolder

HEAD = "HEAD"
MOST_NAMED = 5
PORTS_LOST = 3
"""How often another port is chosen because somebody took the one before."""


class Tree(Enum):
    """What is asked of the working tree."""

    CLEAN = "all of it has to be in the commit"
    ANY = "another commit was named"


@dataclass(frozen=True, kw_only=True)
class DeployRequest:
    """What is to be deployed, and how its image comes about.

    Attributes:
        environment: ``test`` or ``live``.
        folder: The project in the commit.
        rebuild: Whether to build an image even where one could be used again.
        mirror_of: The folder of the project whose image is used; None for one's own.
        tree: What is asked of the working tree.
    """

    environment: str
    folder: CommitFolder
    rebuild: bool = False
    mirror_of: Path | None = None
    tree: Tree = Tree.CLEAN


def deploy_code(
    session: Session,
    environment: str,
    revision: str | None,
    *,
    rebuild: bool = False,
    mirror_of: Path | None = None,
) -> int:
    """Deploy as the options of ``devkit deploy test`` and ``live`` say; the process's exit code.

    Args:
        session: What was asked for beside it.
        environment: ``test`` or ``live``.
        revision: The commit; None for HEAD.
        rebuild: Whether to build an image even where one could be used again.
        mirror_of: The folder of the project whose image is used; None for one's own.

    Raises:
        UsageError: They do not go together, or the revision names no commit.
        RefusedError: As ``deploy_commit`` does.
    """
    if rebuild and mirror_of is not None:
        raise UsageError("A mirror has no image of its own: --rebuild does not go with it.")
    request = DeployRequest(
        environment=environment,
        folder=commit_folder(session, revision or HEAD),
        rebuild=rebuild,
        mirror_of=mirror_of.absolute() if mirror_of else None,
        tree=Tree.CLEAN if revision in {None, HEAD} else Tree.ANY,
    )
    return deploy_commit(session, request, reporter(session))


def deploy_commit(session: Session, request: DeployRequest, report: Reporter) -> int:
    """Deploy one commit, tell the verdict as the last event, record it and add it to the history.

    Returns:
        The process's exit code.

    Raises:
        RefusedError: The tree has changes that the commit has not, or another one deploys.
    """
    paths = differs_from_commit(request.folder.repository, request.folder.root)
    if request.tree is Tree.CLEAN:
        refuse_uncommitted(paths)
    environment = EnvironmentFolder(root=session.root, name=request.environment)
    environment.make()
    with environment_lock(session.root, environment.path):
        recorder = RecordingReporter(report, root=session.root)
        return _deploy_locked(session, request, environment, recorder)


def refuse_uncommitted(paths: tuple[str, ...]) -> None:
    """Deploy only what is committed: what else is there would be missed there.

    Raises:
        RefusedError: Files were changed or added since.
    """
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
    *,
    ports_lost: int = 0,
) -> int:
    began, commit = time.monotonic(), request.folder.commit
    project = project_at(request.folder, read_commit_config(request.folder))
    reused = _reused(request, environment)
    candidate = Candidate(project=project, commit=commit, environment=request.environment)
    notes = run_interruptible(lambda: _before(session, environment))
    work = deployment_run(
        candidate,
        environment,
        docker=Docker(),
        source=reused.image_id,
        process_environment=session.environment,
    )
    report.know(work.stage)
    try:
        run_interruptible(lambda: _deploy(session, request, work, candidate, reused, report, notes))
    except DevkitError as failure:
        if isinstance(failure, PortTakenError) and ports_lost < PORTS_LOST:
            report(Warned(message=f"{failure.message} Once more, at another port."))
            return _deploy_locked(session, request, environment, report, ports_lost=ports_lost + 1)
        verdict = finished(_explained(failure, work), commit=commit.sha, seconds=_since(began))
    else:
        address = f"http://127.0.0.1:{work.state.publish}/"
        verdict = passed(commit=commit.sha, seconds=_since(began), receipt=False, address=address)
    masked = Mask(work.stage.secrets).verdict(verdict)
    try:
        environment.add(_line(work, candidate, masked, report.record))
    except DevkitError as failed:  # what was deployed serves all the same
        report(Warned(message=f"This deployment is not in the history: {failed.message}"))
    report(verdict)
    return verdict.code


async def _before(session: Session, environment: EnvironmentFolder) -> tuple[str, ...]:
    """Remove what others left; what a person should know of what stays."""
    await reap(engine_environment(session.environment))
    told = await make_room(environment, engine_environment(session.environment))
    lost_ones = (
        f"An earlier {environment.name} environment of this folder, {lost.project}, is still there,"
        f" and .devkit knows it no more; its data are in {', '.join(lost.volumes) or 'no volume'}."
        f" `devkit deploy stop {environment.name}` removes the containers of both,"
        " and with --volumes their data."
        for lost in await forgotten_ones(environment, session.environment)
    )
    return (*told, *lost_ones)


async def _deploy(
    session: Session,
    request: DeployRequest,
    work: DeploymentRun,
    candidate: Candidate,
    reused: Reused,
    report: RecordingReporter,
    notes: tuple[str, ...],
) -> None:
    stage = work.stage
    report(
        RunStarted(
            kind=RunKind.DEPLOYMENT,
            run=stage.run,
            commit=candidate.commit,
            environment=candidate.environment,
            containers=candidate.settings.containers,
            cached=False,
        )
    )
    for note in (*notes, *_notes(session, request, work)):
        report(Warned(message=note))
    way = choose_way(await asyncio.to_thread(stage.docker.facts), session.environment)
    gatekeeper = Gatekeeper(prober=HttpProber(), clock=SystemClock(), policy=GatePolicy(way=way))
    async with work.standing(warn=lambda text: report(Warned(message=text))):
        deployment = await _deployment(request.folder, work, candidate, reused)
        try:
            await deploy(deployment, gatekeeper=gatekeeper, report=report)
        except DevkitError:
            await report.keep_logs(stage)
            raise
        # Before those that were replaced are removed.
        await report.keep_logs(stage)


async def _deployment(
    folder: CommitFolder,
    work: DeploymentRun,
    candidate: Candidate,
    reused: Reused,
) -> Deployment:
    old = old_stage = None
    if work.state.live is not None:
        old_stage = standing_stage(work.stage, work.state.live)
        running = tuple(c for c in await old_stage.containers() if c.running)
        old = Serving(containers=running, port=work.state.live.port)
    project, containers = candidate.project, candidate.settings.containers
    return Deployment(
        new=version_of(work.stage, folder, project, containers),
        proxy=work.proxy,
        books=work,
        old=old,
        old_stage=old_stage,
        reused=reused.words,
        remaker=reused.remaker,
    )


def _notes(session: Session, request: DeployRequest, work: DeploymentRun) -> list[str]:
    notes = [*work.notes]
    folder = request.folder
    if folder.read("devkit.yaml") is None and (session.root / "devkit.yaml").exists():
        notes.append(NOT_IN_COMMIT)
    paths = differs_from_commit(folder.repository, folder.root)
    if paths:
        notes.append(uncommitted(paths))
    return notes


def _explained(failure: DevkitError, work: DeploymentRun) -> DevkitError:
    """The failure; one that came when the new containers were to take over says what serves."""
    if work.reached:
        failure.hint = "The new containers had taken over by then: they serve."
    elif work.serving:
        failure.hint = "The new containers had passed, and requests may not go to them yet."
    elif work.state.live is not None:
        live = work.state.live
        serves = f"Deployment {live.number}, of commit {live.sha[:12]}, serves on."
        failure.hint = f"{failure.hint} {serves}".lstrip()
    return failure


def _since(began: float) -> float:
    return time.monotonic() - began


def _reused(request: DeployRequest, environment: EnvironmentFolder) -> Reused:
    """The image that the cloud would use again.

    Raises:
        CouldNotFindOutError: The original of a mirror has none.
    """
    if request.mirror_of is not None:
        return image_of_original(request.mirror_of, request.environment)
    if request.rebuild:
        return Reused()
    return image_of_test(environment.root, request.folder.commit)


def _line(
    work: DeploymentRun,
    candidate: Candidate,
    verdict: RunFinished,
    record: str,
) -> Deployed:
    commit = candidate.commit
    return Deployed(
        environment=candidate.environment,
        number=work.number,
        sha=commit.sha,
        subject=commit.subject,
        branch=commit.branch_text,
        image_id=work.image_id,
        reused=work.reused,
        verdict=verdict.verdict,
        code=verdict.code,
        message=verdict.message,
        record=record,
        containers=candidate.settings.containers,
        seconds=round(verdict.seconds, 1),
    )
