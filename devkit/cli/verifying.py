"""What ``devkit verify`` does with its options; apart from Typer, which takes 0.2 s to load."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from devkit.cli.reaping import settle_environments
from devkit.errors import UsageError

if TYPE_CHECKING:
    from devkit.cli.session import Session
    from devkit.deployment.events import Reporter
    from devkit.engine.commit_project import CommitFolder

CLOUD_ENVIRONMENTS = ("test", "live")


class DataChoice(StrEnum):
    """What ``--data`` takes."""

    NONE = "none"
    COPY = "copy"


def verify_code(  # noqa: PLR0913 - an option each
    session: Session,
    *,
    revision: str = "HEAD",
    containers: int | None = None,
    environment: str = "live",
    cached: bool = False,
    old: str | None = None,
    alone: bool = False,
    allow_incompatible: bool = False,
    again: bool = False,
    data: DataChoice = DataChoice.NONE,
    keep: bool = False,
) -> int:
    """Rehearse a commit as the options of ``devkit verify`` say; the process's exit code.

    Raises:
        UsageError: They do not go together, or the revision names no commit.
        DevkitError: As ``devkit.cli.rehearsing.verify_commit`` does before the run begins.
    """
    if environment not in CLOUD_ENVIRONMENTS:
        raise UsageError(
            f"There is no environment {environment!r} in the cloud.",
            hint="--environment takes test or live.",
        )
    if alone and (old is not None or allow_incompatible):
        raise UsageError("--no-from leaves out what --from and --allow-incompatible are about.")
    settle_environments(session)
    folder = commit_folder(session, revision)
    deployed = None if alone else _deployed(session, folder, old)
    special = again or cached or allow_incompatible or old or data is DataChoice.COPY
    if not special and environment == "live":
        from devkit.cli.reusing import told_from_receipt  # noqa: PLC0415 - see below

        known = deployed.commit.sha if deployed else ""
        report = reporter(session)
        if told_from_receipt(session, folder, report, containers=containers, deployed=known):
            return 0
    from devkit.cli.rehearsing import DataSource, Request, verify_commit  # noqa: PLC0415 - 0.2 s
    from devkit.deployment.choices import Incompatible, Need, OnFailure  # noqa: PLC0415

    request = Request(
        containers=containers,
        environment=environment,
        cached=cached,
        old=deployed,
        alone=alone,
        need=Need.WELCOME if old is None else Need.REQUIRED,
        incompatible=Incompatible.WARNED if allow_incompatible else Incompatible.FAILS,
        data=DataSource(data.value),
        on_failure=OnFailure.KEEP if keep else OnFailure.REMOVE,
    )
    return verify_commit(session, folder, request, reporter(session))


def _deployed(session: Session, folder: CommitFolder, revision: str | None) -> CommitFolder | None:
    """What is deployed now: the commit that was named, else what the branch's upstream has."""
    if revision is not None:
        return commit_folder(session, revision)
    from devkit.engine.git_commits import upstream_of  # noqa: PLC0415

    upstream = upstream_of(folder.repository, folder.commit)
    if not upstream or upstream == folder.commit.sha:
        return None
    return commit_folder(session, upstream)


def commit_folder(session: Session, revision: str) -> CommitFolder:
    """The project's folder in the commit that a revision names.

    Raises:
        CheckoutError: There is no git repository, or it has no commit yet.
        UsageError: The revision names no commit.
    """
    from dataclasses import replace  # noqa: PLC0415 - `devkit --help` imports this module

    from devkit.engine.commit_project import CommitFolder  # noqa: PLC0415
    from devkit.engine.git import find_repository  # noqa: PLC0415
    from devkit.engine.git_commits import branch_of, resolve_commit  # noqa: PLC0415

    repository = find_repository(session.root, session.environment)
    top_level = (repository.top_level or session.root).resolve()
    commit = resolve_commit(repository, revision)
    return CommitFolder(
        repository=repository,
        commit=replace(commit, branch=branch_of(repository, commit)),
        subfolder=session.root.resolve().relative_to(top_level),
        root=session.root,
    )


def reporter(session: Session) -> Reporter:
    """What tells of the run: JSON lines for a program, else lines for a person."""
    if session.json:
        from devkit.cli.jsonlines import JsonReporter  # noqa: PLC0415

        return JsonReporter()
    from devkit.cli.terminal import TerminalReporter  # noqa: PLC0415

    return TerminalReporter(session.console(), quiet=session.quiet, verbose=session.verbose)
