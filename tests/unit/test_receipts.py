from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from devkit.hooks.receipts import (
    LEFT_OUT,
    Receipt,
    ReceiptState,
    from_json,
    is_fresh,
    joined,
    moved_images,
    not_from,
    receipt_key,
    receipt_state,
    to_json,
    what_counts,
)

NOON = datetime(2024, 5, 6, 12, tzinfo=UTC)
RECEIPT = Receipt(
    commit="a" * 40,
    tree="b" * 40,
    project="site",
    key="c" * 64,
    passed_at=NOON,
    seconds=61.5,
    containers=2,
    devkit_version="0.1.0",
    image_id="sha256:abc",
    days=7,
    base_images={"docker.io/library/python:3.11": "sha256:old", "debian": "sha256:one"},
    old={"d" * 40: NOON, not_from("e" * 40): NOON - timedelta(hours=1)},
)
MAX_AGE = timedelta(days=7)
FACTS: dict[str, Any] = {
    "tree": "b" * 40,
    "project_path": ".",
    "config_digest": "d" * 64,
    "devkit_version": "0.1.0",
}


def changed(**facts: object) -> str:
    return json.dumps(json.loads(to_json(RECEIPT)) | facts)


def test_a_key_is_the_same_every_time() -> None:
    assert receipt_key(**FACTS) == receipt_key(**FACTS)
    assert len(bytes.fromhex(receipt_key(**FACTS))) == 32


@pytest.mark.parametrize(
    ("fact", "other"),
    [
        ("tree", "e" * 40),
        ("project_path", "shop"),
        ("config_digest", "e" * 64),
        ("devkit_version", "0.2.0"),
    ],
)
def test_whatever_the_verdict_depends_on_changes_the_key(fact: str, other: object) -> None:
    assert receipt_key(**FACTS | {fact: other}) != receipt_key(**FACTS)


def test_two_facts_do_not_run_into_each_other() -> None:
    one = receipt_key(**FACTS | {"project_path": "a", "config_digest": "bc"})
    assert one != receipt_key(**FACTS | {"project_path": "ab", "config_digest": "c"})


def test_a_path_that_is_no_text_has_a_key() -> None:
    assert receipt_key(**FACTS | {"project_path": "caf\udce9"})


def test_a_receipt_reads_back_equal() -> None:
    assert from_json(to_json(RECEIPT)) == RECEIPT


def test_the_time_is_written_in_utc() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=9)))
    facts = json.loads(to_json(replace(RECEIPT, passed_at=there, old={"d" * 40: there})))
    assert facts["passed_at"] == "2024-05-06T12:00:00+00:00"
    assert facts["old"] == {"d" * 40: "2024-05-06T12:00:00+00:00"}


@pytest.mark.parametrize(
    ("written", "old"),
    [("d" * 40, {"d" * 40: NOON}), ("", {}), (LEFT_OUT, {})],
)
def test_a_receipt_of_the_form_with_one_old_version(written: str, old: dict[str, datetime]) -> None:
    """ "left out" may have been an old version that failed to come up: it waives nothing now."""
    assert from_json(changed(old=written)) == replace(RECEIPT, old=old)


def test_a_receipt_of_the_form_without_old_versions() -> None:
    facts = json.loads(to_json(RECEIPT))
    del facts["old"]
    assert from_json(json.dumps(facts)) == replace(RECEIPT, old={})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "{}",
        '"version"',
        "[" * 100_000,
        changed(version=1),
        changed(passed_at="yesterday"),
        changed(passed_at=5),
        changed(passed_at="2024-05-06T12:00:00"),
        changed(containers="2"),
        changed(containers=True),
        changed(seconds=None),
        changed(commit=None),
        changed(tree=["b"]),
        changed(unknown=1),
        changed(days="7"),
        changed(base_images=["python"]),
        changed(base_images={"python": 3}),
        changed(old=5),
        changed(old=["d" * 40]),
        changed(old={"d" * 40: "yesterday"}),
        changed(old={"d" * 40: None}),
        changed(old={"d" * 40: "2024-05-06T12:00:00"}),
        json.dumps({"version": 2}),
    ],
)
def test_what_is_no_receipt_is_none(text: str) -> None:
    assert from_json(text) is None


@pytest.mark.parametrize(
    ("age", "fresh"),
    [
        (timedelta(0), True),
        (MAX_AGE, True),
        (MAX_AGE + timedelta(seconds=1), False),
        (-timedelta(seconds=1), False),
    ],
)
def test_freshness(age: timedelta, fresh: bool) -> None:
    assert is_fresh(RECEIPT, now=NOON + age) is fresh


