"""Step 4: the release commands, in order, each in a container of its own."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from devkit.deployment.diagnosis import explain_log
from devkit.deployment.troubles import could_not_find_out
from devkit.errors import DevkitError, ReleaseCommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from devkit.ports import Completed, Stage

TIME_LIMIT = 30 * 60.0
"""Seconds that the cloud gives each release command."""

WHEN_SLOW = "Does the image's ENTRYPOINT start the server, whatever command it is given?"


async def run_release_commands(
    stage: Stage, commands: Sequence[str], *, on_line: Callable[[str], None]
) -> str:
    """Run the commands until one fails; nothing is rolled back, as in the cloud.

    Args:
        stage: Where the new image, the services and the variables are.
        commands: Each one is split as a shell splits words; no shell runs it.
        on_line: Called with each line of output.

    Returns:
        A few words on what ran.

    Raises:
        ReleaseCommandError: A command exited non-zero, or ran for over 30 minutes.
        CouldNotFindOutError: The engine could not run it.
    """
    for command in commands:
        done = await stage.run_command(shlex.split(command), on_line=on_line, timeout=TIME_LIMIT)
        if not done.ok:
            raise _explain(command, done)
    return ", ".join(commands) if commands else "none configured"


def _explain(command: str, done: Completed) -> DevkitError:
    beside = could_not_find_out(f"The release command `{command}` could not be run", done)
    if beside is not None:
        return beside
    if done.timed_out:
        ending = "ran longer than the 30 minutes that the cloud gives it"
    else:
        ending = f"exited with code {done.returncode}"
    return ReleaseCommandError(
        f"The release command `{command}` {ending}.",
        hint=explain_log(done.tail(200))
        or (WHEN_SLOW if done.timed_out else "See its last lines."),
        details=done.tail(),
    )
