"""The release commands, on demand: what ``devkit migrate`` does.

Without Typer, whose import takes as long as half of a command's own start.
"""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING

from devkit.cli.finishing import finish
from devkit.cli.local import one_off, settled_stack
from devkit.errors import InterruptedByUserError, ReleaseCommandError

if TYPE_CHECKING:
    from devkit.cli.session import Session


def run_release_commands(session: Session) -> None:
    """Run those of devkit.yaml, in order, in one-off containers.

    Raises:
        ReleaseCommandError: One exits with another code than 0; those after it are not run.
        InterruptedByUserError: A signal ended one.
        DevkitError: As devkit.cli.local.settled_stack and one_off say.
    """
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
