"""The variables that a person's own files set for local work. Names may be told, values never."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.adoption.application import find_application
from devkit.adoption.document import read_compose
from devkit.adoption.pairs import environment_of
from devkit.compose.generated import is_generated
from devkit.engine.adopted import read_in
from devkit.engine.projectfiles import find_compose_file
from devkit.engine.secrets_file import SECRETS_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

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
        in_compose: Those that a compose file which a person wrote gives the application itself.
        values: All values of .env-local and its like, and each line of one that has several.
    """

    names: tuple[str, ...] = ()
    in_compose: tuple[str, ...] = ()
    values: frozenset[str] = field(default=frozenset(), repr=False)


def read_local_variables(root: Path, *, web: str | None = None) -> LocalVariables:
    """Read .env-local, and what a compose file gives the application.

    What cannot be read, or lies outside of the project, counts as empty: this only explains.

    Args:
        root: The project's folder.
        web: The service that is the application; None for the one that it most likely is.
    """
    service = _application(root, web)
    paths = [root / SECRETS_FILE, *(root / each for each in _env_files(service))]
    texts = [text for path in dict.fromkeys(paths) if (text := _read(path, root)) is not None]
    names = [found["name"] for text in texts for found in _ENTRY.finditer(text)]
    values = {value for text in texts for value in _values(text)}
    return LocalVariables(
        names=tuple(dict.fromkeys(names)),
        in_compose=tuple(environment_of(service)),
        values=frozenset(values),
    )


def _application(root: Path, web: str | None) -> Mapping[str, Any]:
    """The application's service in a compose file that a person wrote, or edited."""
    name = find_compose_file(root).name
    read = read_in(root)
    text = read(name)
    file = read_compose(name, read)
    if text is None or file is None:
        return {}
    services = file.services
    found = find_application(services, read=read, text=file.text)
    likeliest = found.name or next(iter(services), "")
    service = services.get(web or likeliest) or services.get(likeliest) or {}
    # What a generated file gives the application is what devkit gives it in the cloud's place.
    return {**service, "environment": {}} if is_generated(text) else service


def _values(text: str) -> Iterator[str]:
    # A quote that is never closed must not hide the lines after it: both ways count.
    for found in _ENTRY.finditer(text):
        rest = found["rest"].strip()
        yield rest.strip("\"'")
        yield rest.partition(" #")[0].strip().strip("\"'")
    for quoted in _QUOTED.finditer(text):
        yield from (line.strip() for line in quoted[2].splitlines())


def _env_files(service: Mapping[str, Any]) -> Iterator[str]:
    entries = service.get("env_file") or []
    for entry in entries if isinstance(entries, list) else [entries]:
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
