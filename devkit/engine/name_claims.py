"""Which folder of this person's has which Compose project's name.

Containers tell it while they are there. A project that is down, and has its database still, and one
that is being started at this very moment, are known by a note in the person's state folder.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.engine.commands import ask
from devkit.engine.ownership import Life, life_of, parse_owner, this_process
from devkit.engine.turns import turn
from devkit.engine.witnesses import state_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

_SUBJECT = "names"


def choosing(environment: Mapping[str, str]) -> AbstractContextManager[None]:
    """Let one of this person's devkits at a time choose a name."""
    return turn(_SUBJECT, environment)


def claim(name: str, root: Path, environment: Mapping[str, str]) -> None:
    """Note that a name is this folder's from now on."""
    path = _folder(environment) / f"{name}.json"
    with contextlib.suppress(OSError):
        text = json.dumps({"folder": str(root), "owner": str(this_process())})
        path.write_text(text, encoding="utf-8")


def is_claimed(name: str, root: Path, environment: Mapping[str, str]) -> bool:
    """Whether another folder has a name, which is there and would miss it.

    That is where its devkit is at work just now, or where the engine has volumes of that name.
    """
    try:
        told = json.loads((_folder(environment) / f"{name}.json").read_text(encoding="utf-8"))
        folder, owner = Path(str(told["folder"])), parse_owner(str(told["owner"]))
    except (OSError, ValueError, LookupError, TypeError):
        return False
    if folder == root or not folder.is_dir():
        return False
    if owner is not None and life_of(owner) is Life.LIVING:
        return True
    label = f"label=com.docker.compose.project={name}"
    words = ["docker", "volume", "ls", "--quiet", "--filter", label]
    return bool(ask(words, cwd=root, env=environment).output.strip())


def _folder(environment: Mapping[str, str]) -> Path:
    return state_folder(environment).with_name(_SUBJECT)
