"""From pydantic's errors to sentences: file, line, key, what was expected, what was found."""

from __future__ import annotations

import difflib
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.config.checks import CUSTOM_ERROR
from devkit.config.service_checks import UNKNOWN_KEY
from devkit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import ValidationError

    from devkit.config.yamltext import Document, KeyPath

_MAPPING = "a mapping (`key: value` lines)"
_PORT = "a whole number from 1 to 65535"
_TEXT = "text"

EXPECTED: Mapping[str, str] = {
    "": _MAPPING,
    "name": "lower-case letters and digits with single `-` or `_` between them, 63 at most",
    "web": _MAPPING,
    "web.port": _PORT,
    "web.publish": _PORT,
    "web.command": "a command as text",
    "web.mount": "an absolute path in the container, or false",
    "web.paths": "a list of 1 to 50 paths (lines that start with `- `)",
    "web.paths.*": "a path of a URL, such as /news/?page=2, without spaces",
    "services": _MAPPING,
    "services.*": "text such as postgres:15-bookworm or file, or false",
    "services.*.image": "an image such as elasticsearch:8.19.0",
    "services.*.port": _PORT,
    "services.*.env": _MAPPING,
    "services.*.env.*": _TEXT,
    "services.*.variables": _MAPPING,
    "services.*.variables.*": _TEXT,
    "services.*.volume": "an absolute path in the container",
    "services.*.command": "a command as text",
    "services.*.healthcheck": "a line for a shell as text",
    "workers": _MAPPING,
    "workers.*": "a command as text",
    "workers.*.command": "a command as text",
    "workers.*.containers": "a whole number from 1 to 50",
    "workers.*.memory": "a size such as 512m or 1g",
    "release": "a list of commands (lines that start with `- `)",
    "release.*": "a command as text",
    "environments": _MAPPING,
    "environments.*": _MAPPING,
    "environments.*.containers": "a whole number from 1 to 50",
    "environments.local.containers": "1, as local work runs one container",
    "environments.*.memory": "a size such as 512m or 1g",
    "environments.*.cpus": "a number from 0.01, such as 0.25",
    "environments.*.env": _MAPPING,
    "environments.*.env.*": _TEXT,
    "receipts": _MAPPING,
    "receipts.days": "a whole number from 1 to 365",
}
"""What each key takes; ``*`` stands for a name or a number."""

KNOWN: Mapping[str, tuple[str, ...]] = {
    "": (
        "name",
        "web",
        "services",
        "release",
        "compose",
        "environments",
        "workers",
        "receipts",
        "watch",
    ),
    "web": ("port", "publish", "command", "mount", "user", "paths"),
    "services": ("database", "storage", "cache", "broker", "mail"),
    "compose": ("web",),
    "environments": ("local", "test", "live"),
    "environments.*": ("containers", "memory", "cpus", "env"),
    "receipts": ("days",),
    "watch": ("ignore", "rebuild", "restart", "sync"),
    "services.*": ("image", "port", "env", "variables", "volume", "command", "healthcheck"),
    "workers.*": ("command", "containers", "memory"),
}
"""The keys of each section."""

_HOMES = ("web", "environments.*", "receipts")
"""The sections whose keys people look for elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        line: Where.
        sentence: What, without file and line.
        hint: The way out.
    """

    line: int
    sentence: str
    hint: str = ""


def configuration_error(
    error: ValidationError, document: Document, *, file: str
) -> ConfigurationError:
    """Make one error of all that pydantic found, in the order of the lines."""
    by_path: dict[KeyPath, Problem] = {}
    for found in error.errors(include_url=False):
        path = _real_path(found["loc"], document.value)
        by_path.setdefault(path, _problem(path, found, document))
    first, *others = sorted(by_path.values(), key=lambda problem: problem.line)
    return ConfigurationError(
        f"{file}:{first.line}: {first.sentence}",
        hint=first.hint,
        details=tuple(f"{file}:{p.line}: {p.sentence}" for p in others),
    )


def _real_path(location: Sequence[str | int], value: Any) -> KeyPath:  # noqa: ANN401 - any YAML
    """Leave out what pydantic adds to a location: the branches of a union, ``[key]``."""
    path: list[str | int] = []
    for part in location:
        is_there = part in value if isinstance(value, dict) else isinstance(part, int)
        if is_there:
            value = value[part]
            path.append(part)
    return tuple(path)


