"""``git push``: the dry run that tells what would be pushed, and the push itself."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from devkit.engine.commands import foreground
from devkit.errors import CouldNotFindOutError, RefusedError, UsageError
from devkit.hooks.porcelain import Fate, dry_run_arguments, parse_porcelain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from devkit.hooks.porcelain import PlannedRef

USAGE = 129


def plan_push(
    arguments: Sequence[str], *, cwd: Path, environment: Mapping[str, str]
) -> tuple[PlannedRef, ...]:
    """Ask git what ``git push ARGUMENTS`` would push, up to now.

    git speaks to the remote, and may ask for a password on the person's terminal. What it has
    to complain of it says there, too.

    Raises:
        RefusedError: The remote would not take one of the refs.
        UsageError: git does not understand the arguments, or there is nowhere to push to.
        CouldNotFindOutError: The remote cannot be asked, or git cannot be run.
    """
    try:
        done = subprocess.run(
            ["git", *dry_run_arguments(arguments)],
            cwd=cwd, env=environment, stdout=subprocess.PIPE, check=False,
        )  # fmt: skip
    except OSError as error:
        raise CouldNotFindOutError(
            f"git could not be run in {cwd}: {error.strerror}.",
            hint="Install git, or put it on the PATH.",
        ) from error
    refs = parse_porcelain(os.fsdecode(done.stdout))
    if done.returncode != 0:
        raise _not_planned(done.returncode, refs)
    return refs


def push(
    arguments: Sequence[str], *, cwd: Path, environment: Mapping[str, str], aside: bool = False
) -> int:
    """Run ``git push ARGUMENTS`` on our own terminal; its exit code.

    Args:
        arguments: git push's own.
        cwd: The folder to run it in.
        environment: Its whole environment.
        aside: Whether what it writes to stdout goes to stderr.

    Raises:
        InterruptedByUserError: A signal came; git has ended.
    """
    return foreground(["git", "push", *arguments], cwd=cwd, env=environment, aside=aside)


def _not_planned(
    code: int, refs: Sequence[PlannedRef]
) -> RefusedError | UsageError | CouldNotFindOutError:
    rejected = tuple(f"{ref.target}: {ref.summary}" for ref in refs if ref.fate is Fate.REJECTED)
    if rejected:
        return RefusedError(
            "The remote would not take this push, so nothing was pushed.",
            hint="git's words above say why; most often: git pull --rebase, and again.",
            details=rejected,
        )
    if code == USAGE:
        return UsageError(
            "git does not understand these arguments of git push.", hint="git push -h lists them."
        )
    return CouldNotFindOutError(
        "git could not tell what it would push, so nothing was pushed.",
        hint="git's words above say why: a wrong remote or branch, the network, or a login.",
    )
