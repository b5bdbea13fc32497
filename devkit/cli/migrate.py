"""``devkit migrate``: the release commands, on demand."""

from __future__ import annotations

import typer  # noqa: TC002 - Typer reads the annotations


def migrate(ctx: typer.Context) -> None:
    """Run the release commands of devkit.yaml, in order, in one-off containers.

    Starts the database where it is down, and stops at the first command that fails.
    """
    from devkit.cli.releasing import run_release_commands  # noqa: PLC0415 - as `--help` needs none

    run_release_commands(ctx.obj)
