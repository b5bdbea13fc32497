"""What is in the person's repository: commits and their files."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.engine.git import run_git, trouble
from devkit.errors import CheckoutError, DevkitError, UsageError
from devkit.project import Commit

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from devkit.engine.git import Repository

_FULL_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_FOUND = re.compile(rb"([0-9a-f]{40,64}) ([a-z]+) [0-9]+\n")


@dataclass(frozen=True, kw_only=True)
class _Object:
    sha: str
    kind: str
    content: bytes


def resolve_commit(repository: Repository, revision: str = "HEAD") -> Commit:
    """Find the commit that a revision names; a tag is followed to its commit.

    Args:
        repository: Where to look.
        revision: Anything that git takes for one commit: a branch, a tag, ``HEAD~2``, a sha.

    Returns:
        The commit, with its branch where ``revision`` names one or is HEAD on one.

    Raises:
        UsageError: It names no commit.
        CheckoutError: It is HEAD, and there is no commit yet.
        CouldNotFindOutError: git cannot tell.
    """
    # ":/words" is a search, and takes all that follows for its words.
    name = revision if revision.startswith(":/") else f"{revision}^{{commit}}"
    found = _read_object(repository, name)
    if found is None:
        raise _unknown(repository, revision)
    header, _, message = found.content.partition(b"\n\n")
    return Commit(
        sha=found.sha,
        tree=header.split(maxsplit=2)[1].decode("ascii"),
        subject=_subject(header, message),
        branch="" if _FULL_NAME.fullmatch(revision) else _branch(repository, revision),
    )


def resolve_object(repository: Repository, revision: str) -> str:
    """The object name that a revision has at this moment; of a tag, the tag's own.

    Raises:
        UsageError: It names nothing.
    """
    answer = run_git(repository, "rev-parse", "-q", "--verify", "--end-of-options", revision)
    if answer.returncode != 0:
        raise _unknown(repository, revision)
    return answer.stdout.decode("ascii").strip()


def branch_of(repository: Repository, commit: Commit) -> str:
    """The branch that the cloud would deploy a commit from: it always has one.

    Returns:
        The commit's own, where it was named by one; else a local branch that contains it: the one
        that HEAD is on, main, master, or the first by name. Empty where there is none.
    """
    if commit.branch:
        return commit.branch
    form = "--format=%(HEAD)%(refname)"
    answer = run_git(repository, "for-each-ref", form, f"--contains={commit.sha}", "refs/heads")
    lines = os.fsdecode(answer.stdout).splitlines()
    names = {line[1:].removeprefix("refs/heads/"): line.startswith("*") for line in lines}
    favourites = [name for name, at_head in names.items() if at_head]
    return next((name for name in (*favourites, "main", "master", *names) if name in names), "")


def upstream_of(repository: Repository, commit: Commit) -> str:
    """What the upstream of a commit's branch has, as of the last fetch or push.

    Where the branch has no upstream, what the one remote has that knows a branch of its name.

    Returns:
        The commit's object name; empty where nobody has the branch, or the commit has none.
    """
    if not commit.branch:
        return ""
    local = f"refs/heads/{commit.branch}"
    upstream = _refs(repository, "--format=%(upstream)", local)
    names = upstream or _refs(repository, "--format=%(refname)", f"refs/remotes/*/{commit.branch}")
    if len(names) != 1:
        return ""
    found = run_git(
        repository, "rev-parse", "-q", "--verify", "--end-of-options", f"{names[0]}^{{commit}}"
    )
    return os.fsdecode(found.stdout).strip() if found.returncode == 0 else ""


def _refs(repository: Repository, form: str, pattern: str) -> list[str]:
    return os.fsdecode(run_git(repository, "for-each-ref", form, pattern).stdout).split()


def commits_between(repository: Repository, old: str, new: str) -> int | None:
    """How many commits one has that the other lacks; None where git cannot tell."""
    answer = run_git(repository, "rev-list", "--count", "--end-of-options", f"{old}..{new}", "--")
    count = answer.stdout.strip()
    return int(count) if answer.returncode == 0 and count.isdigit() else None


def read_file(repository: Repository, commit: Commit, path: str | PurePosixPath) -> bytes | None:
    """Read a file as it is in a commit; a symbolic link within the commit is followed.

    Args:
        repository: Where the commit is.
        commit: The commit.
        path: The file's path from the repository's top level.

    Returns:
        Its bytes, unconverted; None where the commit has no such file.

    Raises:
        CouldNotFindOutError: git cannot read it.
    """
    name = f"{commit.sha}:{path}"
    found = _read_object(repository, name, "--follow-symlinks")
    if found is None:
        _refuse_lost(repository, name)
    return found.content if found is not None and found.kind == "blob" else None


def _read_object(repository: Repository, name: str, *options: str) -> _Object | None:
    """Read an object; git takes its standard input for a name: for no option and no range."""
    if "\n" in name:
        options = (*options, "-z")  # only where needed: it asks for git 2.38
    end = "\0" if "-z" in options else "\n"
    answer = run_git(repository, "cat-file", "--batch", *options, stdin=os.fsencode(f"{name}{end}"))
    if answer.returncode != 0:
        raise trouble(answer, f"git could not read {name!r} in {repository.git_dir}.")
    found = _FOUND.match(answer.stdout)
    if found is None:
        return None
    return _Object(
        sha=found[1].decode("ascii"),
        kind=found[2].decode("ascii"),
        content=answer.stdout[found.end() : -1],
    )


def _refuse_lost(repository: Repository, name: str) -> None:
    """Tell a file that is in the tree but not on this disk from one that is not in the tree.

    To ``git cat-file`` the two are one; without a devkit.yaml the verdict would be another.
    """
    listed = run_git(repository, "rev-parse", "-q", "--verify", "--end-of-options", name)
    entry = os.fsdecode(listed.stdout).strip()
    if listed.returncode == 0 and _read_object(repository, entry) is None:
        raise trouble(
            listed,
            f"{name!r} is missing or damaged in {repository.git_dir}.",
            hint="A partial clone? Check the commit out once; otherwise: git fsck",
        )


def _subject(header: bytes, message: bytes) -> str:
    encoding = re.search(rb"^encoding (\S+)$", header, re.MULTILINE)
    line = message.lstrip(b"\n").partition(b"\n")[0]
    try:
        return line.decode(encoding[1].decode("ascii") if encoding else "utf-8", "replace")
    except LookupError:  # an encoding that Python does not know
        return line.decode("utf-8", "replace")


def _branch(repository: Repository, revision: str) -> str:
    answer = run_git(
        repository,
        "rev-parse",
        "-q",
        "--verify",
        "--symbolic-full-name",
        "--end-of-options",
        revision,
    )
    name = os.fsdecode(answer.stdout).strip()
    return name.removeprefix("refs/heads/") if name.startswith("refs/heads/") else ""


def _unknown(repository: Repository, revision: str) -> DevkitError:
    where = repository.top_level or repository.git_dir
    if revision not in {"HEAD", "@"}:
        shallow = (repository.common_dir / "shallow").exists()
        return UsageError(
            f"{revision!r} names no commit in {where}.",
            hint="The clone is shallow: git fetch --unshallow" if shallow else "",
        )
    head = run_git(repository, "rev-parse", "-q", "--verify", "HEAD")
    if head.returncode == 0:
        return trouble(head, f"The commit that HEAD names is missing in {where}.", hint="git fsck")
    return CheckoutError(
        f"There is no commit yet in {where}, and the cloud deploys commits.",
        hint="git add, git commit, and run again.",
    )
