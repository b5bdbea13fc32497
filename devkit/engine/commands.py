"""Commands that are waited for: on our own terminal, or for their output.

Without asyncio, whose import a quick command would notice; devkit.engine.process has the rest.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
from typing import TYPE_CHECKING

from devkit.ports import Completed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def foreground(command: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None) -> int:
    """Run a command on our own terminal, as a shell would, and return its exit code.

    It shares our process group, so that Ctrl-C reaches it from the terminal; SIGTERM and
    SIGHUP are handed on to it. Its exit code is 128 and the number where a signal ended it.
    """
    child = subprocess.Popen(command, cwd=cwd, env=env)

    def hand_on(number: int, _frame: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(number)

    with child:
        previous = {n: signal.signal(n, hand_on) for n in (signal.SIGTERM, signal.SIGHUP)}
        previous[signal.SIGINT] = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            code = child.wait()
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
    return 128 - code if code < 0 else code


def ask(command: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None) -> Completed:
    """Run a short command to its end and return what it wrote.

    Raises:
        FileNotFoundError: The program is not on the PATH.
    """
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return Completed(returncode=done.returncode, output=done.stdout.decode(errors="replace"))
