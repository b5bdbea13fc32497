"""``devkit verify`` of a commit with a receipt: passed at once, if its base images still hold."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from devkit.cli.interrupts import run_interruptible
from devkit.cli.reaping import reap_runs
from devkit.cli.receipts import find_receipt, verified_on
from devkit.cli.verdicts import passed
from devkit.engine.base_images import digests_now
from devkit.engine.commit_project import read_commit_config, uncommitted
from devkit.engine.docker_environment import engine_environment
from devkit.engine.git_worktree import differs_from_commit
from devkit.engine.receiptfiles import drop_receipt
from devkit.hooks.receipts import moved_images

if TYPE_CHECKING:
    from devkit.cli.session import Session
    from devkit.deployment.events import Reporter
    from devkit.engine.commit_project import CommitFolder
    from devkit.hooks.receipts import Receipt


def told_from_receipt(
    session: Session,
    folder: CommitFolder,
    report: Reporter,
    *,
    containers: int | None,
    deployed: str = "",
) -> bool:
    """Tell the verdict of a commit's receipt; whether there was one that stands for it.

    A receipt whose base images have moved counts no more, for the hook neither.

    Args:
        session: The session.
        folder: The commit.
        report: Told of the verdict.
        containers: How many containers are asked for; None for as many as a push asks for.
        deployed: The commit that is deployed now; empty where nobody knows, or is to look.
    """
    receipt = find_receipt(folder, read_commit_config(folder))
    if receipt is None or containers not in {None, receipt.containers}:
        return False
    if not receipt.covers(deployed):
        session.say(f"{folder.commit.short} was verified, but not from {deployed[:12]}.")
        return False
    paths = differs_from_commit(folder.repository, folder.root)
    if paths:
        session.warn(uncommitted(paths))
    floating = _floating(folder, receipt)
    now = run_interruptible(lambda: digests_now(floating, engine_environment(session.environment)))
    moved = moved_images(receipt, now)
    if moved:
        drop_receipt(folder.repository.common_dir, receipt)
        session.warn(
            f"{', '.join(moved)} is another image than when {folder.commit.short} was verified:"
            " it is rehearsed anew."
        )
        return False
    unknown = [name for name in floating if name not in now]
    reap_runs(session)  # a rehearsal does it by itself
    report(
        passed(
            commit=folder.commit.sha,
            seconds=time.monotonic() - session.began,
            receipt=True,
            reused=True,
            message=_message(receipt, deployed, unknown),
        )
    )
    return True


def _floating(folder: CommitFolder, receipt: Receipt) -> list[str]:
    """The base images that may move: the Dockerfile does not name them by their digests."""
    text = (folder.read("Dockerfile") or b"").decode(errors="replace")
    return [name for name, digest in receipt.base_images.items() if digest not in text]


def _message(receipt: Receipt, deployed: str, unknown: list[str]) -> str:
    unsure = f" (whether {', '.join(unknown)} has moved could not be found out)" if unknown else ""
    return f"{verified_on(receipt, deployed)}{unsure}"
