"""Another user than the one who runs the tests, for whom root may read everything."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY = 65534


@contextmanager
def as_nobody() -> Iterator[None]:
    """As a user who may not read what others keep for themselves."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def give_to_nobody(folder: Path) -> None:
    """Make all of a folder that user's, where root runs the tests."""
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)


def let_pass(folder: Path) -> None:
    """Let others come to a test's own folder."""
    for parent in (folder, *list(folder.parents)[:3]):
        parent.chmod(stat.S_IMODE(parent.stat().st_mode) | 0o011)
