"""A last look into a finished clone, through GitPython."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.engine.git import ISOLATED
from devkit.errors import CheckoutError, CouldNotFindOutError

if TYPE_CHECKING:
    from pathlib import Path

    from git import Repo

    from devkit.project import Commit

_LAST_LINES = 20


def make_sure(clone: Path, commit: Commit) -> None:
    """Look into a finished clone: at the commit, detached, nothing missing, nothing more.

    Args:
        clone: The folder of the clone.
        commit: What it should hold.

    Raises:
        CheckoutError: It holds something else.
        CouldNotFindOutError: git cannot look.
    """
    import git  # noqa: PLC0415 - 0.1 s that a push with a receipt does not pay

    try:
        with git.Repo(clone, expand_vars=False) as repo:
            repo.git.update_environment(**_explicit(clone))
            # GitPython's own repo.head knows no SHA-256.
            head = repo.git.rev_parse("HEAD", "--symbolic-full-name", "HEAD")
            if head != f"{commit.sha}\nHEAD":
                raise CheckoutError(f"The clone in {clone} is not at commit {commit.short}.")
            changes = repo.git.status("--porcelain=v1", "--untracked-files=all", "--ignored")
            if changes and not _only_line_ends(repo, changes):
                raise CheckoutError(
                    f"Commit {commit.short} does not come out of git as it went in:"
                    " a clean clone differs from it.",
                    hint="Two names that differ in case only, on a disk that does not tell them"
                    " apart?",
                    details=tuple(changes.splitlines()[:_LAST_LINES]),
                )
    except (git.GitError, OSError, ValueError) as error:
        raise CouldNotFindOutError(
            f"git could not look into the clone in {clone}.", details=tuple(str(error).splitlines())
        ) from error


def _explicit(clone: Path) -> dict[str, str]:
    """What keeps GitPython in the clone: it hands git the process's environment.

    The command line's entry has taken the repository's variables out of that; a caller that has
    not would otherwise make GitPython look into another repository.
    """
    git_dir = str(clone / ".git")
    return {
        **ISOLATED,
        "GIT_DIR": git_dir,
        "GIT_COMMON_DIR": git_dir,
        "GIT_WORK_TREE": str(clone),
        "GIT_INDEX_FILE": f"{git_dir}/index",
        "GIT_OBJECT_DIRECTORY": f"{git_dir}/objects",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": "",
        "GIT_CONFIG_COUNT": "0",
        "GIT_CONFIG_PARAMETERS": "",
    }


def _only_line_ends(repo: Repo, changes: str) -> bool:
    """Whether files merely were committed with CRLF against their own ``text`` attribute.

    git calls such a file modified at once in every clone there is.
    """
    import git  # noqa: PLC0415 - see make_sure

    if any(not line.startswith(" M ") for line in changes.splitlines()):
        return False
    try:
        repo.git.diff("--quiet", "--ignore-cr-at-eol", "--no-ext-diff", "HEAD")
    except git.GitCommandError:
        return False
    return True
