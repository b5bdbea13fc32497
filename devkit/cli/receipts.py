"""Receipts of rehearsals, as verify leaves them and the hook looks for them.

Nothing heavy is imported here: a push of a verified commit is let through in no time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from devkit import __version__
from devkit.engine.receiptfiles import load_receipt, store_receipt
from devkit.hooks.receipts import Receipt, is_fresh, receipt_key

if TYPE_CHECKING:
    from devkit.engine.commit_project import CommitConfig, CommitFolder


def key_of(folder: CommitFolder, config: CommitConfig) -> str:
    """What a receipt for a commit is kept under: all that the verdict depends on."""
    return receipt_key(
        tree=folder.commit.tree,
        project_path=folder.subfolder.as_posix(),
        config_digest=config.digest,
        devkit_version=__version__,
    )


def find_receipt(folder: CommitFolder, config: CommitConfig) -> Receipt | None:
    """The receipt that still counts for a commit's tree, or None."""
    receipt = load_receipt(folder.repository.common_dir, key_of(folder, config))
    if receipt is None or not is_fresh(receipt, now=datetime.now(UTC)):
        return None
    return receipt


def leave_receipt(
    folder: CommitFolder, config: CommitConfig, *, containers: int, seconds: float, image_id: str
) -> str:
    """Keep a receipt for a commit that has passed; why it was not kept, or empty."""
    commit = folder.commit
    receipt = Receipt(
        commit=commit.sha,
        tree=commit.tree,
        key=key_of(folder, config),
        passed_at=datetime.now(UTC),
        seconds=round(seconds, 1),
        containers=containers,
        devkit_version=__version__,
        image_id=image_id,
    )
    return store_receipt(folder.repository.common_dir, receipt)
