"""A person at a terminal: a real pty, its size, and what is typed."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING, Self

from tests.e2e.machine import environment

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 40.0
"""Seconds to wait for something to be shown."""


class Terminal:
    """devkit on a terminal of its own, whose keyboard is ``type``."""

    def __init__(self, *words: str, cwd: Path, rows: int = 33, columns: int = 77) -> None:
        self._master, slave = pty.openpty()
        self.shown = ""
        self.resize(rows, columns)
        self.process = subprocess.Popen(
            [sys.executable, "-c", _LEADER, sys.executable, "-m", "devkit", *words],
            cwd=cwd, env=environment() | {"TERM": "dumb"}, stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True,
        )  # fmt: skip
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)

    def resize(self, rows: int, columns: int) -> None:
        """Give the window another size."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._master, text.encode())

    def read_until(self, pattern: str) -> str:
        """Read on until a pattern has been shown; what it matched."""
        deadline = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.shown)):
            assert time.monotonic() < deadline, f"{pattern} is not in {self.shown!r}"
            self._read()
        self.shown = self.shown[found.end() :]
        return found[0]

    def end(self) -> int:
        """Read to the end; the exit code."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.shown
            self._read()
        return self.process.returncode

    def _read(self) -> None:
        if select.select([self._master], [], [], 0.1)[0]:
            try:
                self.shown += os.read(self._master, 65536).decode(errors="replace")
            except OSError:  # nobody has it open any more
                self.process.wait(PATIENCE)


# The session's leader takes the terminal for its own, as a login does.
_LEADER = """\
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
