"""``devkit verify``: the whole deployment of a commit, rehearsed."""

from __future__ import annotations

from typing import Annotated

import typer

from devkit.cli.verifying import DataChoice, verify_code


def verify(  # noqa: PLR0913 - an option each
    ctx: typer.Context,
    revision: Annotated[
        str, typer.Argument(metavar="REV", help="The commit to rehearse.")
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
    code = verify_code(
        ctx.obj,
        revision=revision,
        containers=containers,
        environment=environment,
        cached=cached,
        old=old,
        alone=alone,
        allow_incompatible=allow_incompatible,
        again=again,
        data=data,
        keep=keep,
    )
    raise typer.Exit(code)
