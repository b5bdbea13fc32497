"""Programs in containers on our own terminal, whom the signals that we get are sent on to."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from devkit.engine.commands import STDERR, on_the_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from types import FrameType

SIGNALS = (
    signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2,
)  # fmt: skip
ENDING = frozenset({signal.SIGTERM, signal.SIGHUP})
"""After one of these a program that goes on is killed, as docker does; Ctrl-C is a request."""
GRACE = 10.0
"""Seconds between such a signal and SIGKILL, as ``docker stop`` has it."""
MOST_CTRL_C = 3
"""The third Ctrl-C kills: two have a meaning to many programs."""
LOOK_EVERY = 0.2
"""Seconds between two looks for a program that has not started yet, or not ended yet."""
PATIENCE = 3.0
"""Seconds after which a program that cannot be found is given up."""


class Delivery(Enum):
    """What became of a signal."""

    DONE = "delivered"
    NOBODY = "no such program runs"
    IMPOSSIBLE = "the container has nothing that could deliver it"


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a program ended.

    Attributes:
        code: Its exit code; 128 and the signal's number where a signal ended it.
        signals: Those that we got meanwhile, in order.
        lost: Whether one of them could not be handed on, so that the docker command was ended.
    """

    code: int
    signals: tuple[int, ...] = ()
    lost: bool = False


def has_terminal(*, aside: bool) -> bool:
    """Whether a program is to have a terminal: both ends of it have to be there.

    Args:
        aside: Whether its output goes to stderr, because stdout carries JSON lines.
    """
    return not aside and os.isatty(0) and os.isatty(1)


def attached(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    send: Callable[[int], Delivery],
    aside: bool = False,
) -> Ended:
    """Run a docker command whose program is in a container, and return how that has ended.

    Without a terminal the command is kept from the signals of our process group: it would end
    and leave its program running.

    Args:
        command: The argument list; its program is given our stdin.
        cwd: The folder to run it in.
        env: Its whole environment.
        send: Sends a signal, by its number, to the program in its container; 0 only looks.
        aside: Whether its output goes to stderr, because stdout carries JSON lines.

    Raises:
        CouldNotFindOutError: The command is not on the PATH.
    """
    # Of another session it could not be stopped, and would go on reading a terminal in our place.
    apart = not os.isatty(0)
    forwarding = _Forwarding(send)
    with forwarding.armed():
        with on_the_path(command):
            child = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdout=STDERR if aside else None,
                start_new_session=apart,
            )
        with child:
            forwarding.child = child
            code = child.wait()
            forwarding.finish()
    received = tuple(forwarding.received)
    if received and not apart and not has_terminal(aside=aside):
        code = 128 + received[0]  # the docker command has had it, too, and did not wait
    return Ended(code=128 - code if code < 0 else code, signals=received, lost=forwarding.lost)


class _Forwarding:
    """Sends on what we get, in threads: a handler may come at any time, and cannot wait."""

    def __init__(self, send: Callable[[int], Delivery]) -> None:
        self.received: list[int] = []
        self.child: subprocess.Popen[bytes] | None = None
        self.lost = False
        self._send = send
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []

    @contextlib.contextmanager
    def armed(self) -> Iterator[None]:
        wanted = [each for each in SIGNALS if signal.getsignal(each) is not signal.SIG_IGN]
        previous = {each: signal.signal(each, self._on_signal) for each in wanted}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def finish(self) -> None:
        """The docker command is over; see that its program is, where we were to end it."""
        self._ended.set()
        for thread in self._threads:
            thread.join()
        if self.received and self._outlives():
            self._send(signal.SIGKILL)

    def _outlives(self) -> bool:
        waiting = threading.Event()
        for _ in range(int(GRACE / LOOK_EVERY)):
            if self._send(0) is not Delivery.DONE:
                return False
            waiting.wait(LOOK_EVERY)
        return True

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.received.append(number)
        if self.received.count(signal.SIGINT) >= MOST_CTRL_C:
            number = signal.SIGKILL
        thread = threading.Thread(target=self._deliver, args=(number,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _deliver(self, number: int) -> None:
        for _ in range(int(PATIENCE / LOOK_EVERY)):
            delivery = self._send(number)
            if delivery is not Delivery.NOBODY or self._ended.wait(LOOK_EVERY):
                break
        if delivery is not Delivery.DONE and not self._ended.is_set():
            self._end_command()
        if number in ENDING and not self._ended.wait(GRACE):
            self._send(signal.SIGKILL)

    def _end_command(self) -> None:
        """Nobody else takes the signal."""
        self.lost = True
        if self.child is not None:
            with contextlib.suppress(ProcessLookupError):
                self.child.terminate()
