"""``devkit shell``: a shell in a container."""

from __future__ import annotations

from typing import Annotated

import typer

from devkit.cli.completing import complete_service


def shell(
    ctx: typer.Context,
    service: Annotated[
        str, typer.Argument(metavar="SERVICE", autocompletion=complete_service)
    ] = "",
    *,
    user: Annotated[str, typer.Option("--user", "-u", help="As this user.")] = "",
) -> None:
    """Open a shell in the running container of SERVICE, else of web: bash if there is one, or sh.

    Where web is down, in a one-off container.
    """
    from devkit.cli.inside import shell_code  # noqa: PLC0415 - `--help` imports this module

    raise typer.Exit(shell_code(ctx.obj, service, user))
