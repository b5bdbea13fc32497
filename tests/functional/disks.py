"""Disks that are full or read-only, for tests that may mount."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Make a folder a file system of 200 KB; skips the test where that takes more rights."""
    folder.mkdir()
    if os.geteuid() != 0 or not _mount("-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)):
        pytest.skip("cannot mount")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a small disk read-only for a while."""
    assert _mount("-o", "remount,ro", str(folder))
    try:
        yield
    finally:
        assert _mount("-o", "remount,rw", str(folder))


def _mount(*arguments: str) -> bool:
    done = subprocess.run(["mount", *arguments], capture_output=True, check=False)
    return done.returncode == 0
