"""Snapshots: copies of a server's files in volumes of devkit's own, with labels that tell all.

What a load replaced is one, too: it stays in the server as a database of another name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from devkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LABEL = "io.devkit.snapshot"
"""On the volume; the value is the snapshot's name."""
_PREFIX = LABEL + "."
ASKED = "asked for"
BEFORE_LOAD = "before a load"
BEFORE_RESTORE = "before a restore"
MOST_AUTOMATIC = 10
"""How many of those are kept, for each database, that devkit makes by itself."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One snapshot.

    Attributes:
        name: Its name.
        project: The Compose project that it is of.
        service: The database's Compose service.
        made: When.
        why: Why it was made.
        version: Of what wrote its files: the major version of PostgreSQL alone, or with its name
            that of another server; empty where it is not known.
        image: The image of the database's container.
        volume: The volume that it is; empty for one that is a database.
        database: The database of the same server that it is; empty for one that is a volume.
        size: Bytes; None where nobody has measured, or it was cut short.
        whole: Whether it is known to be complete.
    """

    name: str
    project: str
    service: str
    made: datetime
    why: str = ASKED
    version: str = ""
    image: str = ""
    volume: str = ""
    database: str = ""
    size: int | None = None
    whole: bool = False

    @property
    def automatic(self) -> bool:
        """Whether devkit made it by itself, and may remove it again when there are many."""
        return self.why != ASKED

    @property
    def written_by(self) -> str:
        """What wrote its files, in words: ``PostgreSQL 15``, ``MariaDB 10.11``."""
        is_other = self.version and not self.version[0].isdigit()
        return self.version if is_other else f"PostgreSQL {self.version or 'of another version'}"

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return f"volume {self.volume}" if self.volume else f"database {self.database}"

    @property
    def labels(self) -> dict[str, str]:
        """What its volume is labelled with."""
        return {
            LABEL: self.name,
            f"{_PREFIX}project": self.project,
            f"{_PREFIX}service": self.service,
            f"{_PREFIX}made": self.made.isoformat(),
            f"{_PREFIX}why": self.why,
            f"{_PREFIX}version": self.version,
            f"{_PREFIX}image": self.image,
        }


def project_filter(project: str) -> str:
    """What finds the volumes of one project's snapshots."""
    return f"label={_PREFIX}project={project}"


def volume_name(project: str, name: str) -> str:
    """The volume of a snapshot."""
    return f"{project}-snapshot-{name}"


def parse_volumes(output: str) -> tuple[Snapshot, ...]:
    """Read what ``docker volume inspect`` wrote; the oldest first."""
    found = [
        _parsed(str(each["Name"]), each.get("Labels") or {}) for each in json.loads(output or "[]")
    ]
    return by_age(each for each in found if each is not None)


def by_age(snapshots: Iterable[Snapshot]) -> tuple[Snapshot, ...]:
    """The oldest first."""
    return tuple(sorted(snapshots, key=lambda each: (each.made, each.name)))


def _parsed(volume: str, labels: Mapping[str, str]) -> Snapshot | None:
    try:
        made = datetime.fromisoformat(labels.get(f"{_PREFIX}made", ""))
    except ValueError:
        return None
    if LABEL not in labels:
        return None
    return Snapshot(
        name=labels[LABEL],
        project=labels.get(f"{_PREFIX}project", ""),
        service=labels.get(f"{_PREFIX}service", ""),
        made=made,
        why=labels.get(f"{_PREFIX}why", ""),
        version=labels.get(f"{_PREFIX}version", ""),
        image=labels.get(f"{_PREFIX}image", ""),
        volume=volume,
    )


def measured(snapshots: Iterable[Snapshot], told: str) -> tuple[Snapshot, ...]:
    """The snapshots with what a look into their volumes told: lines of a name and its bytes."""
    sizes = dict(line.rsplit("\t", 1) for line in told.splitlines() if "\t" in line)
    return tuple(
        replace(each, size=int(sizes[each.name]), whole=True)
        if sizes.get(each.name, "").isdigit()
        else each
        for each in snapshots
    )


def pick(snapshots: Sequence[Snapshot], name: str, *, service: str = "") -> Snapshot:
    """The snapshot of a name; without one the latest of a database.

    Raises:
        UsageError: There is none.
    """
    if name:
        found = [each for each in snapshots if each.name == name]
    else:
        found = [each for each in snapshots if service in {"", each.service}]
    if found:
        return found[-1]
    what = f"There is no snapshot {name!r}." if name else "There is no snapshot yet."
    raise UsageError(
        what,
        hint="devkit db list shows those that there are."
        if snapshots
        else "devkit db snapshot makes one.",
    )


def too_many(snapshots: Iterable[Snapshot], *, keep: str = "") -> tuple[Snapshot, ...]:
    """Those that go when a new one is made: the oldest that devkit made by itself, per database.

    Args:
        snapshots: All of a project, the oldest first.
        keep: The name of one that is about to be used.
    """
    by_service: dict[str, list[Snapshot]] = {}
    for each in snapshots:
        if each.automatic:
            by_service.setdefault(each.service, []).append(each)
    return tuple(
        each
        for of_one in by_service.values()
        for each in of_one[:-MOST_AUTOMATIC]
        if each.name != keep
    )


def age_of(made: datetime, now: datetime | None = None) -> str:
    """How long ago: ``3 minutes``."""
    seconds = max(0.0, ((now or datetime.now(UTC)) - made).total_seconds())
    for unit, word in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= unit:
            count = int(seconds // unit)
            return f"{count} {word}{'s' if count > 1 else ''}"
    return f"{int(seconds)} s"
