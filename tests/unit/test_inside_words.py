from __future__ import annotations

import os
import subprocess
import sys

from devkit.compose.inside import MARK, Inside, execute, send

WHERE = Inside(container="c0ffee", user="app", folder="/srv", variables=("A=1 2", "B"))


def test_the_command_stands_last_and_whole() -> None:
    words = ["sh", "", "--", "--tty", "a b"]
    command = execute(WHERE, words, mark="m", tty=False)
    assert command[command.index("c0ffee") :] == ["c0ffee", *words]
    assert "--tty" not in command[: command.index("c0ffee")]
    assert "--tty" in execute(WHERE, ["sh"], mark="m", tty=True)


def script(mark: str, signal: str) -> list[str]:
    """What is run in the container, here."""
    command = send(WHERE, signal, mark=mark)
    return command[command.index("c0ffee") + 1 :]


def test_the_marked_processes_alone_get_the_signal() -> None:
    sleep = [sys.executable, "-c", "print(flush=True); import time; time.sleep(60)"]
    marked, other = (
        subprocess.Popen(sleep, env=os.environ | {MARK: mark}, stdout=subprocess.PIPE)
        for mark in (f"one-{os.getpid()}", f"two-{os.getpid()}")
    )
    for each in (marked, other):
        assert each.stdout is not None
        each.stdout.readline()
    try:
        assert subprocess.run(script(f"one-{os.getpid()}", "0"), check=False).returncode == 0
        assert subprocess.run(script(f"one-{os.getpid()}", "15"), check=False).returncode == 0
        assert marked.wait(10) == -15
        assert other.poll() is None
        assert subprocess.run(script(f"one-{os.getpid()}", "15"), check=False).returncode == 1
    finally:
        for each in (marked, other):
            each.kill()
            each.communicate()
