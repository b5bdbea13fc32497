"""What compose files say, read from their texts alone: those of a commit are nowhere on disk.

It is enough to tell what a project needs. For anything that runs, docker compose itself reads
the files.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from devkit.adoption.extending import extended, rebased
from devkit.adoption.plain_yaml import UNREADABLE, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Read = Callable[[str], str | None]
    """Takes a path from the project's folder; None for what is not there."""

MOST_FILES = 20
"""Files that one compose file may take in by ``include`` and ``extends``."""
DEEPEST = 5
LONGEST_TEXT = 2_000
"""Characters of a value, and of a variable in it; a longer one is no image and no path."""
TOP_LEVEL_KEYS = frozenset(
    {"version", "services", "networks", "volumes", "secrets", "configs", "name", "include"}
)

_VARIABLE = re.compile(
    r"\$(?:(?P<escaped>\$)|(?P<plain>[A-Za-z_]\w*)"
    r"|\{(?P<name>[A-Za-z_]\w*)(?:(?P<how>:?[-+?])(?P<rest>[^{}]*))?\})"
)
_DOTENV = re.compile(r"(?m)^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(.*?)[ \t]*$")


class Form(Enum):
    """How the file is written."""

    CURRENT = "as Compose reads it today"
    NUMBER = "its version is a number, which Compose wants as text"
    FIRST = "without `services:`, as the first Compose had it"


@dataclass(frozen=True, kw_only=True)
class ComposeFile:
    """A compose file with what it takes in.

    Attributes:
        name: The file's name.
        services: The services by name, ``extends`` and ``include`` followed as far as they go.
        form: How it is written.
        variables: What ``.env`` sets for ``${...}``.
    """

    name: str
    services: Mapping[str, Mapping[str, Any]]
    form: Form = Form.CURRENT
    variables: Mapping[str, str] = field(default_factory=dict)

    def text(self, value: object) -> str:
        """A value with its variables put in, as far as the files tell them."""
        return expand(str(value)[:LONGEST_TEXT], self.variables)


def read_compose(name: str, read: Read) -> ComposeFile | None:
    """Read a compose file; None where it is not there, or nobody could follow it.

    Args:
        name: Its path from the project's folder.
        read: Gives the text of it and of what it takes in.
    """
    reader = _Reader(read)
    document = reader.document(name)
    if document is None:
        return None
    variables = {found[1]: found[2].strip("\"'") for found in _DOTENV.finditer(read(".env") or "")}
    return ComposeFile(
        name=name,
        services=reader.services(document, name, DEEPEST),
        form=form_of(document),
        variables=variables,
    )


def files_behind(name: str, read: Read) -> frozenset[str]:
    """The files that a compose file takes in, and the env files of all of them.

    Args:
        name: Its path from the project's folder.
        read: Gives the text of it and of what it takes in.

    Returns:
        Paths from the project's folder; whether there is such a file is not asked.
    """
    reader = _Reader(read)
    reader.services(reader.document(name) or {}, name, DEEPEST)
    visited = {path: document or {} for path, document in reader.files.items()}
    beside = {
        posixpath.normpath(posixpath.join(posixpath.dirname(path), named))
        for path, document in visited.items()
        for named in _env_files(document)
    }
    return frozenset(visited) - {posixpath.normpath(name)} | beside


def _env_files(document: Mapping[str, Any]) -> Iterator[str]:
    included = document.get("include")
    taking = [*own_services(document).values(), *(included if isinstance(included, list) else ())]
    for each in taking:
        found = each.get("env_file") if isinstance(each, dict) else None
        for entry in found if isinstance(found, list) else [found]:
            path = entry.get("path") if isinstance(entry, dict) else entry
            if isinstance(path, str) and path:
                yield path


def says(config: str, key: str) -> bool:
    """Whether the text of a devkit.yaml has a key with something in it."""
    try:
        document = parse_yaml(config)
    except UNREADABLE:
        return False
    return isinstance(document, dict) and document.get(key) is not None


def form_of(document: Mapping[str, Any]) -> Form:
    """How a compose file is written."""
    if "services" not in document and "include" not in document:
        others = [each for key, each in document.items() if is_first_service(key, each)]
        if others:
            return Form.FIRST
    is_text = isinstance(document.get("version", ""), str)
    return Form.CURRENT if is_text else Form.NUMBER


