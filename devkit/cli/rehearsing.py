"""Finds out what a rehearsal needs to know, has it run, and tells its verdict; for verify and hook.

What the run itself needs is loaded while docker and git are being asked.
"""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from devkit.cli.interrupts import run_interruptible
from devkit.cli.receipts import forget_receipt
from devkit.cli.recording import RecordingReporter
from devkit.cli.verdicts import finished, passed
from devkit.deployment.choices import Incompatible, Need, OnFailure
from devkit.deployment.events import Warned
from devkit.deployment.together import in_turn
from devkit.engine.commit_project import project_at, read_commit_config
from devkit.engine.docker import Docker
from devkit.engine.docker_environment import engine_environment
from devkit.engine.reaping import reap
from devkit.errors import DevkitError, StepFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from devkit.cli.session import Session
    from devkit.deployment.events import Reporter
    from devkit.deployment.gate_way import EngineFacts
    from devkit.engine.commit_project import CommitConfig, CommitFolder
    from devkit.engine.development import Development
    from devkit.engine.stages import Kept
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


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What git, the files and the engine say, before anything is started.

    Attributes:
        config: The devkit.yaml that counts for the commit.
        project: What the commit describes.
        old_project: The same of what is deployed now; None where it is left out.
        development: Where the data to copy is; None where none is asked for.
        docker: The engine.
        facts: Where it is.
        process_environment: The person's environment.
    """

    config: CommitConfig
    project: Project
    old_project: Project | None
    development: Development | None
    docker: Docker
    facts: EngineFacts
    process_environment: Mapping[str, str]


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
    findings = await _find_out(session, folder, request, report)
    from devkit.cli.rehearsal import run_rehearsal  # noqa: PLC0415 - loaded meanwhile

    return await run_rehearsal(folder, request, findings, report, started=started, on_kept=on_kept)


async def _find_out(
    session: Session, folder: CommitFolder, request: Request, report: Reporter
) -> Findings:
    """Ask git, the files and the engine at once; what the files say comes first.

    Raises:
        ConfigurationError: A devkit.yaml cannot be followed.
        CouldNotFindOutError: The engine gave no answer, or there are no data to be copied.
    """
    docker, is_over = Docker(), threading.Event()
    look = _Look(session=session, folder=folder, request=request, report=report, is_over=is_over)
    try:
        looked, facts, _, _ = await in_turn(
            asyncio.to_thread(look.up),
            asyncio.to_thread(docker.facts),
            reap(engine_environment(session.environment)),
            asyncio.to_thread(_load_the_rest),
        )
    finally:
        is_over.set()
    config, project, old_project, development = looked
    return Findings(
        config=config,
        project=project,
        old_project=old_project,
        development=development,
        docker=docker,
        facts=facts,
        process_environment=session.environment,
    )


def _load_the_rest() -> None:
    import jinja2  # noqa: F401, PLC0415 - 0.1 s that nobody waits for
    import yaml  # noqa: F401, PLC0415

    import devkit.cli.rehearsal  # noqa: F401, PLC0415


@dataclass(frozen=True, kw_only=True)
class _Look:
    """What is looked up in a thread, which nobody can end: it asks whether it is over by now."""

    session: Session
    folder: CommitFolder
    request: Request
    report: Reporter
    is_over: threading.Event

    def up(self) -> tuple[CommitConfig, Project, Project | None, Development | None]:
        config = read_commit_config(self.folder)
        project = project_at(self.folder, config)
        return config, project, self._old_project(), self._development(project)

    def _old_project(self) -> Project | None:
        """The old version as its commit configures it; None where it is left out."""
        old = self.request.old
        if old is None or self.is_over.is_set():
            return None
        try:
            return project_at(old, read_commit_config(old))
        except DevkitError as failed:
            if self.request.need is Need.REQUIRED:
                raise
            if not self.is_over.is_set():
                message = f"Not rehearsed from old to new: {failed.message}"
                self.report(Warned(message=message))
            return None

    def _development(self, project: Project) -> Development | None:
        """Where the data to copy is, before anything is started; None where none is asked for."""
        if self.request.data is DataSource.NONE or self.is_over.is_set():
            return None
        from devkit.engine.development import find_development  # noqa: PLC0415 - for this alone

        return find_development(self.folder.root, project, self.session.environment)
