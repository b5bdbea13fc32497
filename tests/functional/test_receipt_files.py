"""Receipts on a real disk."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from devkit.engine.git import find_repository
from devkit.engine.receiptfiles import (
    list_receipts,
    load_receipt,
    prune_receipts,
    receipts_folder,
    store_receipt,
)
from devkit.hooks.receipts import Receipt
from tests.files import file_tree
from tests.functional.disks import read_only, small_disk
from tests.functional.repos import ENVIRONMENT, make_repo

if TYPE_CHECKING:
    from pathlib import Path

KEY = "c" * 64
RECEIPT = Receipt(
    commit="a" * 40,
    tree="b" * 40,
    project=".",
    key=KEY,
    passed_at=datetime(2024, 5, 6, 12, tzinfo=UTC),
    seconds=61.5,
    containers=2,
    devkit_version="0.1.0",
    image_id="sha256:abc",
    days=7,
    base_images={"docker.io/library/python:3.11": "sha256:abc"},
)


def test_kept_and_found_again(tmp_path: Path) -> None:
    assert load_receipt(tmp_path, KEY) is None
    assert store_receipt(tmp_path, RECEIPT) == ""
    assert load_receipt(tmp_path, KEY) == RECEIPT
    assert file_tree(tmp_path) == {f"devkit/receipts/{KEY}.json"}


def test_a_later_one_takes_the_place(tmp_path: Path) -> None:
    store_receipt(tmp_path, RECEIPT)
    later = replace(RECEIPT, seconds=9.0)
    store_receipt(tmp_path, later)
    assert load_receipt(tmp_path, KEY) == later


def test_worktrees_share_them(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "main", {"f": ""})
    repo.git("worktree", "add", "--quiet", "../other")
    store_receipt(find_repository(tmp_path / "other", ENVIRONMENT).common_dir, RECEIPT)
    found = find_repository(tmp_path / "main", ENVIRONMENT)
    assert load_receipt(found.common_dir, KEY) == RECEIPT
    assert repo.git("status", "--porcelain") == ""
    repo.git("fsck", "--strict")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"\0" * 100])
def test_a_broken_one_is_none(tmp_path: Path, content: bytes) -> None:
    store_receipt(tmp_path, RECEIPT)
    (receipts_folder(tmp_path) / f"{KEY}.json").write_bytes(content)
    assert load_receipt(tmp_path, KEY) is None
    assert list_receipts(tmp_path) == ()


def test_one_under_another_s_name_does_not_count(tmp_path: Path) -> None:
    store_receipt(tmp_path, RECEIPT)
    folder = receipts_folder(tmp_path)
    (folder / f"{KEY}.json").rename(folder / f"{'d' * 64}.json")
    assert load_receipt(tmp_path, "d" * 64) is None


def test_the_list_begins_with_the_latest(tmp_path: Path) -> None:
    assert list_receipts(tmp_path) == ()
    later = replace(RECEIPT, key="d" * 64, passed_at=RECEIPT.passed_at + timedelta(days=1))
    latest = replace(RECEIPT, key="0" * 64, passed_at=RECEIPT.passed_at + timedelta(days=2))
    for receipt in (later, RECEIPT, latest):
        store_receipt(tmp_path, receipt)
    assert list_receipts(tmp_path) == (latest, later, RECEIPT)


def test_only_expired_receipts_of_devkit_s_own_go(tmp_path: Path) -> None:
    expired = replace(RECEIPT, key="d" * 64, passed_at=RECEIPT.passed_at - timedelta(days=1))
    future = replace(RECEIPT, key="e" * 64, passed_at=RECEIPT.passed_at + timedelta(days=30))
    for receipt in (RECEIPT, expired, future):
        store_receipt(tmp_path, receipt)
    folder = receipts_folder(tmp_path)
    (folder / "notes.json").write_text('{"mine": true}')
    (folder / "copy.json").write_text((folder / f"{expired.key}.json").read_text())
    prune_receipts(tmp_path, now=RECEIPT.passed_at + timedelta(days=6, hours=1))
    kept = {path.name for path in folder.iterdir()}
    assert kept == {f"{KEY}.json", f"{'e' * 64}.json", "notes.json", "copy.json"}


def test_a_place_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "devkit").write_text("")
    assert store_receipt(tmp_path, RECEIPT).startswith("The receipt was not kept: ")
    assert load_receipt(tmp_path, KEY) is None
    assert list_receipts(tmp_path) == ()


def test_a_file_that_cannot_be_replaced_is_a_warning(tmp_path: Path) -> None:
    (receipts_folder(tmp_path) / f"{KEY}.json").mkdir(parents=True)
    assert store_receipt(tmp_path, RECEIPT).startswith("The receipt was not kept: ")
    assert load_receipt(tmp_path, KEY) is None


def test_a_read_only_disk_is_a_warning_and_its_receipts_count(tmp_path: Path) -> None:
    folder = tmp_path / "git"
    with small_disk(folder):
        store_receipt(folder, RECEIPT)
        with read_only(folder):
            warning = store_receipt(folder, replace(RECEIPT, key="d" * 64))
            assert "read-only file system" in warning
            assert load_receipt(folder, KEY) == RECEIPT
