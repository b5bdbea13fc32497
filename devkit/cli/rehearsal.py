"""Runs one rehearsal on stages of its own, and leaves a receipt where it passes."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from devkit.cli.receipts import Pass, leave_receipt
from devkit.compose.variables import cloud_domain
from devkit.deployment.events import Assumed, RunStarted, Step, StepOutput, StepPassed, Warned
from devkit.deployment.gate_policy import GatePolicy
from devkit.deployment.gate_way import choose_way
from devkit.deployment.new_version import Version
from devkit.deployment.rehearse import Rehearsal, rehearse
from devkit.deployment.scaling import Gatekeeper
from devkit.deployment.transition import Transition
from devkit.engine.adopted import is_news
from devkit.engine.base_images import resolved_image
from devkit.engine.clock import SystemClock
from devkit.engine.commit_project import NOT_IN_COMMIT, adoption_at, uncommitted
from devkit.engine.data_copy import DevelopmentData
from devkit.engine.git_clone import CommitCheckout
from devkit.engine.git_worktree import differs_from_commit
from devkit.engine.http import HttpProber
from devkit.engine.load import HttpLoad
from devkit.engine.ownership import RUN_VARIABLE
from devkit.engine.stages import Candidate, new_stages, standing
from devkit.errors import DevkitError
from devkit.hooks.receipts import LEFT_OUT, not_from

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.cli.recording import RecordingReporter
    from devkit.cli.rehearsing import Findings, Request
    from devkit.deployment.events import Event, Reporter
    from devkit.engine.commit_project import CommitConfig, CommitFolder
    from devkit.engine.development import Development
    from devkit.engine.git import Repository
    from devkit.engine.stage import ComposeStage
    from devkit.engine.stages import Kept, RehearsalStages
    from devkit.project import Project


async def run_rehearsal(
    folder: CommitFolder,
    request: Request,
    findings: Findings,
    report: RecordingReporter,
    *,
    started: float,
    on_kept: Callable[[Kept], None],
) -> str:
    """Rehearse a commit; why the pass is a weak one that leaves no receipt, or empty.

    Args:
        folder: The commit.
        request: How it is to be rehearsed.
        findings: What is known of it.
        report: Told of all that happens.
        started: When the command began, by the monotonic clock.
        on_kept: Told where a failed rehearsal is left standing.

    Raises:
        StepFailedError: The deployment would fail there.
        CouldNotFindOutError: The engine, a registry or the disk gave no answer.
    """
    project, way = findings.project, choose_way(findings.facts, findings.process_environment)
    new = Candidate(project=project, commit=folder.commit, environment=request.environment)
    old = _old_candidate(request, findings)
    stages = new_stages(
        new,
        old,
        cached=request.cached,
        copied=findings.development is not None,
        way=way,
        docker=findings.docker,
        process_environment=findings.process_environment,
    )
    report.know(stages.new)
    _introduce(stages, folder, findings.config, project, request, report)
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
            data=_data(stages, findings.development),
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
    return leave_receipt(folder, findings.config, done)


def _old_candidate(request: Request, findings: Findings) -> Candidate | None:
    if request.old is None or findings.old_project is None:
        return None
    commit = request.old.commit
    return Candidate(project=findings.old_project, commit=commit, environment=request.environment)


def _data(stages: RehearsalStages, development: Development | None) -> DevelopmentData | None:
    if development is None:
        return None
    return DevelopmentData(
        development=development, stage=stages.new, empty_image=stages.empty_image
    )


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
    """The old version as a receipt has it: one that did not come up stands for itself alone."""
    if request.old is None:
        return LEFT_OUT if request.alone else ""
    commit = request.old.commit.sha
    return commit if noted.switched else not_from(commit)


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
