"""Completes the names of services on a shell's command line."""

from __future__ import annotations

from pathlib import Path

import typer  # noqa: TC002 - Typer reads the annotations


def complete_service(ctx: typer.Context, incomplete: str) -> list[str]:
    """The services that a word may become, as the Compose files of the project name them."""
    from devkit.engine.service_names import service_names  # noqa: PLC0415 - `--help` imports this

    folder = (ctx.parent.params if ctx.parent else {}).get("project") or Path()
    return [name for name in service_names(Path(folder)) if name.startswith(incomplete)]
