"""Sets a rehearsal up, runs it, tells its verdict and leaves a receipt; for verify and the hook."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from devkit.cli.interrupts import run_interruptible
from devkit.cli.receipts import Pass, forget_receipt, leave_receipt
from devkit.cli.recording import RecordingReporter
from devkit.cli.verdicts import finished, passed
from devkit.compose.variables import cloud_domain
from devkit.deployment.events import Assumed, RunStarted, Step, StepOutput, StepPassed, Warned
from devkit.deployment.gate_policy import GatePolicy
from devkit.deployment.gate_way import choose_way
from devkit.deployment.new_version import Version, side_by_side
from devkit.deployment.rehearse import Rehearsal, rehearse
from devkit.deployment.scaling import Gatekeeper
from devkit.deployment.transition import Incompatible, Need, Transition
from devkit.engine.adopted import is_news
from devkit.engine.base_images import resolved_image
from devkit.engine.clock import SystemClock
from devkit.engine.commit_project import (
    NOT_IN_COMMIT,
    adoption_at,
    project_at,
    read_commit_config,
    uncommitted,
)
from devkit.engine.data_copy import DevelopmentData
from devkit.engine.development import find_development
from devkit.engine.docker import Docker
from devkit.engine.docker_environment import engine_environment
from devkit.engine.git_clone import CommitCheckout
from devkit.engine.git_worktree import differs_from_commit
from devkit.engine.http import HttpProber
from devkit.engine.load import HttpLoad
from devkit.engine.ownership import RUN_VARIABLE
from devkit.engine.reaping import reap
from devkit.engine.stages import Candidate, OnFailure, new_stages, standing
from devkit.errors import DevkitError, StepFailedError
from devkit.hooks.receipts import LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.cli.session import Session
    from devkit.deployment.events import Event, Reporter
    from devkit.engine.commit_project import CommitConfig, CommitFolder
    from devkit.engine.development import Development
    from devkit.engine.git import Repository
    from devkit.engine.stage import ComposeStage
    from devkit.engine.stages import Kept, RehearsalStages
    from devkit.project import Project

PUSHES_GO_TO = "live"


class DataSource(StrEnum):
    """What the services of a rehearsal begin with."""

    NONE = "none"
    COPY = "copy"


@dataclass(frozen=True, kw_only=True)
class Request:
    """How a commit is to be rehearsed.

    Attributes:
        environment: ``test`` or ``live``.
        containers: How many web containers; None for as many as the environment has.
        cached: Whether the build may use the layer cache.
        old: What is deployed now; None to rehearse the new version alone.
        alone: Whether that is asked for in so many words.
        need: Whether the old version has to come up.
        incompatible: What it means that it breaks on the new version's data.
        data: What its services begin with.
        on_failure: Whether a failed rehearsal is left standing.
    """

    environment: str = PUSHES_GO_TO
    containers: int | None = None
    cached: bool = False
    old: CommitFolder | None = None
    alone: bool = False
    need: Need = Need.WELCOME
    incompatible: Incompatible = Incompatible.FAILS
    data: DataSource = DataSource.NONE
    on_failure: OnFailure = OnFailure.REMOVE

    @property
    def counts(self) -> bool:
        """Whether a failure says something of a push, which knows no data and goes to live."""
        return self.data is DataSource.NONE and self.environment == PUSHES_GO_TO

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
        if self.data is DataSource.COPY:
            return "on a copy of the development data, which may have been migrated already"
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
    kept: list[Kept] = []
    try:
        note = run_interruptible(
            lambda: _verify(session, folder, request, recorder, on_kept=kept.append)
        )
    except DevkitError as failure:
        seconds = time.monotonic() - started
        if isinstance(failure, StepFailedError) and request.counts:
            forget_receipt(folder)
        event = finished(
            failure,
            commit=commit,
            seconds=seconds,
            kept=kept[0].run if kept else "",
            look=kept[0].look if kept else (),
        )
    else:
        seconds = time.monotonic() - started
        event = passed(commit=commit, seconds=seconds, receipt=not note, message=note)
    recorder(event)
    return event.code


async def _verify(
    session: Session,
    folder: CommitFolder,
    request: Request,
    report: RecordingReporter,
    *,
    on_kept: Callable[[Kept], None],
) -> str:
    """Rehearse the commit; why the pass is a weak one that leaves no receipt, or empty."""
    started = time.monotonic()
    config = read_commit_config(folder)
    project = project_at(folder, config)
    new = Candidate(project=project, commit=folder.commit, environment=request.environment)
    old = _old_candidate(request, report)
    development = await asyncio.to_thread(_development, session, folder, project, request)
    docker = Docker()
    facts, _ = await side_by_side(
        asyncio.to_thread(docker.facts), reap(engine_environment(session.environment))
    )
    way = choose_way(facts, session.environment)
    stages = new_stages(
        new,
        old,
        cached=request.cached,
        copied=development is not None,
        way=way,
        docker=docker,
        process_environment=session.environment,
    )
    report.know(stages.new)
    _introduce(stages, folder, config, project, request, report)
    gatekeeper = Gatekeeper(prober=HttpProber(), clock=SystemClock(), policy=GatePolicy(way=way))
    async with standing(
        stages.new,
        warn=lambda text: report(Warned(message=text)),
        on_failure=request.on_failure,
        on_kept=on_kept,
    ):
        rehearsal = Rehearsal(
            new=version_of(stages.new, folder, project, request.count(project)),
            transition=_transition(stages, new, old, request),
            data=_data(stages, development),
        )
        noted = _Noted(report)
        try:
            image = await rehearse(rehearsal, gatekeeper=gatekeeper, report=noted)
        except DevkitError:
            await report.keep_logs(stages.new)
            raise
        await asyncio.gather(stages.new.keep_image(), report.keep_logs(stages.new))
    weakness = request.weakness(project)
    if weakness:
        return weakness
    done = Pass(
        containers=request.count(project),
        seconds=time.monotonic() - started,
        image_id=image.id,
        days=project.receipt_days,
        base_images=noted.base_images,
        old=_switched_from(request, noted),
    )
    return leave_receipt(folder, config, done)


def _development(
    session: Session, folder: CommitFolder, project: Project, request: Request
) -> Development | None:
    """Where the data to copy is, before anything is started; None where none is asked for."""
    if request.data is DataSource.NONE:
        return None
    return find_development(folder.root, project, session.environment)


def _data(stages: RehearsalStages, development: Development | None) -> DevelopmentData | None:
    if development is None:
        return None
    return DevelopmentData(
        development=development, stage=stages.new, empty_image=stages.empty_image
    )


def _old_candidate(request: Request, report: Reporter) -> Candidate | None:
    """The old version as its commit configures it; None where it is left out."""
    if request.old is None:
        return None
    try:
        project = project_at(request.old, read_commit_config(request.old))
    except DevkitError as failed:
        if request.need is Need.REQUIRED:
            raise
        report(Warned(message=f"Not rehearsed from old to new: {failed.message}"))
        return None
    return Candidate(project=project, commit=request.old.commit, environment=request.environment)


def _transition(
    stages: RehearsalStages, new: Candidate, old: Candidate | None, request: Request
) -> Transition | None:
    if stages.old is None or old is None or request.old is None:
        return None
    domain = cloud_domain(new.project, new.environment)
    paths = new.project.web.paths
    return Transition(
        old=version_of(stages.old, request.old, old.project, request.count(old.project)),
        proxy=stages.proxy,
        load=lambda address: HttpLoad(address, host=domain, paths=paths),
        need=request.need,
        incompatible=request.incompatible,
    )


def version_of(
    stage: ComposeStage, folder: CommitFolder, project: Project, containers: int
) -> Version:
    """A commit of the project on its stage, to be checked out into the run's folder."""
    return Version(
        project=project,
        containers=containers,
        stage=stage,
        checkout=CommitCheckout(
            repository=of_run(folder.repository, stage.run),
            commit=folder.commit,
            subfolder=folder.subfolder,
        ),
        clone=stage.folder / f"clone-{stage.web}",
        subfolder=folder.subfolder,
    )


