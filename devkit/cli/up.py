"""``devkit up``: the local project, up and answering."""

from __future__ import annotations

from typing import Annotated

import typer

from devkit.cli.starting import start


def up(
    ctx: typer.Context,
    *,
    build: Annotated[bool, typer.Option("--build", help="Build the image first.")] = False,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Build the image first, every layer anew.")
    ] = False,
    attach: Annotated[
        bool,
        typer.Option("--attach/--detach", help="Follow the logs; Ctrl-C then stops the services."),
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Then restart or rebuild as files change.")
    ] = False,
    host: Annotated[
        str | None,
        typer.Option(
            "--host",
            metavar="[NAME]",
            help="Serve http://NAME.localhost, too, through one proxy for all projects;"
            " remembered. Default: the project's name.",
        ),
    ] = None,
    no_host: Annotated[bool, typer.Option("--no-host", help="No longer.")] = False,
    allow_host_access: Annotated[
        bool,
        typer.Option(
            "--allow-host-access",
            help="Trust Compose files that want privileges or files of this machine; remembered.",
        ),
    ] = False,
) -> None:
    """Start the project and its services, and wait until it answers.

    Generates docker-compose.yml from devkit.yaml where that has changed, and builds the image
    where there is none yet.
    """
    start(
        ctx.obj,
        build=build,
        no_cache=no_cache,
        attach=attach,
        watch=watch,
        host=host,
        no_host=no_host,
        allow_host_access=allow_host_access,
    )
