"""A verdict for each pushed commit; for the pre-push hook and ``devkit push``.

Nothing heavy is imported here: a push of a verified commit is let through in no time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from devkit.cli.receipts import find_receipt, last_duration, verified_on
from devkit.engine.commit_project import (
    CommitFolder,
    deploys_nothing,
    object_kind,
    read_commit_config,
)
from devkit.engine.git_commits import resolve_commit
from devkit.errors import ExitCode, UsageError
from devkit.hooks.prepush import SKIP_VARIABLE, SKIPPED_FOLDER

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.cli.rehearsing import Request
    from devkit.cli.session import Session
    from devkit.engine.git import Repository
    from devkit.hooks.prepush import PushedRef
    from devkit.hooks.receipts import Receipt
    from devkit.project import Commit

NO_COMMITS = frozenset({"tree", "blob"})
SLOW_IN_HOOK = (
    "; git holds its connection open meanwhile, which hosts close after some minutes:"
    " `devkit push` rehearses before it is opened"
)


@dataclass(frozen=True, kw_only=True)
class Push:
    """A push that is under way or about to be.

    Attributes:
        project: The project's folder from the top level.
        remote: The remote's name, or its location; empty where nobody says.
        in_hook: Whether git is waiting for us with its connection open.
    """

    session: Session
    repository: Repository
    project: Path
    remote: str
    in_hook: bool


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Whether what a ref pushes may go.

    Attributes:
        code: The process's exit code, 0 where it may.
        rehearsed: Whether that took a rehearsal, during which anything may have moved.
    """

    code: int = ExitCode.OK
    rehearsed: bool = False


def mention_skipped(push: Push) -> None:
    """Say which commits went unverified, where there are any."""
    if _may_have_skipped(push):
        from devkit.cli.skipping import tell_of_skipped  # noqa: PLC0415 - seldom needed

        tell_of_skipped(push.session, push.repository)


def verify_pushed(push: Push, ref: PushedRef) -> Answer:
    """Find out whether what a ref pushes may go."""
    folder = pushed_folder(push, ref)
    if folder is None:
        return _let_through(push, f"{ref.local_ref} leads to no commit: nothing to deploy")
    short = folder.commit.short
    if deploys_nothing(folder):
        place = "its top folder" if not push.project.parts else push.project.as_posix()
        what = f"{short} has no Dockerfile and no devkit.yaml in {place}: nothing to deploy"
        return _let_through(push, what, commit=folder.commit.sha)
    receipt, why = find_receipt(folder, read_commit_config(folder)), "has no receipt"
    if receipt is not None and not covers(push, folder, ref, receipt):
        old = f"{ref.deployed_sha[:12]}, which {ref.remote_ref} has now"
        receipt, why = None, f"was verified, but not from {old}"
    if receipt is not None:
        _make_good(push, folder)
        what = f"{short} was {verified_on(receipt, ref.deployed_sha)}"
        return _let_through(push, what, commit=folder.commit.sha, receipt=True)
    if push.session.environment.get(SKIP_VARIABLE) == "1":
        if push.in_hook:
            from devkit.cli.skipping import skip  # noqa: PLC0415 - seldom needed

            skip(push.session, push.repository, folder.commit, ref, remote=push.remote)
        return _let_through(push, f"{short} is not verified (DEVKIT_SKIP=1)")
    return _rehearse(push, folder, ref, why)


def covers(push: Push, folder: CommitFolder, ref: PushedRef, receipt: Receipt) -> bool:
    """Whether a receipt stands for the switch that this push makes, as far as it is known."""
    if receipt.covers(ref.deployed_sha):
        return True
    old = _deployed(push, folder, ref)  # of a tag, the commit
    return old is None or receipt.covers(old.commit.sha)


def pushed_folder(push: Push, ref: PushedRef) -> CommitFolder | None:
    """The project's folder in what is pushed; None for a tag of something else than a commit."""
    repository = push.repository
    try:
        commit = resolve_commit(repository, ref.local_sha)
    except UsageError:
        if object_kind(repository, ref.local_sha) in NO_COMMITS:
            return None
        raise
    return CommitFolder(
        repository=repository,
        commit=replace(commit, branch=ref.remote_branch),
        subfolder=push.project,
        root=(repository.top_level or push.session.root).resolve() / push.project,
    )


def _rehearse(push: Push, folder: CommitFolder, ref: PushedRef, why: str) -> Answer:
    # Importing what a rehearsal needs takes half a second.
    from devkit.cli.rehearsing import verify_commit  # noqa: PLC0415
    from devkit.cli.verifying import reporter  # noqa: PLC0415

    push.session.say(_before_rehearsal(push, folder, why))
    code = verify_commit(push.session, folder, _request(push, folder, ref), reporter(push.session))
    if code == ExitCode.OK:
        _make_good(push, folder)
    return Answer(code=code, rehearsed=True)


def _make_good(push: Push, folder: CommitFolder) -> None:
    if _may_have_skipped(push):
        from devkit.cli.skipping import make_good  # noqa: PLC0415 - seldom needed

        make_good(push.repository, folder.commit)


def _may_have_skipped(push: Push) -> bool:
    return (push.repository.common_dir / SKIPPED_FOLDER).is_dir()


def _request(push: Push, folder: CommitFolder, ref: PushedRef) -> Request:
    """A push is rehearsed from what the remote has now, where that commit is at hand."""
    from devkit.cli.rehearsing import Request  # noqa: PLC0415 - half a second, see above

    old = _deployed(push, folder, ref)
    if old is None and ref.deployed_sha and _commit_at_hand(push, ref.deployed_sha) is None:
        what = f"{ref.deployed_sha[:12]}, which {ref.remote_ref} has now, is not here"
        push.session.warn(f"{what}: the switch from it is not rehearsed (git fetch brings it).")
    return Request(old=old)


def _deployed(push: Push, folder: CommitFolder, ref: PushedRef) -> CommitFolder | None:
    """The project in the commit that the remote has now; None where there is nothing of it."""
    if ref.deployed_sha in {"", folder.commit.sha}:
        return None
    commit = _commit_at_hand(push, ref.deployed_sha)
    if commit is None or commit.sha == folder.commit.sha:
        return None
    return replace(folder, commit=replace(commit, branch=ref.remote_branch))


def _commit_at_hand(push: Push, sha: str) -> Commit | None:
    try:
        return resolve_commit(push.repository, sha)
    except UsageError:
        return None


def _before_rehearsal(push: Push, folder: CommitFolder, why: str) -> str:
    seconds = last_duration(push.repository.common_dir)
    took = "" if seconds is None else f" (the last rehearsal took {_duration(seconds)})"
    slow = SLOW_IN_HOOK if push.in_hook else ""
    return f"devkit: {folder.commit.short} {why}, so it is rehearsed before the push{took}{slow}."


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _let_through(push: Push, what: str, *, commit: str = "", receipt: bool = False) -> Answer:
    session = push.session
    mark = ";" if receipt else ","
    session.say(f"devkit: {what}{mark} let through.")
    if session.json:
        from devkit.cli.jsonlines import event_line  # noqa: PLC0415 - for a program only
        from devkit.cli.verdicts import passed  # noqa: PLC0415 - the same

        session.out(event_line(passed(commit=commit, seconds=0.0, receipt=receipt, reused=receipt)))
    return Answer()
