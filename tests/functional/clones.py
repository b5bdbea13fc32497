"""Clean clones, made by the real thing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from devkit.engine.git import find_repository
from devkit.engine.git_clone import check_out
from devkit.engine.git_commits import resolve_commit
from tests.files import file_tree
from tests.functional.repos import ENVIRONMENT, Repo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def clone(repo: Repo, revision: str = "HEAD", environment: Mapping[str, str] = ENVIRONMENT) -> Path:
    """Check a revision out beside its repository."""
    repository = find_repository(repo.path, environment)
    destination = repo.path.parent / "run" / "clone"
    asyncio.run(check_out(repository, resolve_commit(repository, revision), destination))
    return destination


def files(folder: Path) -> set[str]:
    """Its files but git's own."""
    return {name for name in file_tree(folder) if not name.startswith(".git/")}
