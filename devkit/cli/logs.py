"""``devkit logs``: what the services write."""

from __future__ import annotations

from typing import Annotated

import typer

from devkit.cli.completing import complete_service


def logs(  # noqa: PLR0913 - each is an option of the command line
    ctx: typer.Context,
    services: Annotated[
        list[str] | None,
        typer.Argument(metavar="SERVICE", autocompletion=complete_service),
    ] = None,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes.")] = False,
    since: Annotated[
        str, typer.Option("--since", help="From this time on: 10m, 2h, 2026-11-23T14:00:00.")
    ] = "",
    until: Annotated[str, typer.Option("--until", help="Up to this time.")] = "",
    tail: Annotated[
        str, typer.Option("--tail", "-n", metavar="N", help="The last N lines of each.")
    ] = "",
    timestamps: Annotated[
        bool, typer.Option("--timestamps", "-t", help="With the time of each line.")
    ] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Without colours.")] = False,
    no_log_prefix: Annotated[
        bool, typer.Option("--no-log-prefix", help="Without the service's name before each line.")
    ] = False,
) -> None:
    """Show the logs of all services, or of those named, as they were written."""
    from devkit.cli.showlogs import LogOptions, logs_code  # noqa: PLC0415 - `--help` imports this

    options = LogOptions(
        follow=follow,
        since=since,
        until=until,
        tail=tail,
        timestamps=timestamps,
        no_color=no_color,
        no_log_prefix=no_log_prefix,
    )
    raise typer.Exit(logs_code(ctx.obj, services or (), options))
