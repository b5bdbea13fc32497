"""The Typer application: the common options, and the commands by name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from devkit import __version__
from devkit.cli import (
    build,
    clean,
    config,
    db,
    deploy,
    down,
    executing,
    hook,
    init,
    logs,
    media,
    migrate,
    opening,
    push,
    restart,
    run,
    shell,
    status,
    up,
    verify,
    watch,
)
from devkit.cli.session import open_session

EPILOG = (
    "The options --project, --json, --quiet and --verbose may stand after the command, too."
    " Exit codes: 0 fine, 2 usage, 3 configuration, 4 could not find out, 5 refused,"
    " 10 services, 11 check-out, 12 build, 13 release command, 14 gate,"
    " 15 switch."
)

PASSES_ALL_ON = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "allow_interspersed_args": False,
    "help_option_names": [],
}
"""The settings of a command whose own arguments belong to another program."""

PASSES_REST_ON = {"allow_interspersed_args": False}
"""The settings of a command that has options of its own, before those of another program."""

app = typer.Typer(
    name="devkit",
    help="If `devkit verify` passes here, the deployment passes there.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def common(
    ctx: typer.Context,
    *,
    project: Annotated[
        Path, typer.Option("--project", metavar="DIR", help="The folder with the Dockerfile.")
    ] = Path(),
    json: Annotated[
        bool, typer.Option("--json", help="JSON lines on stdout, the last one the verdict.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Tell only of warnings and failures.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Show what the commands underneath write.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Print devkit's version and exit.")
    ] = False,
) -> None:
    """Make the session that every command is given."""
    if version:
        typer.echo(f"devkit {__version__}")
        raise typer.Exit
    ctx.obj = open_session(project, json=json, quiet=quiet, verbose=verbose)


app.command(name="init")(init.init)
app.command(name="up")(up.up)
app.command(name="watch")(watch.watch)
app.command(name="down")(down.down)
app.command(name="status")(status.status)
app.command(name="logs")(logs.logs)
app.command(name="exec", context_settings=PASSES_REST_ON)(executing.exec_command)
app.command(name="shell")(shell.shell)
app.command(name="open")(opening.open_)
app.command(name="restart")(restart.restart)
app.command(name="stop")(restart.stop)
app.command(name="start")(restart.start)
app.command(name="build")(build.build)
app.command(name="migrate")(migrate.migrate)
app.command(name="run", context_settings=PASSES_ALL_ON)(run.run)
db.app.command(name="shell", context_settings=PASSES_ALL_ON)(db.shell)
app.add_typer(db.app, name="db")
app.add_typer(media.app, name="media")
app.command(name="verify")(verify.verify)
app.add_typer(deploy.app, name="deploy")
app.command(name="clean")(clean.clean)
app.command(name="push", context_settings=PASSES_ALL_ON)(push.push)
app.add_typer(hook.app, name="hook")
app.add_typer(config.app, name="config")
