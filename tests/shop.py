"""A small project, and what is done to it in tests."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from devkit.config.load import load_project
from devkit.engine.projectfiles import Refreshed, refresh
from tests.files import build_file_tree

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.project import Project

DOCKERFILE = "FROM python:3.11\nWORKDIR /app\nCOPY . .\nEXPOSE 80\n"
CONFIG = """\
name: shop
web: {publish: 8000}
services: {database: postgres:15-bookworm, storage: file}
"""


def shop(folder: Path) -> Path:
    """Write the project to ``folder/shop``."""
    return build_file_tree(folder / "shop", {"Dockerfile": DOCKERFILE, "devkit.yaml": CONFIG})


def made(root: Path, *, overwrite_compose: bool = False) -> Refreshed:
    """Refresh the project's files, in a world where git ignores everything."""
    return refresh(
        load_project(root), is_ignored=lambda _: True, overwrite_compose=overwrite_compose
    )


def change_config(root: Path) -> Project:
    """Change what docker-compose.yml is made from."""
    (root / "devkit.yaml").write_text(CONFIG.replace("8000", "9000"), encoding="utf-8")
    return load_project(root)


def edit_compose(root: Path) -> str:
    """Edit docker-compose.yml as a person would, and give its text."""
    path = root / "docker-compose.yml"
    text = path.read_text(encoding="utf-8").replace("context: .", "context: ./src")
    path.write_text(text, encoding="utf-8")
    return text


def mode(path: Path) -> int:
    """The permission bits of a file."""
    return stat.S_IMODE(path.stat().st_mode)
