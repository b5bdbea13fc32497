"""``devkit exec``: a command in a container that is up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from devkit.cli.completing import complete_service

if TYPE_CHECKING:
    from devkit.cli.session import Session


def exec_command(
    ctx: typer.Context,
    command: Annotated[list[str], typer.Argument(metavar="COMMAND")],
    *,
    service: Annotated[
        str,
        typer.Option(
            "--service", "-s", help="In this service; else web.", autocompletion=complete_service
        ),
    ] = "",
    user: Annotated[str, typer.Option("--user", "-u", help="As this user.")] = "",
    workdir: Annotated[str, typer.Option("--workdir", "-w", help="In this folder.")] = "",
    env: Annotated[
        list[str] | None, typer.Option("--env", "-e", help="NAME=value; may be given again.")
    ] = None,
    no_tty: Annotated[
        bool, typer.Option("--no-tty", "-T", help="Without a terminal, even where there is one.")
    ] = False,
) -> None:
    """Run COMMAND... in the running web container, and exit with its code.

    Options stand before the command; all that follows goes to it untouched. Input, output,
    terminal and signals are handed on.
    """
    from devkit.cli.inside import ExecOptions, exec_code  # noqa: PLC0415 - `--help` imports this

    session: Session = ctx.obj
    options = ExecOptions(
        service=service, user=user, workdir=workdir, env=tuple(env or ()), no_tty=no_tty
    )
    raise typer.Exit(exec_code(session, command, options))
