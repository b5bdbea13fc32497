"""Step 4: the release commands, in order, each in a container of its own."""

from __future__ import annotations

import asyncio
import shlex
from collections import deque
from typing import TYPE_CHECKING

from devkit.deployment.diagnosis import Evidence, State, diagnose, parse_listeners
from devkit.deployment.diagnosis.log_causes import names_a_server
from devkit.deployment.events import Step
from devkit.deployment.troubles import could_not_find_out
from devkit.errors import CouldNotFindOutError, DevkitError, ReleaseCommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from devkit.ports import Clock, Completed, Stage

TIME_LIMIT = 30 * 60.0
"""Seconds that the cloud gives each release command."""

LOG_LINES = 200

FIRST_LOOK = 10.0
"""Seconds after which a release command is looked at: does it listen, as a server does?"""
LOOK_PERIOD = 5.0
LOOKS = 2
"""So many looks in a row have to find a listener: a command may start a server and end it."""


async def run_release_commands(
    stage: Stage,
    commands: Sequence[str],
    *,
    port: int,
    clock: Clock,
    on_line: Callable[[str], None],
) -> str:
    """Run the commands until one fails; nothing is rolled back, as in the cloud.

    Args:
        stage: Where the new image, the services and the variables are.
        commands: Each one is split as a shell splits words; no shell runs it.
        port: The gate's; a release command that listens there is a server.
        clock: When to look for that.
        on_line: Called with each line of output.

    Returns:
        A few words on what ran.

    Raises:
        ReleaseCommandError: A command exited non-zero, ran for over 30 minutes, or turns out
            to be a server.
        CouldNotFindOutError: The engine could not run it.
    """
    for command in commands:
        await _run(stage, command, port=port, clock=clock, on_line=on_line)
    return ", ".join(commands) if commands else "none configured"


async def _run(
    stage: Stage, command: str, *, port: int, clock: Clock, on_line: Callable[[str], None]
) -> None:
    said: deque[str] = deque(maxlen=LOG_LINES)

    def hear(line: str) -> None:
        said.append(line)
        on_line(line)

    running = asyncio.ensure_future(
        stage.run_command(shlex.split(command), on_line=hear, timeout=TIME_LIMIT)
    )
    watching = asyncio.ensure_future(_until_it_serves(stage, port, clock, said))
    try:
        await asyncio.wait({running, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            raise _is_a_server(stage, command, watching.result(), tuple(said))
        done = running.result()
    finally:
        running.cancel()
        watching.cancel()
        await asyncio.gather(running, watching, return_exceptions=True)
    if not done.ok:
        raise _explain(stage, command, done)


async def _until_it_serves(stage: Stage, port: int, clock: Clock, said: deque[str]) -> int:
    """Wait until the command is found to be a server; the port that it listens on."""
    await clock.sleep(FIRST_LOOK)
    found: list[int] = []
    while True:
        heard = await _heard(stage, port, said)
        found = [*found, heard] if heard is not None else []
        if len(found) >= LOOKS:
            return found[-1]
        await clock.sleep(LOOK_PERIOD)


async def _heard(stage: Stage, port: int, said: deque[str]) -> int | None:
    """The port that the command listens on as a server: the gate's, or another that it names."""
    try:
        text = await stage.command_listeners()
    except CouldNotFindOutError:  # that the look failed says nothing of the command
        return None
    evidence = Evidence(port=port, listeners=parse_listeners(text))
    if evidence.on_the_port:
        return port
    if evidence.heard and names_a_server(said):
        return evidence.heard[0].port
    return None


def _is_a_server(stage: Stage, command: str, port: int, said: tuple[str, ...]) -> DevkitError:
    evidence = Evidence(
        step=Step.RELEASE, state=State.SERVES, port=port, log=said, background=stage.background
    )
    return _error(f"The release command `{command}` would never end.", evidence)


def _explain(stage: Stage, command: str, done: Completed) -> DevkitError:
    beside = could_not_find_out(f"The release command `{command}` could not be run", done)
    if beside is not None:
        return beside
    if done.timed_out:
        ending = "ran longer than the 30 minutes that the cloud gives it"
    else:
        ending = f"exited with code {done.returncode}"
    evidence = Evidence(
        step=Step.RELEASE,
        state=State.TIME_IS_UP if done.timed_out else State.EXITED,
        exit_code=None if done.timed_out else done.returncode,
        log=done.tail(LOG_LINES),
        background=stage.background,
    )
    return _error(f"The release command `{command}` {ending}.", evidence)


def _error(message: str, evidence: Evidence) -> ReleaseCommandError:
    found = diagnose(evidence)
    return ReleaseCommandError(
        message,
        hint=str(found or ""),
        details=evidence.log[-20:],
        cause=found.name if found else "",
    )
