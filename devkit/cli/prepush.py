"""What the pre-push hook does: the former hook first, then a verdict for each pushed commit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.cli.receipts import find_receipt
from devkit.engine.commit_project import (
    CommitFolder,
    deploys_nothing,
    object_kind,
    read_commit_config,
)
from devkit.engine.git import find_repository
from devkit.engine.git_commits import resolve_commit
from devkit.engine.git_worktree import hooks_folder
from devkit.engine.hookfiles import observe_hooks, run_chained
from devkit.errors import ExitCode, UsageError
from devkit.hooks.installing import FORMER_NAME, FormerHook
from devkit.hooks.prepush import parse_pushed_refs, refs_to_verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.cli.session import Session
    from devkit.engine.git import Repository
    from devkit.hooks.prepush import PushedRef

NO_COMMITS = frozenset({"tree", "blob"})


def run_hook(
    session: Session, arguments: Sequence[str], given: bytes, *, folder: str | None = None
) -> int:
    """Let the push through, or refuse it.

    Args:
        session: The session, whose environment is the one that git gave the hook.
        arguments: The remote's name and location.
        given: What git wrote to the hook's standard input.
        folder: The project's folder from the top level, which need not be in the working tree;
            None for the session's.

    Returns:
        0 to let it through; else the former hook's code, or the failed step's.
    """
    repository = find_repository(_inside(session), session.environment)
    code = _run_former(session, repository, arguments, given)
    if code != 0:
        session.say("devkit: the push is refused by the hook that was here before devkit's.")
        return code
    where = _subfolder(session, repository, folder)
    for ref in refs_to_verify(parse_pushed_refs(given)):
        code = _verify(session, repository, where, ref)
        if code != 0:
            session.say(f"devkit: the push of {ref.local_ref} is refused (--no-verify skips this).")
            return code
    return ExitCode.OK


def _run_former(
    session: Session, repository: Repository, arguments: Sequence[str], given: bytes
) -> int:
    folder = hooks_folder(repository)
    if observe_hooks(folder).former is not FormerHook.RUNS:
        return ExitCode.OK
    return run_chained(folder / FORMER_NAME, arguments, given, session.environment)


def _inside(session: Session) -> Path:
    """A folder of the working tree: git calls a hook from where it was called itself."""
    tree = session.environment.get("GIT_WORK_TREE", "")
    named = Path.cwd() / tree
    return named if tree and named.is_dir() else session.root


def _subfolder(session: Session, repository: Repository, folder: str | None) -> Path:
    if folder is not None:
        return Path(folder)
    return session.root.resolve().relative_to(_top_level(session, repository))


def _top_level(session: Session, repository: Repository) -> Path:
    return (repository.top_level or session.root).resolve()


def _verify(session: Session, repository: Repository, where: Path, ref: PushedRef) -> int:
    folder = _folder(session, repository, where, ref)
    if folder is None:
        return _let_through(session, f"{ref.local_ref} leads to no commit: nothing to deploy")
    short = folder.commit.short
    if deploys_nothing(folder):
        place = "its top folder" if where == Path() else where.as_posix()
        what = f"{short} has no Dockerfile and no devkit.yaml in {place}: nothing to deploy"
        return _let_through(session, what, commit=folder.commit.sha)
    receipt = find_receipt(folder, read_commit_config(folder))
    if receipt is not None:
        when = receipt.passed_at.astimezone().strftime("%Y-%m-%d %H:%M")
        what = f"{short} was verified on {when}"
        return _let_through(session, what, commit=folder.commit.sha, receipt=True)
    # Importing what a rehearsal needs takes half a second.
    from devkit.cli.rehearsing import Request, verify_commit  # noqa: PLC0415
    from devkit.cli.verify import reporter  # noqa: PLC0415

    session.say(f"devkit: {short} has no receipt, so it is rehearsed before the push")
    return verify_commit(session, folder, Request(), reporter(session))


def _let_through(session: Session, what: str, *, commit: str = "", receipt: bool = False) -> int:
    mark = ";" if receipt else ","
    session.say(f"devkit: {what}{mark} let through.")
    if session.json:
        from devkit.cli.jsonlines import event_line  # noqa: PLC0415 - for a program only
        from devkit.cli.verdicts import passed  # noqa: PLC0415 - the same

        session.out(event_line(passed(commit=commit, seconds=0.0, receipt=receipt, reused=receipt)))
    return ExitCode.OK


def _folder(
    session: Session, repository: Repository, where: Path, ref: PushedRef
) -> CommitFolder | None:
    """The project's folder in what is pushed; None for a tag of something else than a commit."""
    try:
        commit = resolve_commit(repository, ref.local_sha)
    except UsageError:
        if object_kind(repository, ref.local_sha) in NO_COMMITS:
            return None
        raise
    return CommitFolder(
        repository=repository,
        commit=replace(commit, branch=ref.remote_branch),
        subfolder=where,
        root=_top_level(session, repository) / where,
    )
