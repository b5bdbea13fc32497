"""Commands that are waited for: on our own terminal, or for their output.

Without asyncio, whose import a quick command would notice; devkit.engine.process has the rest.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING

from devkit.errors import CouldNotFindOutError, InterruptedByUserError
from devkit.ports import Completed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import IO

STDOUT = 1
STDERR = 2
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE = 3.0
"""Seconds for a command to end by itself after a signal."""
_CLEARS_LINE = b"\x1b[2K"


def foreground(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    aside: bool = False,
    plain: bool = False,
) -> int:
    """Run a command on our own terminal, as a shell would, and return its exit code.

    It shares our process group, so that Ctrl-C reaches it from the terminal; SIGTERM and
    SIGHUP are handed on to it. After a signal it has ``GRACE`` seconds to end by itself.

    Args:
        command: The argument list.
        cwd: The folder to run it in.
        env: Its whole environment; None for ours.
        aside: Whether its output goes to stderr, because stdout carries JSON lines.
        plain: Whether its lines go through us, to lose the sequence that clears a terminal's
            line before they are written to it.

    Raises:
        CouldNotFindOutError: The program is not on the PATH.
        InterruptedByUserError: A signal came; the command has ended.
    """
    stdout = subprocess.PIPE if plain else STDERR if aside else None
    with on_the_path(command):
        child = subprocess.Popen(command, cwd=cwd, env=env, stdout=stdout)
    with child, _signals_raised():
        try:
            if child.stdout is not None:
                _hand_on(child.stdout)
            code = child.wait()
        except InterruptedByUserError as stopped:
            if child.stdout is not None:
                child.stdout.close()  # that it does not wait for us to read
            _end(child, stopped.signal_number)
            raise
    return 128 - code if code < 0 else code


def _hand_on(lines: IO[bytes]) -> None:
    """Write lines to stdout as they come; where nobody reads any more, the writer learns it."""
    try:
        for line in lines:
            left = line.removeprefix(_CLEARS_LINE)
            while left:
                left = left[os.write(STDOUT, left) :]
    except BrokenPipeError:
        lines.close()


@contextlib.contextmanager
def _signals_raised() -> Iterator[None]:
    """Make the first signal an exception, and pass over those that follow it."""

    def on_signal(number: int, _frame: object) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise InterruptedByUserError(number)

    wanted = [each for each in SIGNALS if signal.getsignal(each) is not signal.SIG_IGN]
    previous = {each: signal.signal(each, on_signal) for each in wanted}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _end(child: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        if number != signal.SIGINT:  # which the terminal has sent to it, too
            child.send_signal(number)
    for end in (child.terminate, child.kill):
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            end()


def ask(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
    fed: bytes = b"",
    stderr: int = subprocess.PIPE,
) -> Completed:
    """Run a short command to its end and return what it wrote to stdout.

    Where it fails its stderr follows; warnings of a command that succeeds are nobody's data.
    It runs in a session of its own: Ctrl-C is for us, who then decide what becomes of it.

    Args:
        command: The argument list.
        cwd: The folder to run it in.
        env: Its whole environment; None for ours.
        timeout: Seconds after which it is killed; None for no limit.
        fed: What it reads from stdin.
        stderr: ``STDOUT`` where that is data as well, each line where it was written; ``DEVNULL``
            where it is nobody's even of a command that fails.

    Raises:
        CouldNotFindOutError: The program is not on the PATH, or it took too long.
    """
    try:
        with on_the_path(command):
            done = subprocess.run(
                command,
                cwd=cwd,
                env=env,
                input=fed,
                stdout=subprocess.PIPE,
                stderr=stderr,
                check=False,
                start_new_session=True,
                timeout=timeout,
            )
    except subprocess.TimeoutExpired:
        words = " ".join(command[:2])
        raise CouldNotFindOutError(f"`{words}` gave no answer within {timeout:.0f} s.") from None
    told = done.stdout if done.returncode == 0 else done.stdout + (done.stderr or b"")
    return Completed(returncode=done.returncode, output=told.decode(errors="replace"))


@contextlib.contextmanager
def on_the_path(command: Sequence[str]) -> Iterator[None]:
    """Say it in a sentence where a command's program is not there.

    Raises:
        CouldNotFindOutError: It is not on the PATH.
    """
    try:
        yield
    except FileNotFoundError as error:
        if error.filename != command[0]:  # the folder to run in
            raise
        hint = "Install Docker Engine or Docker Desktop." if command[0] == "docker" else ""
        raise CouldNotFindOutError(
            f"The `{command[0]}` command is not on the PATH.", hint=hint
        ) from None
