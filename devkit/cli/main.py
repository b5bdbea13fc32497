"""The Typer application: the common options, and the commands by name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from devkit import __version__
from devkit.cli import (
    build,
    clean,
    config,
    deploy,
    down,
    hook,
    init,
    migrate,
    run,
    status,
    up,
    verify,
)
from devkit.cli.session import Session, scrub_git_variables
from devkit.errors import UsageError

EPILOG = (
    "The options --project, --json, --quiet and --verbose may stand after the command, too."
    " Exit codes: 0 fine, 2 usage, 3 configuration, 4 could not find out, 5 refused,"
    " 10 services, 11 check-out, 12 build, 13 release command, 14 gate,"
    " 15 switch."
)

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
    root = project.absolute()
    if not root.is_dir():
        raise UsageError(f"There is no folder {root}.", hint="Give --project a folder.")
    environment = dict(os.environ)
    scrub_git_variables()
    ctx.obj = Session(root=root, environment=environment, json=json, quiet=quiet, verbose=verbose)


app.command(name="init")(init.init)
app.command(name="up")(up.up)
app.command(name="down")(down.down)
app.command(name="status")(status.status)
app.command(name="build")(build.build)
app.command(name="migrate")(migrate.migrate)
app.command(
    name="run",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True,
                      "allow_interspersed_args": False, "help_option_names": []},
)(run.run)  # fmt: skip
app.command(name="verify")(verify.verify)
app.add_typer(deploy.app, name="deploy")
app.command(name="clean")(clean.clean)
app.add_typer(hook.app, name="hook")
app.add_typer(config.app, name="config")
