from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from devkit.hooks.skipped import (
    SkippedPush,
    from_json,
    to_json,
    without_credentials,
)

SKIPPED = SkippedPush(
    commit="a" * 40,
    tree="b" * 40,
    remote="origin",
    remote_ref="refs/heads/caf\udce9",
    person="Ada <ada@example.org>",
    pushed_at=datetime(2024, 5, 6, 12, tzinfo=UTC),
)


def test_it_reads_back_equal() -> None:
    assert from_json(to_json(SKIPPED)) == SKIPPED


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", json.dumps(json.loads(to_json(SKIPPED)) | {"commit": 5}),
     json.dumps(json.loads(to_json(SKIPPED)) | {"pushed_at": "2024-05-06T12:00:00"})],
)  # fmt: skip
def test_what_is_none_is_none(text: str) -> None:
    assert from_json(text) is None


@pytest.mark.parametrize(
    ("location", "kept"),
    [
        ("https://ada:secret@host/shop.git", "https://host/shop.git"),
        ("https://token@host/shop.git?key=secret", "https://host/shop.git"),
        ("git@host:shop.git", "git@host:shop.git"),
        ("origin", "origin"),
    ],
)
def test_no_credentials_are_kept(location: str, kept: str) -> None:
    assert without_credentials(location) == kept
