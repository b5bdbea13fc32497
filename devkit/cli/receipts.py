"""Receipts of rehearsals, as verify leaves them and the hook looks for them.

Nothing heavy is imported here: a push of a verified commit is let through in no time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from devkit import __version__
from devkit.engine.receiptfiles import (
    list_receipts,
    load_receipt,
    prune_receipts,
    store_receipt,
)
from devkit.hooks.receipts import Receipt, joined, receipt_key, what_counts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

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
    return None if receipt is None else what_counts(receipt, now=datetime.now(UTC))


def verified_on(receipt: Receipt, deployed: str) -> str:
    """When a commit was verified, and what of the switch from a deployed one was not.

    Args:
        receipt: Its receipt.
        deployed: The other commit's full object name; empty for none.
    """
    when = f"verified on {receipt.passed_at.astimezone():%Y-%m-%d %H:%M}"
    if not receipt.lacks_switch(deployed):
        return when
    return f"{when}, but not from {deployed[:12]}, which could not be brought up"


def forget_receipt(folder: CommitFolder) -> None:
    """Let no receipt of a commit count any more: it has failed since."""
    from devkit.engine.commit_project import read_commit_config  # noqa: PLC0415 - see the top
    from devkit.engine.receiptfiles import drop_receipt  # noqa: PLC0415

    receipt = find_receipt(folder, read_commit_config(folder))
    if receipt is not None:
        drop_receipt(folder.repository.common_dir, receipt)


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What a rehearsal that passed leaves in its receipt.

    Attributes:
        containers: How many containers passed the gate.
        seconds: How long it took.
        image_id: The image that it built.
        days: How many days the receipt is good for.
        base_images: The digest of each base image, by its name.
        old: From what the switch was rehearsed, as a receipt has it; empty where nobody knew.
    """

    containers: int
    seconds: float
    image_id: str
    days: int
    base_images: Mapping[str, str] = field(default_factory=dict)
    old: str = ""


def leave_receipt(folder: CommitFolder, config: CommitConfig, done: Pass) -> str:
    """Keep a receipt for a commit that has passed; why it was not kept, or empty.

    It stands for the switches of the receipt that it takes the place of, too. What it makes good
    goes: expired receipts, and the note that this commit, or one with the same files, was let
    through unverified.
    """
    from devkit.engine.skippedfiles import (  # noqa: PLC0415 - a push does not need it
        forget_skipped,
        list_skipped,
    )

    commit, common_dir = folder.commit, folder.repository.common_dir
    now = datetime.now(UTC)
    receipt = Receipt(
        commit=commit.sha,
        tree=commit.tree,
        project=folder.subfolder.as_posix(),
        key=key_of(folder, config),
        passed_at=now,
        seconds=round(done.seconds, 1),
        containers=done.containers,
        devkit_version=__version__,
        image_id=done.image_id,
        days=done.days,
        base_images=done.base_images,
        old={done.old: now} if done.old else {},
    )
    earlier = find_receipt(folder, config)
    problem = store_receipt(common_dir, joined(receipt, earlier) if earlier else receipt)
    prune_receipts(common_dir, now=now)
    skipped = list_skipped(common_dir)
    forget_skipped(common_dir, (s for s in skipped if commit.tree == s.tree))
    return problem


def last_duration(common_dir: Path) -> float | None:
    """How many seconds the last rehearsal took that passed; None where there is no receipt."""
    receipts = list_receipts(common_dir)
    return receipts[0].seconds if receipts else None
