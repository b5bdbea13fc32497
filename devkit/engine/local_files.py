"""Keeps what is this machine's own about a project in ``.devkit/``."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from devkit.compose.hosts import address
from devkit.compose.local import LocalSettings
from devkit.compose.own_override import own_override
from devkit.engine.reading import read_bounded
from devkit.engine.writing import (
    OWN_FOLDER,
    create_file,
    create_folder,
    remove_file,
    replace_file,
)

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.project import Project

FOLDER = OWN_FOLDER
SETTINGS = "local.json"
OVERRIDE = "compose.local.yml"


def make_own_folder(root: Path) -> Path:
    """The folder ``.devkit`` of a project, which ignores itself for git.

    Raises:
        RefusedError: It is a link that leads out of the project.
        CouldNotFindOutError: It cannot be made.
    """
    folder = root / FOLDER
    create_folder(folder, root=root)
    create_file(folder / ".gitignore", "*\n", root=root)
    return folder


def load_settings(root: Path, *, name: str) -> LocalSettings | None:
    """What was decided before; None where there is nothing, or it is not devkit's.

    Args:
        root: The project's folder.
        name: The project's name: what speaks of another one's containers is not followed.
    """
    try:
        kept = json.loads(read_bounded(root / FOLDER / SETTINGS, root=root))
        settings = LocalSettings(
            name=str(kept["name"]),
            publish=int(kept["publish"]),
            wanted=int(kept["wanted"]),
            user=str(kept.get("user", "")),
            host=str(kept.get("host", "")),
            host_port=int(kept.get("host_port", 0)),
        )
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return settings if settings.is_of(name) else None


def store_settings(
    project: Project, settings: LocalSettings, *, remembered: LocalSettings | None
) -> Path | None:
    """Remember the settings, and write the override that they need.

    Args:
        project: The project; its ``.devkit`` exists.
        settings: What was decided.
        remembered: What is kept already.

    Returns:
        The override file, or None where the committed file serves as it is.

    Raises:
        RefusedError: One of the files is a link that leads out of the project.
        CouldNotFindOutError: One of them cannot be written.
    """
    root = project.root
    if remembered != settings:
        text = json.dumps(asdict(settings))
        replace_file(root / FOLDER / SETTINGS, text, root=root)
    override = root / FOLDER / OVERRIDE
    text = own_override(project, settings)
    if not text:
        remove_file(override, root=root)
        return None
    replace_file(override, text, root=root)
    return override


def host_address(root: Path, *, name: str) -> str:
    """A project's ``http://NAME.localhost/``, as it was served last; empty where it has none.

    Args:
        root: The project's folder.
        name: The Compose project's name.
    """
    kept = load_settings(root, name=name)
    return address(kept.host, kept.host_port) if kept and kept.host and kept.host_port else ""
