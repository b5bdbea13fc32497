"""Runs programs in containers: in one that is up, or in one of their own."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from devkit.compose.inside import execute, send
from devkit.engine.attached import Delivery, Ended, attached, has_terminal
from devkit.engine.commands import ask
from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from devkit.compose.inside import Inside

PATIENCE = 20.0
"""Seconds for the engine to take a signal."""
NOT_STARTED = 1
"""How Compose ends where a container of its own could not be started, among other things."""
NOT_FOUND = 127
_NOT_THERE = 3
_FIND = f"""\
case $1 in
  */*) test -e "$1" ;;
  *) command -v -- "$1" >/dev/null ;;
esac || exit {_NOT_THERE}
"""


def run_inside(
    where: Inside,
    words: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    aside: bool = False,
    terminal: bool = True,
) -> Ended:
    """Run words in a container that is up; nothing of them outlives a signal that ends us.

    Args:
        where: The container, and how.
        words: The command.
        cwd: Where docker runs.
        env: Its whole environment.
        aside: Whether its output goes to stderr.
        terminal: Whether it may have a terminal, where there is one.

    Raises:
        CouldNotFindOutError: There is no docker command.
    """
    mark = secrets.token_hex(16)

    def deliver(number: int) -> Delivery:
        done = _asked(send(where, str(number), mark=mark), cwd, env)
        # Without sh docker ends with 126 or 127, without the container with 1.
        if done == 0:
            return Delivery.DONE
        return Delivery.NOBODY if done == 1 else Delivery.IMPOSSIBLE

    tty = terminal and has_terminal(aside=aside)
    command = execute(where, words, mark=mark, tty=tty)
    return attached(command, cwd=cwd, env=env, send=deliver, aside=aside)


def is_absent(program: str, where: Inside, *, cwd: Path, env: Mapping[str, str]) -> bool:
    """Whether a container that is up lacks a program; one without sh does not tell.

    Args:
        program: The first word of a command, which docker could not start.
        where: The container, and how the command was to run.
        cwd: Where docker runs.
        env: Its whole environment.
    """
    look = execute(where, ["sh", "-c", _FIND, "sh", program], mark=secrets.token_hex(16), tty=False)
    return _asked(look, cwd, env) == _NOT_THERE


def run_one_off(
    command: Sequence[str], *, name: str, cwd: Path, env: Mapping[str, str], aside: bool = False
) -> Ended:
    """Run a ``docker compose run``; after a signal its container is gone, heeded or not.

    Args:
        command: The argument list.
        name: The container's name.
        cwd: Where it runs.
        env: Its whole environment.
        aside: Whether its output goes to stderr.

    Raises:
        CouldNotFindOutError: There is no docker command.
    """

    def deliver(number: int) -> Delivery:
        if number == 0:
            there = _asked(["docker", "top", name], cwd, env)
        else:
            there = _asked(["docker", "kill", "--signal", str(number), name], cwd, env)
        return Delivery.DONE if there == 0 else Delivery.NOBODY

    ended = attached(command, cwd=cwd, env=env, send=deliver, aside=aside)
    if ended.signals:
        _asked(["docker", "rm", "--force", "--volumes", name], cwd, env)
    return ended


def is_missing(program: str, *, name: str, since: float, cwd: Path, env: Mapping[str, str]) -> bool:
    """Whether a one-off container was not started because its image lacks the program.

    Args:
        program: The first word of the command.
        name: The container's name; it may be gone.
        since: Seconds since the epoch, before it was made.
        cwd: Where docker runs.
        env: Its whole environment.
    """
    events = [
        "docker", "events", "--since", f"{since:.3f}", "--until", f"{time.time():.3f}",
        "--filter", f"container={name}", "--format", "{{.Action}} {{.From}}",
    ]  # fmt: skip
    told = [line.split() for line in ask(events, cwd=cwd, env=env).output.splitlines()]
    made = {action: image for action, *image in told}
    if "start" in made or not made.get("create"):
        return False
    image = made["create"][0]
    found = f'command -v -- "$1" >/dev/null || exit {_NOT_THERE}'
    look = ["docker", "run", "--rm", "--network", "none", "--entrypoint", "sh", image, "-c", found]
    return ask([*look, "sh", program], cwd=cwd, env=env).returncode == _NOT_THERE


def _asked(words: Sequence[str], cwd: Path, env: Mapping[str, str]) -> int:
    try:
        return ask(words, cwd=cwd, env=env, timeout=PATIENCE).returncode
    except CouldNotFindOutError:
        return -1
