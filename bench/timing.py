"""Runs commands in turn, A B C C B A, so that a machine whose speed drifts is fair to all."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


def alternate(
    commands: Mapping[str, Sequence[str]],
    *,
    runs: int,
    cwd: Path,
    warm_up: int = 1,
    before_turn: Callable[[int], None] = lambda _: None,
    before_each: Callable[[], None] = lambda: None,
) -> dict[str, list[float]]:
    """Time each command ``runs`` times in turn, after ``warm_up`` rounds that do not count.

    Every other round goes backwards: what comes after a command is not always the same one.

    Returns:
        Wall-clock seconds of each run, by the command's name.
    """
    timings: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(warm_up + runs):
        before_turn(turn)
        for name, words in list(commands.items())[:: -1 if turn % 2 else 1]:
            before_each()
            seconds = timed(words, cwd=cwd)
            print(f"{turn}: {name} {seconds:.3f} s", file=sys.stderr)
            if turn >= warm_up:
                timings[name].append(seconds)
    return timings


def timed(words: Sequence[str], *, cwd: Path) -> float:
    """Wall-clock seconds of a command, which has to succeed."""
    began = time.perf_counter()
    done = subprocess.run(words, cwd=cwd, capture_output=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        raise SystemExit(f"{words} failed: {done.stdout.decode()}{done.stderr.decode()}")
    return seconds


def report(timings: Mapping[str, Sequence[float]], *, against: str) -> None:
    """Print minimum, median and maximum, and each median beside that of ``against``."""
    base = statistics.median(timings[against])
    width = max(map(len, timings))
    print(f"{'':{width}}  {'min':>7} {'median':>7} {'max':>7} {'ratio':>6} {'more':>8}")
    for name, seconds in timings.items():
        median = statistics.median(seconds)
        print(
            f"{name:{width}}  {min(seconds):7.3f} {median:7.3f} {max(seconds):7.3f}"
            f" {median / base:6.2f} {median - base:+7.3f}s"
        )
