"""``devkit verify``: the whole deployment of a commit, rehearsed."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

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


def verify(  # noqa: PLR0913 - an option each
    ctx: typer.Context,
    revision: Annotated[
        str, typer.Argument(metavar="[REV]", help="The commit to rehearse.")
    ] = "HEAD",
    *,
    containers: Annotated[
        int | None,
        typer.Option(min=1, max=50, help="How many web containers; default: devkit.yaml's."),
    ] = None,
    environment: Annotated[
        str, typer.Option(metavar="test|live", help="Whose settings to use.")
    ] = "live",
    cached: Annotated[
        bool, typer.Option("--cached", help="Use the layer cache: quicker, a weaker verdict.")
    ] = False,
    old: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="REV",
            help="What is deployed now, to switch from; default: what the branch's upstream has.",
        ),
    ] = None,
    alone: Annotated[
        bool, typer.Option("--no-from", help="Rehearse the new version alone, without a switch.")
    ] = False,
    allow_incompatible: Annotated[
        bool,
        typer.Option(
            "--allow-incompatible",
            help="Only warn where the old version breaks on the new one's data.",
        ),
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Rehearse it even where a receipt says that it passed.")
    ] = False,
    data: Annotated[
        DataChoice,
        typer.Option(help="Begin with a copy of the development database and storage."),
    ] = DataChoice.NONE,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Leave a failed rehearsal standing, to be looked into."),
    ] = False,
) -> None:
    """Rehearse the deployment of a commit: what passes here passes there.

    Takes a clean clone of the commit through the cloud's five steps (services check, check-out,
    build, release commands, scaling and gate) with throw-away services, and removes all of it.
    Nothing of the working tree, the environment or the development database takes part; with
    --data copy the development data is read, while it is in use, and never written. A commit with
    a receipt passes at once, as long as its base images have not moved.

    Where it is known what is deployed now, that version is brought up first and serves a steady
    load through a proxy while the new one is deployed and takes over: no request may be lost.

    With --keep, where a step fails, the containers, their data and the clone stay, and the
    verdict has the commands to look into them and to remove them; a pass leaves nothing.
    """
    if environment not in CLOUD_ENVIRONMENTS:
        raise UsageError(
            f"There is no environment {environment!r} in the cloud.",
            hint="--environment takes test or live.",
        )
    if alone and (old is not None or allow_incompatible):
        raise UsageError("--no-from leaves out what --from and --allow-incompatible are about.")
    session: Session = ctx.obj
    settle_environments(session)
    folder = commit_folder(session, revision)
    deployed = None if alone else _deployed(session, folder, old)
    special = again or cached or allow_incompatible or old or data is DataChoice.COPY
    if not special and environment == "live":
        from devkit.cli.reusing import told_from_receipt  # noqa: PLC0415 - see below

        known = deployed.commit.sha if deployed else ""
        report = reporter(session)
        if told_from_receipt(session, folder, report, containers=containers, deployed=known):
            return
    from devkit.cli.rehearsing import DataSource, Request, verify_commit  # noqa: PLC0415 - 0.2 s
    from devkit.deployment.transition import Incompatible, Need  # noqa: PLC0415
    from devkit.engine.stages import OnFailure  # noqa: PLC0415

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
    raise typer.Exit(verify_commit(session, folder, request, reporter(session)))


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
