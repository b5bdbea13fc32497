"""A starting folder, readable at a glance."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def build_file_tree(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a folder, text dedented, folders made as needed.

    Returns:
        The folder.
    """
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(dedent(content), encoding="utf-8", newline="\n")
    return root


def file_tree(root: Path) -> set[str]:
    """The paths of all files below a folder."""
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}
