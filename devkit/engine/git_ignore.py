"""Asks git whether it would ignore a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.engine.git import find_repository, run_git
from devkit.errors import DevkitError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


def ignored_by_git(root: Path, environment: Mapping[str, str]) -> Callable[[str], bool]:
    """A function that tells whether git ignores a path, given from the project's folder.

    Where there is no repository nothing can get into one: everything counts as ignored.
    """
    try:
        repository = find_repository(root, environment)
    except DevkitError:
        return lambda _: True
    return lambda path: (
        run_git(repository, "check-ignore", "--quiet", "--", str(root / path)).returncode != 1
    )
