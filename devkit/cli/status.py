"""``devkit status``: what runs of the local project."""

from __future__ import annotations

import typer  # noqa: TC002 - Typer reads the annotations


def status(ctx: typer.Context) -> None:
    """Show what runs: address, services, image, environments, and whether HEAD was verified."""
    from devkit.cli.showstatus import show_status  # noqa: PLC0415 - `--help` imports this module

    show_status(ctx.obj)
