"""``devkit down``: stop and remove the local containers."""

from __future__ import annotations

from typing import Annotated

import typer

from devkit.cli.stopping import stop


def down(
    ctx: typer.Context,
    *,
    volumes: Annotated[
        bool, typer.Option("--volumes", help="Remove the database's volume, too; asks first.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Stop and remove the local containers; the database and ./data are kept."""
    stop(ctx.obj, volumes=volumes, yes=yes)
