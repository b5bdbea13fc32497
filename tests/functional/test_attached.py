"""What becomes of signals, with programs of this machine in place of docker's."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from devkit.engine import attached as module
from devkit.engine.attached import Delivery, attached

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

TELLS_PID = """\
import os, time
with open("pid", "w") as file:
    file.write(str(os.getpid()))
os.rename("pid", "there")
time.sleep(60)
"""
SLEEPS = [sys.executable, "-c", TELLS_PID]


def comes(condition: Callable[[], object]) -> bool:
    """Wait until something is so; False where it takes a minute."""
    until = time.monotonic() + 60
    while not condition() and time.monotonic() < until:
        threading.Event().wait(0.02)
    return bool(condition())


def raise_once(
    ready: Callable[[], object], number: int, *, times: int = 1, sent: Sequence[int] = ()
) -> None:
    """Signal ourselves when the program is ready, and again when that has been sent on.

    Before our own handler is there the signal would end the test run.
    """
    before = signal.getsignal(number)

    def tell() -> None:
        if not comes(lambda: signal.getsignal(number) is not before and ready()):
            return
        threading.Event().wait(0.1)  # a program may be quicker than the call that has started it
        for done in range(times):
            if comes(lambda done=done: len(sent) >= done):  # type: ignore[misc]
                os.kill(os.getpid(), number)

    threading.Thread(target=tell, daemon=True).start()


def test_the_exit_code_is_the_program_s(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit(7)"]
    ended = attached(command, cwd=tmp_path, env=os.environ, send=lambda _: Delivery.DONE)
    assert (ended.code, ended.signals, ended.lost) == (7, (), False)


def test_a_signal_that_nobody_takes_ends_the_command(tmp_path: Path) -> None:
    raise_once((tmp_path / "there").exists, signal.SIGTERM)
    ended = attached(SLEEPS, cwd=tmp_path, env=os.environ, send=lambda _: Delivery.IMPOSSIBLE)
    assert (ended.code, ended.signals, ended.lost) == (143, (signal.SIGTERM,), True)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize(("number", "times"), [(signal.SIGTERM, 1), (signal.SIGINT, 3)])
def test_a_program_that_goes_on_is_killed_in_the_end(
    number: int, times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE", 0.5)
    sent: list[int] = []
    pid: list[int] = []
    raise_once(lambda: pid, number, times=times, sent=sent)

    def send(sent_number: int) -> Delivery:
        if sent_number == 0:
            return Delivery.NOBODY
        sent.append(sent_number)
        if sent_number == signal.SIGKILL:
            os.kill(pid[0], signal.SIGKILL)
        return Delivery.DONE

    def learn() -> None:
        if comes((tmp_path / "there").exists):
            pid.append(int((tmp_path / "there").read_text()))

    threading.Thread(target=learn, daemon=True).start()
    ended = attached(SLEEPS, cwd=tmp_path, env=os.environ, send=send)

    assert ended.code == 137
    assert sent == [number] * min(times, 2) + [signal.SIGKILL]
    assert ended.signals == (number,) * times
