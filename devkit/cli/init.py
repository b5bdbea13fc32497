"""devkit init: looks at the project and writes what devkit needs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from devkit.cli.offering import Accepted
    from devkit.cli.session import Session
    from devkit.config.scaffold import Scaffold
    from devkit.engine.projectfiles import Refreshed
    from devkit.project import Project


@dataclass(frozen=True, kw_only=True)
class _Done:
    """What one call did.

    Attributes:
        accepted: The Dockerfile that a person asked for; None for none.
        scaffold: The first devkit.yaml; None where there was one already.
    """

    accepted: Accepted | None
    scaffold: Scaffold | None
    refreshed: Refreshed
    project: Project

    @property
    def written(self) -> tuple[str, ...]:
        """All files, from the project's folder."""
        dockerfile = self.accepted.written if self.accepted else ()
        config = ("devkit.yaml",) if self.scaffold else ()
        return tuple(dict.fromkeys((*dockerfile, *config, *self.refreshed.written)))


def init(
    ctx: typer.Context,
    *,
    dockerfile: Annotated[
        bool,
        typer.Option(
            "--dockerfile",
            help="Write a first Dockerfile, too, where there is none (Python and Node).",
        ),
    ] = False,
    overwrite_compose: Annotated[
        bool,
        typer.Option(
            "--overwrite-compose",
            help="Replace a generated docker-compose.yml that was edited; a copy is kept.",
        ),
    ] = False,
    gitignore: Annotated[
        bool,
        typer.Option("--gitignore", help="Add .env-local to .gitignore, where git takes it."),
    ] = False,
) -> None:
    """Write devkit.yaml, docker-compose.yml and .env-local; an existing devkit.yaml stays."""
    from devkit.cli.finishing import finish  # noqa: PLC0415 - `devkit --help` imports this
    from devkit.cli.offering import offer_dockerfile  # noqa: PLC0415 - the same
    from devkit.config.load import load_project  # noqa: PLC0415 - `devkit --help` imports this
    from devkit.engine.adopted import assume_in  # noqa: PLC0415 - the same
    from devkit.engine.git_ignore import ignored_by_git  # noqa: PLC0415 - the same
    from devkit.engine.projectfiles import refresh  # noqa: PLC0415 - the same
    from devkit.engine.secrets_file import SECRETS_FILE, keep_out_of_git  # noqa: PLC0415 - the same

    session: Session = ctx.obj
    accepted = offer_dockerfile(session, asked_for=dockerfile)
    found = _write_config(session)
    project = load_project(session.root, assume=assume_in(session.root))
    is_ignored = ignored_by_git(project.root, session.environment)
    if gitignore and not is_ignored(SECRETS_FILE):
        keep_out_of_git(project.root)
        session.say(f"Added {SECRETS_FILE} to .gitignore.")
    refreshed = refresh(
        project,
        is_ignored=is_ignored,
        overwrite_compose=overwrite_compose,
        is_started=False,
    )
    _report(
        session,
        _Done(accepted=accepted, scaffold=found, refreshed=refreshed, project=project),
    )
    finish(session)


def _write_config(session: Session) -> Scaffold | None:
    """Write devkit.yaml; what it says and why, None where there is one already."""
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
    return made if created else None


def _report(session: Session, done: _Done) -> None:
    for warning in done.refreshed.warnings:
        session.warn(warning)
    if session.json:
        session.out(json.dumps(_event(done)))
        return
    found = done.scaffold
    for sentence in found.reasons if found else ():
        session.say(sentence)
    for sentence in found.notes if found else ():
        session.say(f"Note: {sentence}")
    written = ", ".join(done.written)
    session.say(f"Written: {written}." if written else "Everything is there already.")
    if done.refreshed.adopted:
        name = done.refreshed.compose_file.name
        session.say(f"{name} is yours: devkit uses it and leaves it alone.")
    for sentence in done.accepted.checks if done.accepted else ():
        session.say(f"Check: {sentence}")
    session.say(f"Next: {', then '.join(_next(done))}")


def _next(done: _Done) -> tuple[str, ...]:
    """The commands that come next, in order."""
    migrate = ("devkit migrate",) if done.project.release else ()
    return ("devkit up", *migrate, "devkit hook install")


def _event(done: _Done) -> dict[str, object]:
    found = done.scaffold
    return {
        "event": "initialised",
        "found": list(found.reasons if found else ()),
        "notes": list(found.notes if found else ()),
        "checks": list(done.accepted.checks if done.accepted else ()),
        "written": list(done.written),
        "next": list(_next(done)),
        "compose_file": done.refreshed.compose_file.name,
        "adopted": done.refreshed.adopted,
        "warnings": list(done.refreshed.warnings),
    }
