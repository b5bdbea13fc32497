"""Receipts on the disk: in the git directory that a repository's worktrees share."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from devkit.errors import DevkitError
from devkit.hooks.receipts import from_json, is_fresh, to_json

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from devkit.hooks.receipts import Receipt


def receipts_folder(common_dir: Path) -> Path:
    """Where a repository's receipts are; need not exist."""
    return common_dir / "devkit" / "receipts"


def load_receipt(common_dir: Path, key: str) -> Receipt | None:
    """The receipt for a key; None where there is none, or none that can be read.

    Args:
        common_dir: The repository's common git directory.
        key: See ``receipt_key``.
    """
    receipt = _read(receipts_folder(common_dir) / f"{key}.json")
    return receipt if receipt is not None and receipt.key == key else None


def store_receipt(common_dir: Path, receipt: Receipt) -> str:
    """Keep a receipt, in place of the one with the same key.

    A rehearsal that passed has passed, receipt or not: failing to write is no error.

    Returns:
        Empty, or why the receipt could not be kept.
    """
    path = receipts_folder(common_dir) / f"{receipt.key}.json"
    problem = keep_note(path, to_json(receipt), common_dir)
    return f"The receipt was not kept: {problem}" if problem else ""


def keep_note(path: Path, text: str, common_dir: Path) -> str:
    """Write a file below the common git directory, in place of the one that is there.

    Returns:
        Empty, or why it could not be written.
    """
    from devkit.engine.writing import replace_file  # noqa: PLC0415 - 5 ms that a push does not pay

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text, root=common_dir)
    except OSError as error:
        return f"{path.parent} could not be made: {error.strerror}."
    except DevkitError as error:
        return error.message
    return ""


def list_receipts(common_dir: Path) -> tuple[Receipt, ...]:
    """All receipts that can be read, the latest first."""
    try:
        paths = list(receipts_folder(common_dir).glob("*.json"))
    except OSError:
        return ()
    receipts = [receipt for path in paths if (receipt := _read(path)) is not None]
    return tuple(sorted(receipts, key=lambda receipt: receipt.passed_at, reverse=True))


def prune_receipts(common_dir: Path, *, now: datetime) -> None:
    """Remove the receipts that have expired; whatever else lies there stays.

    Args:
        common_dir: The repository's common git directory.
        now: The time; has a time zone.
    """
    folder = receipts_folder(common_dir)
    for receipt in list_receipts(common_dir):
        path = folder / f"{receipt.key}.json"
        if receipt.passed_at <= now and not is_fresh(receipt, now=now) and _read(path) == receipt:
            with contextlib.suppress(OSError):
                path.unlink()


def drop_receipt(common_dir: Path, receipt: Receipt) -> None:
    """Let a receipt count no more."""
    with contextlib.suppress(OSError):
        (receipts_folder(common_dir) / f"{receipt.key}.json").unlink(missing_ok=True)


def _read(path: Path) -> Receipt | None:
    try:
        return from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
