"""Receipts: what a passed rehearsal leaves, so that a push need not rehearse it again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT_VERSION = 3
LEFT_OUT = "left out"
"""In the place of the old version: the switch was left out in so many words, or could not be."""


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
        old: The commit from which the switch was rehearsed; empty where none was known then, and
            ``LEFT_OUT``.
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
    old: str = ""

    def covers(self, deployed: str) -> bool:
        """Whether it stands for a switch from what is deployed now.

        Args:
            deployed: The commit's full object name; empty where nobody knows.
        """
        return not deployed or self.old in {deployed, LEFT_OUT}

    @property
    def expires_at(self) -> datetime:
        """When it lets no push through any more."""
        return self.passed_at + timedelta(days=self.days)


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
    """Write a receipt as JSON, with the version of its format and the time in UTC."""
    passed_at = receipt.passed_at.astimezone(UTC).isoformat()
    facts = {"version": FORMAT_VERSION, **asdict(receipt), "passed_at": passed_at}
    return json.dumps(facts, indent=2) + "\n"


def from_json(text: str) -> Receipt | None:
    """Read a receipt; None for anything that is not one, whatever it is."""
    try:
        facts = json.loads(text)
        if not isinstance(facts, dict) or facts.pop("version", None) != FORMAT_VERSION:
            return None
        receipt = Receipt(**facts | {"passed_at": datetime.fromisoformat(facts["passed_at"])})
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return receipt if _is_well_formed(receipt) else None


def _is_well_formed(receipt: Receipt) -> bool:
    wanted: dict[str, type | tuple[type, ...]] = {
        "passed_at": datetime,
        "seconds": (float, int),
        "containers": int,
        "days": int,
        "base_images": dict,
    }
    right = all(
        isinstance(value := getattr(receipt, each.name), wanted.get(each.name, str))
        and not isinstance(value, bool)
        for each in fields(receipt)
    )
    names = [*receipt.base_images, *receipt.base_images.values()] if right else []
    return right and receipt.passed_at.tzinfo is not None and all(isinstance(n, str) for n in names)
