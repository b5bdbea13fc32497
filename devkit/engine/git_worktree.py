"""The person's working tree: what in it is uncommitted, and where its hooks are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.engine.git import run_git, trouble

if TYPE_CHECKING:
    from devkit.engine.git import Repository


def differs_from_commit(repository: Repository, folder: Path) -> tuple[str, ...]:
    """List what in a folder is not committed: changed, staged, deleted or untracked.

    Args:
        repository: The repository that ``folder`` is in.
        folder: The project's folder.

    Returns:
        Paths from the repository's top level, in git's order; none for a bare repository.

    Raises:
        CouldNotFindOutError: git cannot tell.
    """
    if repository.top_level is None:
        return ()
    answer = run_git(
        repository,
        "--literal-pathspecs",
        "status",
        "--porcelain=v1",
        "-z",
        "--no-renames",
        "--untracked-files=normal",
        "--",
        str(folder.resolve()),
        settings=_no_filters(repository),
    )
    if answer.returncode != 0:
        raise trouble(answer, f"git could not compare {folder} with its commit.")
    return tuple(os.fsdecode(entry[3:]) for entry in answer.stdout.split(b"\0") if entry)


def _no_filters(repository: Repository) -> dict[str, str]:
    """Settings that switch off the filters that the repository's own configuration brings.

    ``git status`` would run them; the person's, such as Git LFS, come from elsewhere.
    """
    words = ("config", "--local", "--includes", "--name-only", "-z", "--get-regexp", r"^filter\.")
    keys = os.fsdecode(run_git(repository, *words).stdout).split("\0")
    names = dict.fromkeys(key.rpartition(".")[0] for key in keys if key)
    off = {"clean": "", "smudge": "", "process": "", "required": "false"}
    return {f"{name}.{key}": value for name in names for key, value in off.items()}


def hooks_folder(repository: Repository) -> Path:
    """Where git looks for this repository's hooks: ``core.hooksPath``, or ``hooks``.

    A relative ``core.hooksPath`` counts from where hooks run, the top level. The folder need not
    exist. Its worktrees share it.

    Raises:
        CouldNotFindOutError: git cannot tell.
    """
    answer = run_git(repository, "rev-parse", "--path-format=absolute", "--git-path", "hooks")
    if answer.returncode != 0:
        raise trouble(answer, f"git could not say where the hooks of {repository.git_dir} are.")
    return Path(os.fsdecode(answer.stdout.removesuffix(b"\n")))


def hooks_are_shared(repository: Repository) -> bool:
    """Whether ``core.hooksPath`` comes from the person's or the machine's configuration.

    A hook in such a folder runs for every repository.
    """
    answer = run_git(repository, "config", "--show-scope", "--get", "core.hooksPath")
    return answer.stdout.startswith((b"global\t", b"system\t"))
