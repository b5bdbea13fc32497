"""The project's lock where it cannot be had: said, and never replaced by one that goes stale."""

from __future__ import annotations

import errno
import fcntl
import os
from typing import TYPE_CHECKING

import pytest

from devkit.engine.locks import project_lock
from devkit.errors import CouldNotFindOutError
from tests.functional.disks import read_only, small_disk

if TYPE_CHECKING:
    from pathlib import Path


def test_a_disk_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(fcntl, "flock", missing)
    with (
        pytest.raises(
            CouldNotFindOutError, match=r"lock could not be locked: .*implemented"
        ) as told,
        project_lock(tmp_path),
    ):
        pass
    assert "NFS" in told.value.hint


def test_a_lock_service_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", missing)
    with pytest.raises(CouldNotFindOutError, match="no locks available"), project_lock(tmp_path):
        pass


@pytest.mark.parametrize("started_before", [False, True])
def test_a_read_only_project(started_before: bool, tmp_path: Path) -> None:
    root = tmp_path / "disk"
    with small_disk(root):
        if started_before:
            with project_lock(root):
                pass
        with (
            read_only(root),
            pytest.raises(CouldNotFindOutError, match="read-only file system"),
            project_lock(root),
        ):
            pass
