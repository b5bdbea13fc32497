"""The person's git repository: finding it, and asking git about it.

Short questions, answered in milliseconds. Nothing here writes: not a ref, not the index.
Needs git 2.32 or newer.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.errors import CheckoutError, CouldNotFindOutError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

REPOSITORY_VARIABLES = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_CONFIG",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)
"""What ``git rev-parse --local-env-vars`` lists, but for the person's own configuration.

``GIT_CONFIG_COUNT`` and ``GIT_CONFIG_PARAMETERS`` stay: they say how to read this repository (a
CI job's safe.directory, a ``git -c``), not which one it is.
"""

READING = {
    "LC_ALL": "C",  # the few messages of git that are recognised here are English
    "GIT_NO_REPLACE_OBJECTS": "1",  # the cloud does not have the person's refs/replace
    "GIT_NO_LAZY_FETCH": "1",  # no network in a partial clone
    "GIT_OPTIONAL_LOCKS": "0",  # `git status` would refresh the person's index
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "none",  # nor the program that a repository names as a remote's helper
}

ISOLATED = {
    **READING,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
}
"""No configuration but the clone's own: the cloud has neither the person's line ends nor filters.

So Git LFS pointers stay pointers.
"""

_BETWEEN = "--devkit-between"


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A git repository, found once and named explicitly from then on.

    Attributes:
        git_dir: Absolute path of its git directory; a linked worktree has its own.
        common_dir: Absolute path of the git directory that all its worktrees share.
        top_level: Absolute path of the working tree; None for a bare repository.
        environment: The person's environment without what would lead git to another repository.
    """

    git_dir: Path
    common_dir: Path
    top_level: Path | None
    environment: Mapping[str, str] = field(repr=False, compare=False)


def find_repository(folder: Path, environment: Mapping[str, str]) -> Repository:
    """Find the repository that a folder belongs to, as git would.

    ``GIT_DIR`` and ``GIT_WORK_TREE`` are honoured as git honours them, from the process's working
    directory, as long as they mean a repository with ``folder`` in it.

    Args:
        folder: The project's folder.
        environment: The person's environment.

    Raises:
        UsageError: There is no such folder.
        CheckoutError: The folder is in no git repository.
        CouldNotFindOutError: git is missing, too old, or refuses to look.
    """
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}.")
    if environment.get("GIT_DIR") or environment.get("GIT_WORK_TREE"):
        told = _ask_where(Path.cwd(), environment)
        if told.returncode == 0 or _is_bare(told):
            repository = _repository(told, environment)
            if _holds(repository, folder):
                return repository
    found = _ask_where(folder, _without_repository(environment))
    if found.returncode != 0 and not _is_bare(found):
        raise _not_found(folder, os.fsdecode(found.stderr))
    return _repository(found, environment)


def run_git(
    repository: Repository,
    *arguments: str,
    stdin: bytes = b"",
    settings: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Ask git something about a repository, from its top level.

    Args:
        repository: The repository.
        arguments: The command and its words.
        stdin: What to write to it.
        settings: Configuration for this command, over the person's and the repository's own.

    Raises:
        CouldNotFindOutError: git cannot be run.
    """
    # core.fsmonitor would start a daemon, or a program that the repository names.
    where = ["-c", "core.fsmonitor=false", f"--git-dir={repository.git_dir}"]
    if repository.top_level is not None:
        where.append(f"--work-tree={repository.top_level}")
    return _run(
        [*where, *arguments],
        cwd=repository.top_level or repository.git_dir,
        environment=_configured(repository.environment, settings or {}),
        stdin=stdin,
    )


def _configured(environment: Mapping[str, str], settings: Mapping[str, str]) -> Mapping[str, str]:
    """The environment with settings added: ``-c`` would split a key with ``=`` in it."""
    given = environment.get("GIT_CONFIG_COUNT", "")
    count = int(given) if given.isdecimal() else 0
    added = {"GIT_CONFIG_COUNT": str(count + len(settings))} if settings else {}
    for number, (key, value) in enumerate(settings.items(), count):
        added |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return {**environment, **added}


def trouble(
    answer: subprocess.CompletedProcess[bytes], message: str, *, hint: str = ""
) -> CouldNotFindOutError:
    """Put git's own words under a sentence of ours."""
    said = tuple(os.fsdecode(answer.stderr).splitlines())
    return CouldNotFindOutError(message, hint=hint, details=said)


def _ask_where(cwd: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    # An option that rev-parse does not know is printed as it is: a separator that, unlike a line
    # end, is in nobody's folder names.
    questions = ["--git-dir", _BETWEEN, "--git-common-dir", _BETWEEN, "--show-toplevel"]
    return _run(
        ["rev-parse", "--path-format=absolute", *questions], cwd=cwd, environment=environment
    )


def _is_bare(answer: subprocess.CompletedProcess[bytes]) -> bool:
    """Whether git answered all but the last question, the one for the working tree."""
    return answer.stdout.count(_BETWEEN.encode()) == 2  # noqa: PLR2004 - all but the last


def _repository(
    answer: subprocess.CompletedProcess[bytes], environment: Mapping[str, str]
) -> Repository:
    text = os.fsdecode(answer.stdout)
    git_dir, common_dir, top_level = (
        part.removesuffix("\n") for part in text.split(f"{_BETWEEN}\n")
    )
    if git_dir.startswith("--path-format"):
        raise CouldNotFindOutError("This git is too old: devkit needs 2.32 or newer.")
    return Repository(
        git_dir=Path(git_dir),
        common_dir=Path(common_dir),
        top_level=Path(top_level) if top_level else None,
        environment=_without_repository(environment),
    )


def _holds(repository: Repository, folder: Path) -> bool:
    if repository.top_level is None:
        return True
    return folder.resolve().is_relative_to(repository.top_level.resolve())


def _without_repository(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in REPOSITORY_VARIABLES}


def _run(
    arguments: list[str], *, cwd: Path, environment: Mapping[str, str], stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=cwd,
            env={**environment, **READING},
            input=stdin,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise CouldNotFindOutError(
            f"git could not be run in {cwd}: {error.strerror}.",
            hint="Install git, or put it on the PATH.",
        ) from error


def _not_found(folder: Path, said: str) -> CheckoutError | CouldNotFindOutError:
    details = tuple(said.splitlines())
    if "safe.directory" in said:
        way_out = next((line.strip() for line in details if "--add safe.directory" in line), "")
        return CouldNotFindOutError(
            f"git does not trust the repository of {folder}: somebody else owns it.",
            hint=f"If you do: {way_out}" if way_out else "See `git help config`, safe.directory.",
            details=details,
        )
    if "not a git repository (or any" in said:
        return CheckoutError(
            f"{folder} is in no git repository, and the cloud deploys commits.",
            hint="git init, commit, and run again.",
        )
    return CouldNotFindOutError(f"git could not open the repository of {folder}.", details=details)
