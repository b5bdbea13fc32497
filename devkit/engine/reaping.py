"""Removes what a dead owner left: after a kill -9 or a reboot, the next command does it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.engine.ownership import OWNER_LABEL, RUN_LABEL, is_dead, parse_owner

if TYPE_CHECKING:
    from devkit.engine.docker import Docker

FOLDER_PREFIX = "devkit-verify-"
OWNER_FILE = "owner"


def run_folder(run: str) -> Path:
    """Where a run keeps its clone and its Compose document."""
    return Path(tempfile.gettempdir()) / run


def reap(docker: Docker) -> tuple[str, ...]:
    """Remove the runs of dead owners from the engine and from the temporary folder.

    Returns:
        The names of the runs that were removed.
    """
    dead = {*_dead_runs(docker), *_dead_folders()}
    for run in sorted(dead):
        docker.remove_run(RUN_LABEL, run)
        shutil.rmtree(run_folder(run), ignore_errors=True)
    return tuple(sorted(dead))


def _dead_runs(docker: Docker) -> set[str]:
    labels = docker.label_sets(RUN_LABEL)
    return {each[RUN_LABEL] for each in labels if _names_dead(each.get(OWNER_LABEL, ""))}


def _dead_folders() -> set[str]:
    found = set()
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        owner = folder / OWNER_FILE
        if owner.is_file() and not owner.is_symlink() and _names_dead(_text(owner)):
            found.add(folder.name)
    return found


def _names_dead(owner: str) -> bool:
    known = parse_owner(owner)
    return known is not None and is_dead(known)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
