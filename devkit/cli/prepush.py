"""What the pre-push hook does: the former hook first, then a verdict for each pushed commit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.cli.pushed import Push, mention_skipped, verify_pushed
from devkit.engine.git import find_repository
from devkit.engine.git_commits import resolve_object
from devkit.engine.git_worktree import hooks_folder
from devkit.errors import ExitCode
from devkit.hooks.precommit import read_variables
from devkit.hooks.prepush import FORMER_NAME, PushedRef, parse_pushed_refs, refs_to_verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.cli.session import Session
    from devkit.engine.git import Repository

IN_HOOK = "DEVKIT_IN_HOOK"
"""Set for a former hook, which may be a hook manager that calls devkit in its turn."""


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
    refs = refs_to_verify(_pushed_refs(session, repository, given))
    push = Push(
        session=session,
        repository=repository,
        project=_subfolder(session, repository, folder),
        remote=_remote(session, arguments),
        in_hook=True,
    )
    if refs:
        mention_skipped(push)
    for ref in refs:
        code = verify_pushed(push, ref).code
        if code != 0:
            session.say(
                f"devkit: the push of {ref.local_ref} is refused (DEVKIT_SKIP=1 lets it through)."
            )
            return code
    return ExitCode.OK


def _run_former(
    session: Session, repository: Repository, arguments: Sequence[str], given: bytes
) -> int:
    if session.environment.get(IN_HOOK):
        return ExitCode.OK
    folder = hooks_folder(repository)
    if not os.path.lexists(folder / FORMER_NAME):
        return ExitCode.OK
    from devkit.engine.hookfiles import observe_hooks, run_chained  # noqa: PLC0415 - 5 ms
    from devkit.hooks.installing import FormerHook  # noqa: PLC0415 - that most never need

    if observe_hooks(folder).former is not FormerHook.RUNS:
        return ExitCode.OK
    environment = {**session.environment, IN_HOOK: "1"}
    return run_chained(folder / FORMER_NAME, arguments, given, environment)


def _pushed_refs(session: Session, repository: Repository, given: bytes) -> tuple[PushedRef, ...]:
    """What git says on stdin, or, where that is empty, pre-commit in its variables."""
    refs = parse_pushed_refs(given)
    told = None if refs else read_variables(session.environment)
    if told is None:
        return refs
    sha = resolve_object(repository, told.revision)
    nothing = "0" * len(sha)
    ref = PushedRef(
        local_ref=told.local_ref,
        local_sha=sha,
        remote_ref=told.remote_ref,
        remote_sha=told.remote_sha or nothing,
    )
    return (ref,)


def _remote(session: Session, arguments: Sequence[str]) -> str:
    return arguments[0] if arguments else session.environment.get("PRE_COMMIT_REMOTE_NAME", "")


def _inside(session: Session) -> Path:
    """A folder of the working tree: git calls a hook from where it was called itself."""
    tree = session.environment.get("GIT_WORK_TREE", "")
    named = Path.cwd() / tree
    return named if tree and named.is_dir() else session.root


def _subfolder(session: Session, repository: Repository, folder: str | None) -> Path:
    if folder is not None:
        return Path(os.path.normpath(folder))
    top_level = (repository.top_level or session.root).resolve()
    return session.root.resolve().relative_to(top_level)
