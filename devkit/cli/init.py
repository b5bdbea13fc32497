"""devkit init: looks at the project and writes what devkit needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from devkit.cli.session import Session
    from devkit.engine.projectfiles import Refreshed


def init(
    ctx: typer.Context,
    *,
    overwrite_compose: Annotated[
        bool,
        typer.Option(
            "--overwrite-compose",
            help="Replace a generated docker-compose.yml that was edited; a copy is kept.",
        ),
    ] = False,
) -> None:
    """Write devkit.yaml, docker-compose.yml and .env-local; an existing devkit.yaml stays."""
    from devkit.cli.finishing import finish  # noqa: PLC0415 - `devkit --help` imports this
    from devkit.config.load import load_project  # noqa: PLC0415 - `devkit --help` imports this
    from devkit.engine.adopted import assume_in  # noqa: PLC0415 - the same
    from devkit.engine.git_ignore import ignored_by_git  # noqa: PLC0415 - the same
    from devkit.engine.projectfiles import refresh  # noqa: PLC0415 - the same

    session: Session = ctx.obj
    found = _write_config(session)
    project = load_project(session.root, assume=assume_in(session.root))
    refreshed = refresh(
        project,
        is_ignored=ignored_by_git(project.root, session.environment),
        overwrite_compose=overwrite_compose,
        is_started=False,
    )
    _report(session, found, refreshed)
    finish(session)


def _write_config(session: Session) -> tuple[str, ...] | None:
    """Write devkit.yaml; the reasons for what it says, None where there is one already."""
    from devkit.config.facts import read_facts  # noqa: PLC0415 - `devkit --help` imports this
    from devkit.config.scaffold import scaffold  # noqa: PLC0415 - `devkit --help` imports this
    from devkit.config.sources import (  # noqa: PLC0415 - the same
        CONFIG_FILE,
        read_config,
        read_dockerfile,
    )
    from devkit.engine.adopted import found_in_compose  # noqa: PLC0415 - the same
    from devkit.engine.writing import create_file  # noqa: PLC0415 - the same

    root = session.root.resolve()
    compose = found_in_compose(root)
    dockerfile_text = read_dockerfile(root, needed=compose is None)
    if read_config(root) is not None:
        return None
    made = scaffold(
        folder=root.name,
        dockerfile_text=dockerfile_text,
        facts=read_facts(root),
        compose=compose,
    )
    created = create_file(root / CONFIG_FILE, made.text, root=root)
    return made.reasons if created else None


def _report(session: Session, found: tuple[str, ...] | None, refreshed: Refreshed) -> None:
    written = (*(() if found is None else ("devkit.yaml",)), *refreshed.written)
    for warning in refreshed.warnings:
        session.warn(warning)
    if session.json:
        event = {
            "event": "initialised",
            "found": list(found or ()),
            "written": list(written),
            "compose_file": refreshed.compose_file.name,
            "adopted": refreshed.adopted,
            "warnings": list(refreshed.warnings),
        }
        session.out(json.dumps(event))
        return
    for sentence in found or ():
        session.say(sentence)
    session.say(f"Written: {', '.join(written)}." if written else "Everything is there already.")
    if refreshed.adopted:
        session.say(f"{refreshed.compose_file.name} is yours: devkit uses it and leaves it alone.")
    session.say("Next: devkit up")
