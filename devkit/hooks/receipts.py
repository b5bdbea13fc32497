"""Receipts: what a passed rehearsal leaves, so that a push need not rehearse it again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta

FORMAT_VERSION = 1
MAX_AGE = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """That a commit's deployment was rehearsed and passed.

    Attributes:
        commit: The commit's full object name.
        tree: Its root tree's full object name.
        key: What ``receipt_key`` made of everything that the verdict depends on.
        passed_at: When it passed; has a time zone.
        seconds: How long the rehearsal took.
        containers: How many containers passed the gate.
        devkit_version: The devkit that rehearsed.
        image_id: The image that it built.
    """

    commit: str
    tree: str
    key: str
    passed_at: datetime
    seconds: float
    containers: int
    devkit_version: str
    image_id: str


def receipt_key(*, tree: str, project_path: str, config_digest: str, devkit_version: str) -> str:
    """Name a rehearsal by everything that its verdict depends on.

    Args:
        tree: The commit's root tree.
        project_path: The project's folder from the top level, with ``/``; ``.`` for the top level.
        config_digest: The digest of the text of devkit.yaml: with the tree it decides the
            configuration, the number of containers included.
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


def is_fresh(receipt: Receipt, *, now: datetime, max_age: timedelta = MAX_AGE) -> bool:
    """Whether a receipt still counts; one from the future does not.

    Args:
        receipt: The receipt.
        now: The time; has a time zone.
        max_age: How old it may be: base images change underneath.
    """
    return timedelta(0) <= now - receipt.passed_at <= max_age


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
    }
    right = all(
        isinstance(value := getattr(receipt, each.name), wanted.get(each.name, str))
        and not isinstance(value, bool)
        for each in fields(receipt)
    )
    return right and receipt.passed_at.tzinfo is not None