def test_the_age_limit_is_the_receipt_s_own() -> None:
    later = NOON + timedelta(days=8)
    assert is_fresh(replace(RECEIPT, days=30), now=later)
    assert not is_fresh(replace(RECEIPT, days=1), now=NOON + timedelta(days=2))


@pytest.mark.parametrize(
    ("key", "version", "age", "state"),
    [
        (RECEIPT.key, "0.1.0", 1, ReceiptState.GOOD),
        (RECEIPT.key, "0.1.0", 8, ReceiptState.EXPIRED),
        ("d" * 64, "0.2.0", 1, ReceiptState.OTHER_VERSION),
        ("d" * 64, "0.1.0", 1, ReceiptState.OTHER_CONFIGURATION),
        (None, "0.1.0", 1, ReceiptState.NO_COMMIT),
    ],
)
def test_what_a_receipt_is_worth(
    key: str | None, version: str, age: int, state: ReceiptState
) -> None:
    now = NOON + timedelta(days=age)
    assert receipt_state(RECEIPT, key=key, devkit_version=version, now=now) is state


@pytest.mark.parametrize(
    ("now", "moved"),
    [
        ({"docker.io/library/python:3.11": "sha256:old", "debian": "sha256:one"}, ()),
        ({"docker.io/library/python:3.11": "sha256:new", "debian": "sha256:one"},
         ("docker.io/library/python:3.11",)),
        ({}, ()),
    ],
)  # fmt: skip
def test_base_images_that_moved(now: dict[str, str], moved: tuple[str, ...]) -> None:
    assert moved_images(RECEIPT, now) == moved


A, B, C = "a" * 40, "b" * 40, "c" * 40


@pytest.mark.parametrize(
    ("old", "deployed", "covered"),
    [
        ([], "", True),
        ([A], A, True),
        ([A], "", True),
        ([A], B, False),
        ([A, B], B, True),
        ([], B, False),
        ([LEFT_OUT], B, True),
        ([not_from(A)], A, True),
        ([not_from(A)], B, False),
        ([not_from(A)], "", True),
    ],
)
def test_a_receipt_stands_for_the_switches_that_were_rehearsed(
    old: list[str], deployed: str, *, covered: bool
) -> None:
    assert replace(RECEIPT, old=dict.fromkeys(old, NOON)).covers(deployed) is covered


@pytest.mark.parametrize(
    ("old", "lacks"),
    [([not_from(A)], True), ([not_from(A), A], False), ([A], False), ([not_from(B)], False),
     ([LEFT_OUT], False)],
)  # fmt: skip
def test_whether_the_deployed_version_did_not_come_up(old: list[str], *, lacks: bool) -> None:
    assert replace(RECEIPT, old=dict.fromkeys(old, NOON)).lacks_switch(A) is lacks


def test_from_which_commits_it_was_switched() -> None:
    old = dict.fromkeys([A, LEFT_OUT, not_from(B), C], NOON)
    assert replace(RECEIPT, old=old).switched_from == (A, C)


@pytest.mark.parametrize(
    ("age", "old"),
    [(1, {A, B}), (6, {A}), (7, {A}), (8, None), (-1, None)],
)
def test_each_old_version_counts_for_its_own_time(age: int, old: set[str] | None) -> None:
    receipt = replace(RECEIPT, old={A: NOON, B: NOON - timedelta(days=2)})
    counting = what_counts(receipt, now=NOON + timedelta(days=age))
    assert (counting and set(counting.old)) == old


EARLIER = replace(
    RECEIPT,
    passed_at=NOON - timedelta(days=1),
    old=dict.fromkeys([A, not_from(B), LEFT_OUT], NOON - timedelta(days=1)),
)


@pytest.mark.parametrize(
    ("changes", "old"),
    [
        ({}, {A: -1, not_from(B): -1, C: 0}),
        ({"old": {}}, {A: -1, not_from(B): -1}),
        ({"old": {A: NOON}}, {A: 0, not_from(B): -1}),
        ({"old": {LEFT_OUT: NOON}}, {A: -1, not_from(B): -1, LEFT_OUT: 0}),
        ({"containers": 3}, {C: 0}),
        ({"base_images": {"debian": "sha256:two"}}, {C: 0}),
    ],
    ids=["added", "none known", "anew", "left out", "more containers", "other base images"],
)
def test_a_receipt_takes_over_the_switches_of_the_one_before(
    changes: dict[str, Any], old: dict[str, int]
) -> None:
    later = replace(RECEIPT, **{"old": {C: NOON}} | changes)
    days = {o: NOON + timedelta(days=age) for o, age in old.items()}
    assert joined(later, EARLIER) == replace(later, old=days)
