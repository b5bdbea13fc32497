"""How dumps and snapshots are called, and what a dump is to be by its name."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from devkit.data.kinds import Compression
from devkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

STDOUT = "-"
_SNAPSHOT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_PLAIN = ".sql"
_COMPRESSIONS = {".zst": Compression.ZSTD, ".zstd": Compression.ZSTD, ".gz": Compression.GZIP}


class Format(Enum):
    """What pg_dump writes."""

    PLAIN = "plain"
    CUSTOM = "custom"


@dataclass(frozen=True, kw_only=True)
class DumpForm:
    """What a dump is to be.

    Attributes:
        format: SQL, or pg_dump's own format.
        compression: Around that.
    """

    format: Format
    compression: Compression


def stamp(now: datetime) -> str:
    """A moment as names have it: ``20261123T201000``, in the time of this machine."""
    return now.strftime("%Y%m%dT%H%M%S")


def free_name(base: str, taken: Collection[str]) -> str:
    """The name, or where that is taken the first free one of ``base-2``, ``base-3`` and so on.

    A stamp knows whole seconds, and two commands fit into one.
    """
    numbered = (f"{base}-{number}" for number in itertools.count(2))
    return next(name for name in itertools.chain([base], numbered) if name not in taken)


def default_dump(project: str, now: datetime, ending: str) -> str:
    """The name of a dump that nobody named."""
    return f"{project}-{stamp(now)}{ending}"


def default_media(project: str, now: datetime) -> str:
    """The name of an archive of files that nobody named."""
    return f"{project}-media-{stamp(now)}.tar.zst"


def form_of(name: str, wanted: str = "") -> DumpForm:
    """What a dump is to be, by its name.

    Args:
        name: The file's name; ``-`` for stdout.
        wanted: ``plain`` or ``custom``, which has the last word; empty for what the name says.

    Raises:
        UsageError: There is no such format.
    """
    base, compression = split_compression(name)
    if wanted:
        return DumpForm(format=_format(wanted), compression=compression)
    is_plain = name == STDOUT or base.lower().endswith(_PLAIN)
    return DumpForm(format=Format.PLAIN if is_plain else Format.CUSTOM, compression=compression)


def sql_form(name: str, wanted: str = "") -> DumpForm:
    """The same where there is no format but SQL.

    Raises:
        UsageError: There is no such format, or not for these databases.
    """
    if wanted and _format(wanted) is Format.CUSTOM:
        raise UsageError(
            "The custom format is PostgreSQL's own: MySQL and MariaDB are dumped as SQL.",
            hint="Leave --format away; .zst or .gz at the end of the name compresses it.",
        )
    return DumpForm(format=Format.PLAIN, compression=split_compression(name)[1])


def split_compression(name: str) -> tuple[str, Compression]:
    """A name without the ending that says how it is compressed; and how."""
    for ending, compression in _COMPRESSIONS.items():
        if name.lower().endswith(ending):
            return name[: -len(ending)], compression
    return name, Compression.NONE


def check_format(word: str) -> None:
    """Refuse what is wanted, and is no format of dumps.

    Raises:
        UsageError: There is no such format.
    """
    if word:
        _format(word)


def _format(word: str) -> Format:
    try:
        return Format(word)
    except ValueError:
        raise UsageError(
            f"There is no format {word!r} of dumps.", hint="--format is either plain or custom."
        ) from None


def checked_snapshot(name: str) -> str:
    """A snapshot's name, which becomes part of a volume's.

    Raises:
        UsageError: It cannot be one.
    """
    if _SNAPSHOT.fullmatch(name) is None:
        raise UsageError(
            f"A snapshot cannot be called {name!r}.",
            hint="Up to 63 letters, digits, dots, dashes and underscores, a letter or digit first.",
        )
    return name
