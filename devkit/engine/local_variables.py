"""The variables that a person's own files set for local work. Names may be told, values never."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.engine.projectfiles import find_compose_file
from devkit.engine.secrets_file import SECRETS_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WEB = "web"
LARGEST = 1024 * 1024
"""Characters of a file that is still read."""

_ENTRY = re.compile(
    r"(?m)^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(?P<rest>.*)$"
)
_QUOTED = re.compile(r"(?ms)^[ \t]*(?:export[ \t]+)?[A-Za-z_]\w*[ \t]*=[ \t]*([\"'])(.*?)\1")


@dataclass(frozen=True, kw_only=True)
class LocalVariables:
    """What the files set.

    Attributes:
        names: In the order of the files.
        values: All values, and each line of one that has several.
    """

    names: tuple[str, ...] = ()
    values: frozenset[str] = field(default=frozenset(), repr=False)


def read_local_variables(root: Path) -> LocalVariables:
    """Read .env-local, and the ``env_file`` of a compose file that somebody wrote by hand.

    What cannot be read, or lies outside of the project, counts as empty: this only explains.
    """
    texts = [text for path in _files(root) if (text := _read(path, root)) is not None]
    names = [found["name"] for text in texts for found in _ENTRY.finditer(text)]
    values = {value for text in texts for value in _values(text)}
    return LocalVariables(names=tuple(dict.fromkeys(names)), values=frozenset(values))


def _values(text: str) -> Iterator[str]:
    # A quote that is never closed must not hide the lines after it: both ways count.
    for found in _ENTRY.finditer(text):
        rest = found["rest"].strip()
        yield rest.strip("\"'")
        yield rest.partition(" #")[0].strip().strip("\"'")
    for quoted in _QUOTED.finditer(text):
        yield from (line.strip() for line in quoted[2].splitlines())


def _files(root: Path) -> Iterator[Path]:
    yield root / SECRETS_FILE
    text = _read(find_compose_file(root), root)
    if text is not None and "env_file" in text:
        yield from (root / name for name in _env_files(text) if name != SECRETS_FILE)


def _env_files(compose: str) -> Iterator[str]:
    import yaml  # noqa: PLC0415 - only where there is such a file

    try:
        services = yaml.safe_load(compose)["services"]
        wanted = services[WEB] if WEB in services else next(iter(services.values()))
        entries = wanted.get("env_file") or []
    except (yaml.YAMLError, LookupError, AttributeError, TypeError, StopIteration, RecursionError):
        return
    for entry in [entries] if isinstance(entries, str) else entries:
        path = entry.get("path") if isinstance(entry, dict) else entry
        if isinstance(path, str):
            yield path.removeprefix("./")


def _read(path: Path, root: Path) -> str | None:
    try:
        if not path.resolve().is_relative_to(root.resolve()) or not path.is_file():
            return None
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(LARGEST)
    except (OSError, ValueError, RuntimeError):  # no such file, a NUL in its name, a loop of links
        return None
