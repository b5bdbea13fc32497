"""The scripts that put a database's files in the place of others, with every move failing once."""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from devkit.data.filecopies import IN_BETWEEN, NEW_FILES, SWAP_IN, TIDY

if TYPE_CHECKING:
    from pathlib import Path

OLD = {"PG_VERSION": "15", "base/1": "old rows", "pg_wal/0001": "old", ".hidden": "old"}
NEW = {"PG_VERSION": "15", "base/1": "new rows", "base/2": "more", "global/1": "new", ".other": "n"}
MOVES = 1 + 4 + 4
"""Of each entry of the old, of the new ones' folder, and of each entry of the new."""
MV = """\
#!/bin/sh
echo x >> "$COUNTED"
[ "$(wc -l < "$COUNTED")" -ne "$AT" ] || eval "$THEN"
PATH="$REAL" exec mv "$@"
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A server's folder with the old files, and the new ones beside them."""
    folder = tmp_path / "pgdata"
    write(folder, OLD)
    write(folder / NEW_FILES, NEW)
    (folder / "link").symlink_to("/nowhere")
    return folder


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def files_in(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in found}


def run(script: str, place: Path, *, at: int = 0, then: str = ":") -> int:
    """Run a script; at a certain move something happens."""
    programs = place.parent / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "mv").write_text(MV)
    (programs / "mv").chmod(stat.S_IRWXU)
    counted = place.parent / "counted"
    counted.write_text("")
    real = os.environ["PATH"]
    env = {"PATH": f"{programs}:{real}", "REAL": real, "FROM": str(place), "AT": str(at),
           "THEN": then, "COUNTED": str(counted)}  # fmt: skip
    return subprocess.run(["sh", "-c", script], env=env, check=False).returncode


def test_the_new_files_take_the_place_of_the_old(place: Path) -> None:
    assert run(SWAP_IN, place) == 0
    assert files_in(place) == NEW
    assert not (place / "link").is_symlink()


@pytest.mark.parametrize("at", range(1, MOVES + 2))
def test_a_move_that_fails_changes_nothing_or_is_told(place: Path, at: int) -> None:
    code = run(SWAP_IN, place, at=at, then="exit 1")
    if code == IN_BETWEEN:
        run(TIDY, place)
        assert files_in(place) == NEW
    else:
        assert code != 0
        assert files_in(place) == OLD
        assert (place / "link").is_symlink()


@pytest.mark.parametrize("at", range(1, MOVES + 2))
def test_what_a_kill_leaves_is_made_whole(place: Path, at: int) -> None:
    assert run(SWAP_IN, place, at=at, then="kill -9 $PPID; exit 1") == -9
    assert run(TIDY, place) == 0
    assert files_in(place) in (OLD, NEW)
    assert {path.name for path in place.iterdir()} >= {"PG_VERSION", "base"}
