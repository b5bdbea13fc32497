"""``devkit hook status``: the hook, the receipts with what they are worth, what went unverified."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit import __version__
from devkit.cli.receipts import key_of
from devkit.engine.commit_project import CommitFolder, read_commit_config
from devkit.engine.git_commits import resolve_commit
from devkit.engine.receiptfiles import list_receipts
from devkit.engine.skippedfiles import list_skipped
from devkit.errors import UsageError
from devkit.hooks.receipts import ReceiptState, receipt_state

if TYPE_CHECKING:
    from devkit.cli.session import Session
    from devkit.engine.git import Repository
    from devkit.hooks.installing import HookStatus
    from devkit.hooks.receipts import Receipt
    from devkit.hooks.skipped import SkippedPush


def tell_status(session: Session, repository: Repository, hook: HookStatus) -> None:
    """Show how things stand, on stdout; with ``--json`` as one event."""
    now = datetime.now(UTC)
    receipts = [(r, _state(repository, r, now)) for r in list_receipts(repository.common_dir)]
    skipped = list_skipped(repository.common_dir)
    if session.json:
        import json  # noqa: PLC0415 - for a program only

        session.out(json.dumps(_event(hook, receipts, skipped)))
        return
    session.out(f"pre-push hook: {hook.value}")
    for receipt, state in receipts:
        session.out(f"  {_line(receipt, state, now)}")
    for each in skipped:
        session.out(f"  {each}, and has not been verified since")


def _state(repository: Repository, receipt: Receipt, now: datetime) -> ReceiptState:
    try:
        commit = resolve_commit(repository, receipt.commit)
    except UsageError:  # collected as garbage
        key = None
    else:
        folder = CommitFolder(
            repository=repository,
            commit=commit,
            subfolder=Path(receipt.project),
            root=(repository.top_level or repository.git_dir).resolve() / receipt.project,
        )
        key = key_of(folder, read_commit_config(folder))
    return receipt_state(receipt, key=key, devkit_version=__version__, now=now)


def _line(receipt: Receipt, state: ReceiptState, now: datetime) -> str:
    when = receipt.passed_at.astimezone().strftime("%Y-%m-%d %H:%M")
    where = "" if receipt.project == "." else f" ({receipt.project})"
    worth = state.value
    if state is ReceiptState.GOOD:
        worth = f"good until {receipt.expires_at.astimezone():%Y-%m-%d %H:%M}"
        olds = ", ".join(old[:12] for old in receipt.switched_from)
        worth += f"; switched from {olds}" if olds else ""
    age = _span(now - receipt.passed_at)
    took = f"in {receipt.seconds:.0f} s"
    return f"{receipt.commit[:12]}{where} passed {when}, {age} ago, {took}: {worth}"


def _span(time: timedelta) -> str:
    """A duration in its largest whole unit."""
    seconds = max(0, int(time.total_seconds()))
    for name, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = seconds // size
        if count:
            return f"{count} {name}{'s' if count > 1 else ''}"
    return f"{seconds} s"


def _event(
    hook: HookStatus,
    receipts: list[tuple[Receipt, ReceiptState]],
    skipped: tuple[SkippedPush, ...],
) -> dict[str, Any]:
    return {
        "event": "hook_status",
        "status": hook.name.lower(),
        "receipts": [
            {
                "commit": receipt.commit,
                "project": receipt.project,
                "passed_at": receipt.passed_at.isoformat(),
                "expires_at": receipt.expires_at.isoformat(),
                "seconds": receipt.seconds,
                "state": state.name.lower(),
                "base_images": dict(receipt.base_images),
                "switched_from": list(receipt.switched_from),
            }
            for receipt, state in receipts
        ],
        "unverified": [
            {
                "commit": each.commit,
                "remote": each.remote,
                "remote_ref": each.remote_ref,
                "person": each.person,
                "pushed_at": each.pushed_at.isoformat(),
            }
            for each in skipped
        ],
    }
