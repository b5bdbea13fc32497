"""What the pre-push hook does: the former hook first, then a verdict for each pushed commit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from devkit.cli.receipts import find_receipt
from devkit.engine.commit_project import CommitFolder, read_commit_config
from devkit.engine.git import find_repository
from devkit.engine.git_commits import resolve_commit
from devkit.engine.git_worktree import hooks_folder
from devkit.engine.hookfiles import observe_hooks, run_chained
from devkit.errors import ExitCode
from devkit.hooks.installing import FORMER_NAME, FormerHook
from devkit.hooks.prepush import parse_pushed_refs, refs_to_verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.cli.session import Session
    from devkit.engine.git import Repository
    from devkit.hooks.prepush import PushedRef


def run_hook(session: Session, arguments: Sequence[str], given: bytes) -> int:
    """Let the push through, or refuse it.

    Args:
        session: The session, whose environment is the one that git gave the hook.
        arguments: The remote's name and location.
        given: What git wrote to the hook's standard input.

    Returns:
        0 to let it through; else the former hook's code, or the failed step's.
    """
    repository = find_repository(session.root, session.environment)
    code = _run_former(session, repository, arguments, given)
    if code != 0:
        session.say("devkit: the push is refused by the hook that was here before devkit's.")
        return code
    for ref in refs_to_verify(parse_pushed_refs(given)):
        code = _verify(session, repository, ref)
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


def _verify(session: Session, repository: Repository, ref: PushedRef) -> int:
    folder = _folder(session, repository, ref)
    receipt = find_receipt(folder, read_commit_config(folder))
    if receipt is not None:
        when = receipt.passed_at.astimezone().strftime("%Y-%m-%d %H:%M")
        session.say(f"devkit: {folder.commit.short} was verified on {when}; let through.")
        return ExitCode.OK
    # Importing what a rehearsal needs takes half a second.
    from devkit.cli.rehearsing import Request, verify_commit  # noqa: PLC0415
    from devkit.cli.verify import reporter  # noqa: PLC0415

    session.say(f"devkit: {folder.commit.short} has no receipt, so it is rehearsed before the push")
    return verify_commit(session, folder, Request(), reporter(session))


def _folder(session: Session, repository: Repository, ref: PushedRef) -> CommitFolder:
    commit = resolve_commit(repository, ref.local_sha)
    top_level = (repository.top_level or session.root).resolve()
    return CommitFolder(
        repository=repository,
        commit=replace(commit, branch=ref.remote_branch),
        subfolder=session.root.resolve().relative_to(top_level),
        root=session.root,
    )
