"""A last look into a finished clone, through GitPython."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.engine.git import ISOLATED
from devkit.errors import CheckoutError, CouldNotFindOutError

if TYPE_CHECKING:
    from pathlib import Path

    from git import Repo

    from devkit.project import Commit

_MOST_LINES = 20


def import_git_library() -> None:
    """Load GitPython ahead of its use, which takes 0.1 s."""
    import git  # noqa: F401, PLC0415 - a push with a receipt does not pay for it


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
            changes = repo.git.status("--porcelain=v1", "-z", "--untracked-files=all", "--ignored")
            lines = tuple(changes.split("\0")[:-1])
            if not all(_is_as_git_writes_it(repo, clone, line) for line in lines):
                raise CheckoutError(
                    f"Commit {commit.short} does not come out of git as it went in:"
                    " a clean clone differs from it.",
                    hint="Two names that differ in case only, on a disk that does not tell them"
                    " apart?",
                    details=lines[:_MOST_LINES],
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


def _is_as_git_writes_it(repo: Repo, clone: Path, line: str) -> bool:
    """Whether a file is called modified though every checkout writes it this way.

    Such as one committed with CRLF against its own ``text`` attribute: git would store it
    otherwise today.
    """
    state, path = line[:3], line[3:]
    # A link is not followed: it may lead to what is read without end.
    if state != " M " or (clone / path).is_symlink():
        return False
    written = repo.git.cat_file(
        "--filters", f"HEAD:{path}", stdout_as_string=False, strip_newline_in_stdout=False
    )
    return bool(written == (clone / path).read_bytes())