def of_run(repository: Repository, run: str) -> Repository:
    """The repository, with git commands that can be told to be a run's."""
    return replace(repository, environment={**repository.environment, RUN_VARIABLE: run})


def _introduce(
    stages: RehearsalStages,
    folder: CommitFolder,
    config: CommitConfig,
    project: Project,
    request: Request,
    report: Reporter,
) -> None:
    report(
        RunStarted(
            run=stages.new.name,
            commit=folder.commit,
            environment=request.environment,
            containers=request.count(project),
            cached=request.cached,
            old=request.old.commit if stages.old and request.old else None,
        )
    )
    adoption = adoption_at(folder, project, config)
    if adoption is not None and adoption.cloud_sentences:
        sentences = adoption.cloud_sentences
        report(Assumed(sentences=sentences, is_news=is_news(folder.root, "verify", sentences)))
    if not config.in_commit:
        report(Warned(message=NOT_IN_COMMIT))
    paths = differs_from_commit(folder.repository, folder.root)
    if paths:
        report(Warned(message=uncommitted(paths)))


def _switched_from(request: Request, noted: _Noted) -> str:
    if noted.switched and request.old is not None:
        return request.old.commit.sha
    return LEFT_OUT if request.alone or request.old is not None else ""


class _Noted:
    """The same reporter, which also notes what the receipt is to tell.

    Attributes:
        base_images: What the build's base images resolve to.
        switched: Whether the switch was rehearsed, and passed.
    """

    def __init__(self, report: Reporter) -> None:
        self._report = report
        self.base_images: dict[str, str] = {}
        self.switched = False

    def __call__(self, event: Event) -> None:
        """Note and hand on one event."""
        if isinstance(event, StepOutput) and event.step is Step.BUILD:
            resolved = resolved_image(event.line)
            self.base_images.update((resolved,) if resolved else ())
        if isinstance(event, StepPassed) and event.step is Step.SWITCH:
            self.switched = True
        self._report(event)