def is_first_service(key: object, value: object) -> bool:
    """Whether a top-level key of a file without ``services:`` is a service."""
    return (
        isinstance(value, dict)
        and key not in TOP_LEVEL_KEYS
        and not str(key).startswith("x-")
        and bool({"image", "build", "extends"} & value.keys())
    )


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Put variables in as Compose does; one that nobody sets is empty."""
    for _ in range(DEEPEST):  # a default may hold a variable itself
        done = _VARIABLE.sub(lambda found: _value(found, variables), text)
        if done == text:
            break
        text = done
    return text.replace("\0", "$")


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    if found["escaped"]:
        return "\0"
    value = variables.get(found["plain"] or found["name"])
    how, rest = found["how"] or "", found["rest"] or ""
    is_set = bool(value) if how.startswith(":") else value is not None
    if how.endswith("+"):
        return rest if is_set else ""
    if how.endswith("-") and not is_set:
        return rest
    # A value is taken as it stands, with no variables of its own.
    return (value or "")[:LONGEST_TEXT].replace("$", "\0")


class _Reader:
    """Follows a file into those that it takes in, and gives up rather than to go on for ever."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self.files: dict[str, dict[str, Any] | None] = {}

    def document(self, path: str) -> dict[str, Any] | None:
        """A file as a mapping; None where it is none."""
        path = posixpath.normpath(path)
        if path not in self.files:
            is_outside = path.startswith(("../", "/", "~")) or path == ".."
            enough = len(self.files) >= MOST_FILES
            self.files[path] = None if is_outside or enough else self._parsed(path)
        return self.files[path]

    def _parsed(self, path: str) -> dict[str, Any] | None:
        text = self._read(path)
        try:
            value = parse_yaml(text or "")
        except UNREADABLE:
            return None
        return value if isinstance(value, dict) else None

    def services(
        self, document: Mapping[str, Any], path: str, depth: int
    ) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for each in self._included(document, path) if depth else ():
            inner = self.document(each)
            found |= self.services(inner, each, depth - 1) if inner is not None else {}
        own = own_services(document)
        found |= {name: _today(self._extended(own, name, path, depth)) for name in own}
        return found

    def _included(self, document: Mapping[str, Any], path: str) -> Iterator[str]:
        entries = document.get("include") or ()
        for entry in [entries] if isinstance(entries, str | dict) else entries:
            paths = entry.get("path") if isinstance(entry, dict) else entry
            for each in [paths] if isinstance(paths, str) else paths or ():
                yield posixpath.join(posixpath.dirname(path), str(each))

    def _extended(
        self, services: Mapping[str, dict[str, Any]], name: str, path: str, depth: int
    ) -> dict[str, Any]:
        service = services.get(name) or {}
        base = service.get("extends")
        if not base or not depth:
            return dict(service)
        wanted = {"service": base} if isinstance(base, str) else base
        file = wanted.get("file") if isinstance(wanted, dict) else None
        other = posixpath.join(posixpath.dirname(path), str(file)) if file else path
        document = self.document(other)
        if document is None or not isinstance(wanted, dict):
            return dict(service)
        origin = str(wanted.get("service", name))
        below = self._extended(own_services(document), origin, other, depth - 1)
        folder = posixpath.relpath(posixpath.dirname(other) or ".", posixpath.dirname(path) or ".")
        is_first = form_of(self.document(path) or {}) is Form.FIRST
        moved = rebased(below, "" if folder == "." else folder)
        return extended(moved, service, built_or_pulled=is_first)


def own_services(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The services that a file has itself, in either form."""
    listed = document.get("services")
    if form_of(document) is Form.FIRST:
        listed = {k: v for k, v in document.items() if is_first_service(k, v)}
    if not isinstance(listed, dict):
        return {}
    return {str(k): v if isinstance(v, dict) else {} for k, v in listed.items()}


def _today(first: dict[str, Any]) -> dict[str, Any]:
    """A service of the first form, built as one of today's is; any other as it stands."""
    service = {key: value for key, value in first.items() if key != "dockerfile"}
    if "dockerfile" in first and isinstance(first.get("build"), str):
        service["build"] = {"context": first["build"], "dockerfile": first["dockerfile"]}
    return service
