"""``devkit migrate``: the release commands, on demand."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import typer  # noqa: TC002 - Typer reads the annotations

from devkit.errors import InterruptedByUserError, ReleaseCommandError

if TYPE_CHECKING:
    from devkit.cli.session import Session


def migrate(ctx: typer.Context) -> None:
    """Run the release commands of devkit.yaml, in order, in one-off containers.

    Starts the database where it is down, and stops at the first command that fails.
    """
    import shlex  # noqa: PLC0415 - `devkit --help` imports this module

    from devkit.cli.finishing import finish  # noqa: PLC0415
    from devkit.cli.local import one_off, settled_stack  # noqa: PLC0415

    session: Session = ctx.obj
    stack = settled_stack(session)
    if not stack.project.release:
        session.say("devkit.yaml names no release commands: nothing to run.")
    for command in stack.project.release:
        session.say(f"$ {command}")
        began = time.monotonic()
        ended = one_off(session, stack, shlex.split(command))
        if ended.signals:
            raise InterruptedByUserError(ended.signals[0])
        if ended.code != 0:
            raise ReleaseCommandError(
                f"The release command `{command}` exited with code {ended.code}.",
                hint="The commands after it were not run; those before it are not undone.",
            )
        session.say(f"  done in {time.monotonic() - began:.1f} s")
    finish(session)
