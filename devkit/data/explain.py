"""What the messages of PostgreSQL's tools mean, with the way out.

The patterns are from real output of PostgreSQL 12 to 17; tests/unit/test_data_explain.py holds the
samples.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why something failed.

    Attributes:
        why: The end of a sentence.
        hint: The way out.
        of_the_dump: Whether it is the dump's own, whatever the server and the machine are like.
    """

    why: str
    hint: str = ""
    of_the_dump: bool = False


NO_ROOM = Explanation(
    why="the engine's disk is full",
    hint="Make room: `docker system df` shows what uses it, `devkit db list` what snapshots take.",
)
_NO_MEMORY = Explanation(
    why="the database's server has no memory left",
    hint="Give the engine more, or load when less runs.",
)
_NO_LOCKS = Explanation(
    why="the server's max_locks_per_transaction is too low for it",
    hint="devkit db shell -c 'ALTER SYSTEM SET max_locks_per_transaction = 1024', devkit restart,"
    " and once more.",
)
_NO_SHARED_MEMORY = Explanation(
    why="the container's shared memory (/dev/shm) is full",
    hint="Set `shm_size: 1gb` for the database in docker-compose.override.yml, and devkit up.",
)
_OF_THE_SERVER = (NO_ROOM, _NO_MEMORY, _NO_LOCKS, _NO_SHARED_MEMORY)
"""What says nothing of the dump."""
Table = Sequence[tuple[re.Pattern[str], Explanation]]
"""What a message that a pattern finds means; the pattern's groups are filled in."""
_TABLE: Table = (
    (re.compile(r"shared memory segment.*No space left on device"), _NO_SHARED_MEMORY),
    (re.compile(r"\bout of shared memory\b"), _NO_LOCKS),
    (re.compile(r"ERROR:\s+out of memory\b"), _NO_MEMORY),
    (re.compile(r"no space left on device|could not extend file", re.IGNORECASE), NO_ROOM),
    (
        re.compile(r"unsupported version \((?P<version>[\d.]+)\) in file header"),
        Explanation(
            why="it was made by a newer pg_dump (format {version}) than the database's PostgreSQL",
            hint="Set the newer PostgreSQL as the image in devkit.yaml, or dump with the older"
            " pg_dump, or as SQL.",
        ),
    ),
    (
        re.compile(r"server version mismatch|server version: (?P<server>\S+)"),
        Explanation(
            why="the server is newer than its own pg_dump",
            hint="Correct the image of the database in devkit.yaml.",
        ),
    ),
    (
        re.compile(
            r"could not read from input file|unexpected end of file|found unexpected block ID"
            r"|could not uncompress data|corrupt tar header|input file is too short"
            r"|input file does not appear to be a valid archive|invalid compressed data"
        ),
        Explanation(why="it ends before its end, or is damaged", hint="Make or fetch it anew."),
    ),
    (
        re.compile(
            r"could not open extension control file \"[^\"]*/(?P<name>[^/\"]+)\.control\""
            r"|extension \"(?P<other>[^\"]+)\" is not available"
        ),
        Explanation(
            why="it needs the extension {name}, which the database's image does not have",
            hint="Set an image with it in devkit.yaml, such as postgis/postgis.",
        ),
    ),
    (
        re.compile(r"role \"(?P<name>[^\"]+)\" does not exist"),
        Explanation(
            why="it names the role {name}, which this server does not have",
            hint="devkit db shell -c 'CREATE ROLE \"{name}\"', and once more.",
        ),
    ),
    (
        re.compile(r"unrecognized configuration parameter \"(?P<name>[^\"]+)\""),
        Explanation(
            why="it sets {name}, which this version of PostgreSQL does not know: it is from a"
            " newer one",
            hint="Set the newer PostgreSQL as the image in devkit.yaml.",
        ),
    ),
    (
        re.compile(r"invalid byte sequence for encoding \"(?P<name>[^\"]+)\""),
        Explanation(
            why="it has bytes that are no {name}",
            hint="Dump it with --encoding=UTF8, or say SET client_encoding at its beginning.",
        ),
    ),
)
_STATEMENT = re.compile(r"\bERROR:\s*(?P<text>.+)")
_SERVER = re.compile(r"FATAL:|PANIC:|server closed|terminating connection|connection to server")
_ERROR = re.compile(r"(?:ERROR|FATAL|error|fatal):\s*(?P<text>.+)")


def look_up(table: Table, output: str) -> Explanation | None:
    """What the first pattern that is in the output means; None for none."""
    for pattern, meant in table:
        found = pattern.search(output)
        if found is not None:
            named = {key: value for key, value in found.groupdict().items() if value}
            words = {**named, "name": named.get("name") or named.get("other", "")}
            return Explanation(
                why=meant.why.format(**words), hint=meant.hint.format(**words),
                of_the_dump=meant not in _OF_THE_SERVER,
            )  # fmt: skip
    return None


def last_line(output: str) -> Explanation:
    """What is left to tell where nothing is known of a message."""
    last = (output.strip().splitlines() or ["it wrote nothing"])[-1]
    return Explanation(why=last.strip().rstrip("."))


def explain(output: str) -> Explanation:
    """Why a tool failed, by what it wrote."""
    known = look_up(_TABLE, output)
    if known is not None:
        return known
    statement = _STATEMENT.search(output)
    if statement is not None and not _SERVER.search(output):
        return Explanation(why=statement["text"].strip().rstrip("."), of_the_dump=True)
    errors = [found["text"].strip() for found in _ERROR.finditer(output)]
    if errors:
        return Explanation(why=errors[0].rstrip("."))
    return last_line(output)
