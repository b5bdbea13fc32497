"""Removes what a dead owner left: after a kill -9 or a reboot, the next rehearsal does it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.engine.clearing import clear_run
from devkit.engine.images import forget_run_tag
from devkit.engine.ownership import OWNER_LABEL, RUN_LABEL, is_dead, parse_owner
from devkit.engine.process import run

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER_PREFIX = "devkit-verify-"
OWNER_FILE = "owner"
IMAGE_FILE = "image"
"""The run's own image reference, so that it can be removed with the rest."""

_RUN_NAME = re.compile(r"devkit-verify-[0-9a-f]{10}")
_REFERENCE = re.compile(r"devkit/[a-z0-9_-]+:verify-[0-9a-f]{10}")
_LIMIT = 60.0
_FORMAT = f'{{{{.Label "{RUN_LABEL}"}}}}\t{{{{.Label "{OWNER_LABEL}"}}}}'
_LISTS = (("ps", "--all"), ("network", "ls"), ("volume", "ls"))


def run_folder(name: str) -> Path:
    """Where a run keeps its clone and its Compose document."""
    return Path(tempfile.gettempdir()) / name


async def reap(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Remove the runs of dead owners from the engine and from the temporary folder.

    Housekeeping: what cannot be removed now is left to the next time.

    Args:
        environment: The environment of the docker commands.

    Returns:
        The names of the runs.
    """
    folders = await asyncio.to_thread(_dead_folders)
    dead = sorted({*await _dead_runs(environment), *folders})
    for name in dead:
        await clear_run(name, environment)
    for name, reference in folders.items():
        await forget_run_tag(reference, environment)
        await asyncio.to_thread(shutil.rmtree, run_folder(name), ignore_errors=True)
    return tuple(dead)


async def _dead_runs(environment: Mapping[str, str]) -> set[str]:
    label = ("--filter", f"label={RUN_LABEL}", "--format", _FORMAT)
    listed = await asyncio.gather(
        *(run(["docker", *words, *label], env=environment, timeout=_LIMIT) for words in _LISTS)
    )
    lines = [line for done in listed if done.ok for line in done.output.splitlines()]
    pairs = (line.partition("\t") for line in lines)
    return {name for name, _, owner in pairs if _is_ours(name) and _names_dead(owner)}


def _dead_folders() -> dict[str, str]:
    """The folders of dead runs, and the image reference of each."""
    found = {}
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        owner = folder / OWNER_FILE
        if not _is_ours(folder.name) or not _is_own_folder(folder):
            continue
        if owner.is_file() and _names_dead(_text(owner)):
            reference = _text(folder / IMAGE_FILE)
            found[folder.name] = reference if _REFERENCE.fullmatch(reference) else ""
    return found


def _is_own_folder(folder: Path) -> bool:
    # The temporary folder is everybody's: another user's may hold a pipe that never ends.
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def _is_ours(name: str) -> bool:
    # A label may say anything: containers inherit those of their images.
    return _RUN_NAME.fullmatch(name) is not None


def _names_dead(owner: str) -> bool:
    known = parse_owner(owner)
    return known is not None and is_dead(known)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
