"""``devkit verify``: the whole deployment of a commit, rehearsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from devkit.errors import UsageError

if TYPE_CHECKING:
    from devkit.cli.session import Session
    from devkit.deployment.events import Reporter
    from devkit.engine.commit_project import CommitFolder

CLOUD_ENVIRONMENTS = ("test", "live")


def verify(
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
    again: Annotated[
        bool, typer.Option("--again", help="Rehearse it even where a receipt says that it passed.")
    ] = False,
) -> None:
    """Rehearse the deployment of a commit: what passes here passes there.

    Takes a clean clone of the commit through the cloud's five steps (services check, check-out,
    build, release commands, scaling and gate) with throw-away services, and removes all of it.
    Nothing of the working tree, the environment or the development database takes part. A commit
    with a receipt passes at once, as long as its base images have not moved.
    """
    if environment not in CLOUD_ENVIRONMENTS:
        raise UsageError(
            f"There is no environment {environment!r} in the cloud.",
            hint="--environment takes test or live.",
        )
    session: Session = ctx.obj
    folder = commit_folder(session, revision)
    if not (again or cached) and environment == "live":
        from devkit.cli.reusing import told_from_receipt  # noqa: PLC0415 - see below

        if told_from_receipt(session, folder, reporter(session), containers=containers):
            return
    from devkit.cli.rehearsing import Request, verify_commit  # noqa: PLC0415 - 0.2 s

    request = Request(containers=containers, environment=environment, cached=cached)
    raise typer.Exit(verify_commit(session, folder, request, reporter(session)))


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
