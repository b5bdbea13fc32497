"""``devkit run``: any command in a one-off web container."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from devkit.errors import UsageError

if TYPE_CHECKING:
    from devkit.cli.session import Session

HELP_WORDS = frozenset({"--help", "-h"})


def run(ctx: typer.Context) -> None:
    """Run COMMAND... in a one-off container of the web image, and exit with its code.

    All that follows `run` goes to the command untouched.
    """
    from devkit.cli.local import one_off, settled_stack  # noqa: PLC0415

    session: Session = ctx.obj
    words = ctx.args[1:] if ctx.args[:1] == ["--"] else ctx.args
    if not words:
        raise UsageError("devkit run needs a command.", hint="devkit run python manage.py shell")
    if ctx.args[0] in HELP_WORDS:
        typer.echo(ctx.get_help())
        raise typer.Exit
    stack = settled_stack(session)
    raise typer.Exit(one_off(session, stack, words).code)
