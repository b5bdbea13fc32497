"""Receipts: what a passed rehearsal leaves, so that a push need not rehearse it again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT_VERSION = 3
LEFT_OUT = "left out"
"""In the place of an old version: the switch was left out in so many words."""

_NOT_FROM = "not from "


class ReceiptState(Enum):
    """Whether a receipt still lets a push through; the value is what people read."""

    GOOD = "good"
    EXPIRED = "expired"
    OTHER_VERSION = "of another devkit"
    OTHER_CONFIGURATION = "of another configuration"
    NO_COMMIT = "its commit is gone"


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """That a commit's deployment was rehearsed and passed.

    Attributes:
        commit: The commit's full object name.
        tree: Its root tree's full object name.
        project: The project's folder from the top level, with ``/``; ``.`` for the top level.
        key: What ``receipt_key`` made of everything that the verdict depends on.
        passed_at: When it passed; has a time zone.
        seconds: How long the rehearsal took.
        containers: How many containers passed the gate.
        devkit_version: The devkit that rehearsed.
        image_id: The image that it built.
        days: How many days it lets pushes through.
        base_images: The digest that each base image (FROM, COPY --from) resolved to, by its name.
        old: What was deployed then, and when it passed with that: commits from which the switch was
            rehearsed, ``not_from`` those that did not come up, ``LEFT_OUT``; empty where unknown.
    """

    commit: str
    tree: str
    project: str
    key: str
    passed_at: datetime
    seconds: float
    containers: int
    devkit_version: str
    image_id: str
    days: int
    base_images: Mapping[str, str] = field(default_factory=dict)
    old: Mapping[str, datetime] = field(default_factory=dict)

    def covers(self, deployed: str) -> bool:
        """Whether it stands for a switch from what is deployed now.

        Args:
            deployed: The commit's full object name; empty where nobody knows.
        """
        return not deployed or not {deployed, not_from(deployed), LEFT_OUT}.isdisjoint(self.old)

    def lacks_switch(self, deployed: str) -> bool:
        """Whether that commit could not be brought up, and so was never switched from."""
        return deployed not in self.old and not_from(deployed) in self.old

    @property
    def switched_from(self) -> tuple[str, ...]:
        """The commits from which the switch was rehearsed."""
        return tuple(o for o in self.old if o != LEFT_OUT and not o.startswith(_NOT_FROM))

    @property
    def expires_at(self) -> datetime:
        """When it lets no push through any more."""
        return self.passed_at + timedelta(days=self.days)


def not_from(commit: str) -> str:
    """What a receipt has in the place of an old version that could not be brought up."""
    return f"{_NOT_FROM}{commit}"


def receipt_key(*, tree: str, project_path: str, config_digest: str, devkit_version: str) -> str:
    """Name a rehearsal by everything that its verdict depends on.

    Args:
        tree: The commit's root tree.
        project_path: The project's folder from the top level, with ``/``; ``.`` for the top level.
        config_digest: The digest of the text of devkit.yaml: with the tree it decides the
            configuration, the number of containers and the receipt's days included.
        devkit_version: The devkit that rehearses.

    Returns:
        64 hexadecimal digits.
    """
    parts = {
        "format": FORMAT_VERSION,
        "tree": tree,
        "project": project_path,
        "config": config_digest,
        "devkit": devkit_version,
    }
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def is_fresh(receipt: Receipt, *, now: datetime) -> bool:
    """Whether a receipt still counts; one from the future does not.

    Args:
        receipt: The receipt.
        now: The time; has a time zone.
    """
    return receipt.passed_at <= now <= receipt.expires_at


def what_counts(receipt: Receipt, *, now: datetime) -> Receipt | None:
    """What of a receipt still counts: the old versions whose own time is up do not.

    Args:
        receipt: The receipt.
        now: The time; has a time zone.
    """
    if not is_fresh(receipt, now=now):
        return None
    first = now - timedelta(days=receipt.days)
    return replace(receipt, old={o: t for o, t in receipt.old.items() if first <= t <= now})


def joined(receipt: Receipt, earlier: Receipt) -> Receipt:
    """A receipt that also stands for the switches of an earlier one with the same key.

    Only where both were rehearsed alike. That a switch was left out is said for one rehearsal.
    """
    if (receipt.containers, receipt.base_images) != (earlier.containers, earlier.base_images):
        return receipt
    known = {old: when for old, when in earlier.old.items() if old != LEFT_OUT}
    return replace(receipt, old={**known, **receipt.old})


def receipt_state(
    receipt: Receipt, *, key: str | None, devkit_version: str, now: datetime
) -> ReceiptState:
    """Say whether a push would be let through by a receipt, and if not, why.

    Args:
        receipt: The receipt.
        key: The key that a receipt for its commit has today; None where the commit is gone.
        devkit_version: This devkit's.
        now: The time; has a time zone.
    """
    if not is_fresh(receipt, now=now):
        return ReceiptState.EXPIRED
    if receipt.devkit_version != devkit_version:
        return ReceiptState.OTHER_VERSION
    if key is None:
        return ReceiptState.NO_COMMIT
    return ReceiptState.GOOD if key == receipt.key else ReceiptState.OTHER_CONFIGURATION


def moved_images(receipt: Receipt, now: Mapping[str, str]) -> tuple[str, ...]:
    """The base images that another digest has taken the name of since.

    Args:
        receipt: The receipt.
        now: The digests of today, by name; one that could not be found out is not in it.
    """
    return tuple(
        name for name, digest in receipt.base_images.items() if now.get(name, digest) != digest
    )


def to_json(receipt: Receipt) -> str:
    """Write a receipt as JSON, with the version of its format and the times in UTC."""
    times = {
        "passed_at": _in_utc(receipt.passed_at),
        "old": {old: _in_utc(when) for old, when in receipt.old.items()},
    }
    facts = {"version": FORMAT_VERSION, **asdict(receipt), **times}
    return json.dumps(facts, indent=2) + "\n"


def from_json(text: str) -> Receipt | None:
    """Read a receipt; None for anything that is not one, whatever it is."""
    try:
        facts = json.loads(text)
        if not isinstance(facts, dict) or facts.pop("version", None) != FORMAT_VERSION:
            return None
        passed_at = datetime.fromisoformat(facts["passed_at"])
        old = _read_old(facts.get("old", ""), passed_at)
        receipt = Receipt(**facts | {"passed_at": passed_at, "old": old})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return receipt if _is_well_formed(receipt) else None


def _in_utc(when: datetime) -> str:
    return when.astimezone(UTC).isoformat()


def _read_old(written: str | Mapping[str, str], passed_at: datetime) -> dict[str, datetime]:
    if isinstance(written, str):  # as it was before receipts had several
        # "left out" was also written where an old version just failed to come up.
        return {written: passed_at} if written not in {"", LEFT_OUT} else {}
    return {old: datetime.fromisoformat(when) for old, when in written.items()}


def _is_well_formed(receipt: Receipt) -> bool:
    wanted: dict[str, type | tuple[type, ...]] = {
        "passed_at": datetime,
        "seconds": (float, int),
        "containers": int,
        "days": int,
        "base_images": dict,
        "old": dict,
    }
    right = all(
        isinstance(value := getattr(receipt, each.name), wanted.get(each.name, str))
        and not isinstance(value, bool)
        for each in fields(receipt)
    )
    if not right:
        return False
    names = [*receipt.base_images, *receipt.base_images.values(), *receipt.old]
    times = [receipt.passed_at, *receipt.old.values()]
    return all(isinstance(n, str) for n in names) and all(t.tzinfo is not None for t in times)