def _problem(path: KeyPath, found: Mapping[str, Any], document: Document) -> Problem:
    if found["type"] == UNKNOWN_KEY:
        path = (*path, found["ctx"]["key"])
        hint = "Any other service is a mapping: search: {image: elasticsearch:8.19.0}."
        return Problem(line=document.line(path), sentence=_unknown_key(path), hint=hint)
    if found["type"] == CUSTOM_ERROR:
        context = found["ctx"]
        path = (*path, context["key"]) if context["key"] else path
        sentence = f"`{_shown(path)}` {context['text']}."
        return Problem(line=document.line(path), sentence=sentence, hint=context["hint"])
    is_key = found["loc"][-1:] == ("[key]",)
    if is_key and (path[0], len(path)) != ("services", 2):
        letters = "lower-case letters" if path[0] == "workers" else "letters"
        sentence = (
            f"`{path[-1]}` in `{_shown(path[:-1])}` should be {letters}, digits and `_` only."
        )
        return Problem(line=document.line(path), sentence=sentence)
    if is_key or found["type"] == "extra_forbidden":
        return Problem(line=document.line(path), sentence=_unknown_key(path))
    return _wrong_value(path, found["input"], document)


def _wrong_value(path: KeyPath, value: object, document: Document) -> Problem:
    source = document.sources.get(path)
    expected = EXPECTED[_row(path, EXPECTED)]
    sentence = f"`{_shown(path)}` should be" if path else "the file should be"
    wants_quotes = "text" in expected and source is not None and not isinstance(value, str)
    return Problem(
        line=document.line(path),
        sentence=f"{sentence} {expected}, not {_described(value, source or '')}.",
        hint=f"Put it in quotes: {_quoted(path, source or '')}" if wants_quotes else "",
    )


def _quoted(path: KeyPath, source: str) -> str:
    before = f"{path[-1]}:" if isinstance(path[-1], str) else "-"
    return f'{before} "{source}"'


_KINDS: Mapping[type, str] = {
    type(None): "nothing",
    dict: "a mapping",
    list: "a list",
    bool: "{source} (to YAML: true or false)",
    int: "the number {source}",
    float: "the number {source}",
    str: 'the text "{source}"',
}


def _described(value: object, source: str) -> str:
    kind = _KINDS.get(type(value), f"{{source}} (to YAML: a {type(value).__name__})")
    return kind.format(source=textwrap.shorten(source, 60, placeholder="..."))


def _unknown_key(path: KeyPath) -> str:
    *above, key = (str(part) for part in path)
    known = KNOWN[_row(tuple(above), KNOWN)]
    sentence = f"unknown key `{'.'.join((*above, key))}`"
    if candidate := _nearest(key, known):
        return f"{sentence}; did you mean `{'.'.join((*above, candidate))}`?"
    homes = (name for name, keys in KNOWN.items() if name in _HOMES and key in keys)
    if home := next(homes, ""):
        return f"{sentence}; did you mean `{home.replace('*', 'live')}.{key}`?"
    return f"{sentence}; known here are {', '.join(f'`{name}`' for name in known)}."


def _nearest(key: str, known: Sequence[str]) -> str:
    """The known key that is meant; ``Database-Reporting`` means ``database_reporting``."""
    plain = key.lower().replace("-", "_")
    if "database" in known and plain.partition("_")[0] in known:
        return plain
    return next(iter(difflib.get_close_matches(plain, known, n=1, cutoff=0.6)), "")


def _row(path: KeyPath, table: Mapping[str, object]) -> str:
    """The row of a table that a path belongs to: the path itself, or one with ``*`` in it."""
    names = [str(part) for part in path]
    candidates = (row for row in table if _fits(row.split(".") if row else [], names))
    return min(candidates, key=lambda row: row.count("*"))


def _fits(row: Sequence[str], names: Sequence[str]) -> bool:
    pairs = zip(row, names, strict=False)
    return len(row) == len(names) and all(part in ("*", name) for part, name in pairs)


def _shown(path: KeyPath) -> str:
    """The key as a person writes it; the line says which item of a list is meant."""
    return ".".join(part for part in path if isinstance(part, str))
