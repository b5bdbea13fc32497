"""What ``devkit push`` keeps of ``DEVKIT_SKIP=1``, once git has pushed or failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.cli.pushed import covers, pushed_folder
from devkit.cli.receipts import find_receipt
from devkit.cli.skipping import skip
from devkit.engine.commit_project import deploys_nothing, read_commit_config
from devkit.engine.skippedfiles import forget_skipped, list_skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.cli.pushed import Push
    from devkit.hooks.prepush import PushedRef


def recorded(push: Push) -> frozenset[str]:
    """The commits that are recorded as let through unverified."""
    return frozenset(skipped.commit for skipped in list_skipped(push.repository.common_dir))


def record_unverified(push: Push, refs: Sequence[PushedRef]) -> None:
    """Record what was pushed without a verdict, where no hook has done so."""
    for ref in refs:
        folder = pushed_folder(push, ref)
        if folder is None or deploys_nothing(folder) or folder.commit.sha in recorded(push):
            continue
        receipt = find_receipt(folder, read_commit_config(folder))
        if receipt is None or not covers(push, folder, ref, receipt):
            skip(push.session, push.repository, folder.commit, ref, remote=push.remote)


def take_back(push: Push, refs: Sequence[PushedRef], *, known: frozenset[str]) -> None:
    """Forget what the hook has recorded of a push of which nothing has arrived.

    Args:
        push: The push.
        refs: What it was to push.
        known: What was recorded before it: that has arrived some other time, and stays.
    """
    folders = [pushed_folder(push, ref) for ref in refs]
    commits = {folder.commit.sha for folder in folders if folder is not None} - known
    common_dir = push.repository.common_dir
    forget_skipped(common_dir, (s for s in list_skipped(common_dir) if s.commit in commits))
