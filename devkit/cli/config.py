"""devkit config: what is in effect, and the JSON Schema of devkit.yaml."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from devkit.cli.session import Session
    from devkit.project import Project

app = typer.Typer(help="Show the configuration.", no_args_is_help=True)


@app.command()
def show(ctx: typer.Context) -> None:
    """Print the configuration with every default filled in, as YAML."""
    import json  # noqa: PLC0415 - `devkit --help` imports this module

    import yaml  # noqa: PLC0415 - the same

    from devkit.config.load import load_project  # noqa: PLC0415 - the same, and pydantic is slow
    from devkit.config.resolve import as_mapping  # noqa: PLC0415 - the same
    from devkit.engine.adopted import assume_in  # noqa: PLC0415 - the same

    session: Session = ctx.obj
    project = load_project(session.root, assume=assume_in(session.root))
    if project.web.port_warning:
        session.warn(project.web.port_warning)
    mapping, here = as_mapping(project), _in_effect(session, project)
    if session.json:
        session.out(json.dumps({**mapping, "in_effect": here} if here else mapping))
        return
    session.out(yaml.safe_dump(mapping, sort_keys=False, allow_unicode=True))
    if here:
        where = f"{here['address'].rstrip('/')}, as the project {here['project']}"
        session.out(f"# In effect here: {where} (devkit up chose it)")


def _in_effect(session: Session, project: Project) -> dict[str, str]:
    """What this machine has otherwise than the files say; empty where there is nothing."""
    from devkit.engine.local_files import load_settings  # noqa: PLC0415 - as above

    kept = load_settings(session.root, name=project.name)
    if kept is None or (kept.publish, kept.name) == (project.web.publish, project.name):
        return {}
    if kept.wanted != project.web.publish:  # it was chosen for another port
        return {}
    return {"address": f"http://127.0.0.1:{kept.publish}/", "project": kept.name}


@app.command()
def schema(ctx: typer.Context) -> None:
    """Print the JSON Schema of devkit.yaml, for editors."""
    from devkit.config.schema import schema_text  # noqa: PLC0415 - `devkit --help` imports this

    session: Session = ctx.obj
    session.out(schema_text())
