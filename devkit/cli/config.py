"""devkit config: what is in effect, and the JSON Schema of devkit.yaml."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from devkit.cli.session import Session

app = typer.Typer(help="Show the configuration.", no_args_is_help=True)


@app.command()
def show(ctx: typer.Context) -> None:
    """Print the configuration with every default filled in, as YAML."""
    import json  # noqa: PLC0415 - `devkit --help` imports this module

    import yaml  # noqa: PLC0415 - the same

    from devkit.config.load import load_project  # noqa: PLC0415 - the same, and pydantic is slow
    from devkit.config.resolve import as_mapping  # noqa: PLC0415 - the same

    session: Session = ctx.obj
    project = load_project(session.root)
    if project.web.port_warning:
        session.warn(project.web.port_warning)
    mapping = as_mapping(project)
    if session.json:
        session.out(json.dumps(mapping))
    else:
        session.out(yaml.safe_dump(mapping, sort_keys=False, allow_unicode=True))


@app.command()
def schema(ctx: typer.Context) -> None:
    """Print the JSON Schema of devkit.yaml, for editors."""
    from devkit.config.schema import schema_text  # noqa: PLC0415 - `devkit --help` imports this

    session: Session = ctx.obj
    session.out(schema_text())
