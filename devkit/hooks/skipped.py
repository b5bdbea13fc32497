"""What ``DEVKIT_SKIP=1`` let through unverified: kept until it is made good."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime

FORMAT_VERSION = 1

_CREDENTIALS = re.compile(r"(?<=://)[^/@]*@")


@dataclass(frozen=True, kw_only=True)
class SkippedPush:
    """A commit that was let through without a verdict; the remote may have rejected it then.

    Attributes:
        commit: Its full object name.
        tree: Its root tree's.
        remote: The remote's name or location, without credentials.
        remote_ref: The ref over there.
        person: Who pushed, as git names them.
        pushed_at: When; has a time zone.
    """

    commit: str
    tree: str
    remote: str
    remote_ref: str
    person: str
    pushed_at: datetime

    def __str__(self) -> str:
        """A line for people."""
        when = self.pushed_at.astimezone().strftime("%Y-%m-%d %H:%M")
        where = f"{self.remote_ref} of {self.remote}" if self.remote else self.remote_ref
        return (
            f"{self.commit[:12]} was let through to {where} unverified on {when}, by {self.person}"
        )


def without_credentials(location: str) -> str:
    """A remote's location, fit to be kept: no user, password, token or query in it."""
    return _CREDENTIALS.sub("", location.partition("?")[0])


def to_json(skipped: SkippedPush) -> str:
    """Write one as JSON, in ASCII: a ref's name need not be text."""
    pushed_at = skipped.pushed_at.astimezone(UTC).isoformat()
    facts = {"version": FORMAT_VERSION, **asdict(skipped), "pushed_at": pushed_at}
    return json.dumps(facts, indent=2) + "\n"


def from_json(text: str) -> SkippedPush | None:
    """Read one; None for anything else, whatever it is."""
    try:
        facts = json.loads(text)
        if not isinstance(facts, dict) or facts.pop("version", None) != FORMAT_VERSION:
            return None
        facts["pushed_at"] = datetime.fromisoformat(facts["pushed_at"])
        skipped = SkippedPush(**facts)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    texts = [getattr(skipped, each.name) for each in fields(skipped) if each.name != "pushed_at"]
    right = all(isinstance(each, str) for each in texts)
    return skipped if right and skipped.pushed_at.tzinfo is not None else None
