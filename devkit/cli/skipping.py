"""``DEVKIT_SKIP=1``: a push without a verdict is recorded, told of, and made good later."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from devkit.engine.skippedfiles import (
    contains,
    forget_skipped,
    list_skipped,
    record_skipped,
    who_pushes,
)
from devkit.hooks.skipped import SkippedPush, without_credentials

if TYPE_CHECKING:
    from devkit.cli.session import Session
    from devkit.engine.git import Repository
    from devkit.hooks.prepush import PushedRef
    from devkit.project import Commit


def skip(
    session: Session, repository: Repository, commit: Commit, ref: PushedRef, *, remote: str
) -> None:
    """Record that a commit goes unverified; nothing of the environment is kept."""
    skipped = SkippedPush(
        commit=commit.sha,
        tree=commit.tree,
        remote=without_credentials(remote),
        remote_ref=ref.remote_ref,
        person=who_pushes(repository),
        pushed_at=datetime.now(UTC),
    )
    problem = record_skipped(repository.common_dir, skipped)
    if problem:
        session.warn(problem)


def tell_of_skipped(session: Session, repository: Repository) -> None:
    """Say which commits went unverified, and are not made good yet."""
    for skipped in list_skipped(repository.common_dir):
        session.warn(f"{skipped}, and has not been verified since.")


def make_good(repository: Repository, commit: Commit) -> None:
    """Forget the unverified commits that a verified one has the place of: itself, its ancestors.

    Called where the verified one is pushed, so that the push has told of them.
    """
    done = [
        s for s in list_skipped(repository.common_dir) if contains(repository, commit, s.commit)
    ]
    forget_skipped(repository.common_dir, done)
