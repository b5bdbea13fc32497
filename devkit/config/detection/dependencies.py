"""The packages that a project names, read from the files of its package managers."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.config.detection.files import REQUIREMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_COMMENT = re.compile(r"(?m)(?:^|\s)#.*$")
_REQUIREMENT = re.compile(r"(?m)^[ \t]*([A-Za-z0-9][\w.-]*)[ \t]*(?:\[([\w., -]*)\])?")
_QUOTED = re.compile(r"""["']([A-Za-z0-9][\w.-]*)[ \t]*(?:\[([\w., -]*)\])?[^"'\n]*["']""")
_LISTED = re.compile(
    r"(?m)^[ \t]+([A-Za-z0-9][\w.-]*)[ \t]*(?:\[([\w., -]*)\])?[ \t]*(?:[<>=!~;]|$)"
)
_GEM = re.compile(r"""(?m)^\s*gem[ \t(]+["']([\w.-]+)["']""")
_MODULE = re.compile(r"(?m)^(?:require)?[ \t]+([\w.-]+\.[a-z]+/\S+)[ \t]+v")
_DEVELOPMENT = re.compile(
    r"(?i)(?:^|[-_.])(?:dev|develop|development|tests?|docs?|lint|local)(?:$|[-_.])"
)
_DEEPEST = 8


@dataclass(frozen=True, kw_only=True)
class Package:
    """A package that a file names.

    Attributes:
        name: In lower case; of Python with ``-`` for ``_`` and ``.``.
        file: The file that names it.
        extras: Python's, in lower case: ``redis`` in ``celery[redis]``.
    """

    name: str
    file: str
    extras: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Dependencies:
    """What the image may be expected to have, by language; the first file that names it counts.

    Attributes:
        python: Of requirements files, pyproject.toml, Pipfile, setup.py and setup.cfg.
        node: ``dependencies`` of package.json.
        node_development: ``devDependencies`` of package.json.
        ruby: Of the Gemfile.
        php: ``require`` of composer.json.
        go: The modules of go.mod, without a major version at their end.
    """

    python: Mapping[str, Package]
    node: Mapping[str, Package]
    node_development: Mapping[str, Package]
    ruby: Mapping[str, Package]
    php: Mapping[str, Package]
    go: Mapping[str, Package]


def read_dependencies(texts: Mapping[str, str]) -> Dependencies:
    """Read the packages; a file that is broken names none.

    Args:
        texts: Path to text of a project's files.
    """
    wanted = {path: text for path, text in sorted(texts.items()) if REQUIREMENTS.fullmatch(path)}
    package, composer = (read_json(wanted.get(n, "")) for n in ("package.json", "composer.json"))
    return Dependencies(
        python=_first(p for path, text in wanted.items() for p in _python(path, text)),
        node=_keys(package, "dependencies", "package.json"),
        node_development=_keys(package, "devDependencies", "package.json"),
        ruby=_first(
            Package(name=name.lower(), file="Gemfile")
            for name in _GEM.findall(_COMMENT.sub("", wanted.get("Gemfile", "")))
        ),
        php=_keys(composer, "require", "composer.json"),
        go=_first(
            Package(name=re.sub(r"/v\d+$", "", name), file="go.mod")
            for name in _MODULE.findall(wanted.get("go.mod", ""))
        ),
    )


def read_json(text: str) -> dict[str, Any]:
    """A JSON object; an empty one where it is something else, or broken."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def read_toml(text: str) -> dict[str, Any]:
    """A TOML document; an empty one where it is broken."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return {}


def _first(packages: Iterable[Package]) -> dict[str, Package]:
    found: dict[str, Package] = {}
    for package in packages:
        known = found.get(package.name)
        extras = (*known.extras, *package.extras) if known else package.extras
        file = known.file if known else package.file
        found[package.name] = Package(name=package.name, file=file, extras=extras)
    return found


def _keys(document: Mapping[str, Any], key: str, file: str) -> dict[str, Package]:
    section = document.get(key)
    names = section if isinstance(section, dict) else {}
    return _first(Package(name=str(name).lower(), file=file) for name in names)


def _python(path: str, text: str) -> Iterator[Package]:
    if path.endswith((".txt", ".in")):
        if _DEVELOPMENT.search(path.removesuffix(".txt").removesuffix(".in").replace("/", "-")):
            return
        found = _REQUIREMENT.findall(_COMMENT.sub("", text))
    elif path in {"pyproject.toml", "Pipfile"}:
        found = [each for text in _toml_names(read_toml(text), "") for each in _named(text)]
    elif path == "setup.py":
        found = _QUOTED.findall(_COMMENT.sub("", text))
    elif path == "setup.cfg":
        found = _LISTED.findall(_COMMENT.sub("", text))
    else:
        return
    for name, extras in found:
        yield Package(
            name=_normal(name), file=path, extras=tuple(_normal(e) for e in extras.split(",") if e)
        )


def _named(text: str) -> list[tuple[str, str]]:
    return _REQUIREMENT.findall(text)[:1]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def _toml_names(table: Mapping[str, Any], name: str, depth: int = 0) -> Iterator[str]:
    """Requirements of ``dependencies`` lists and tables, Pipfile's ``packages``, and extras."""
    if depth > _DEEPEST or _DEVELOPMENT.search(name) or name == "dependency-groups":
        return
    for key, value in table.items():
        if key in {"dependencies", "packages"} or name == "optional-dependencies":
            if not _DEVELOPMENT.search(key):
                yield from _requirements(value)
        elif isinstance(value, dict):
            yield from _toml_names(value, key, depth + 1)


def _requirements(value: object) -> Iterator[str]:
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, str))
    elif isinstance(value, dict):
        for name, version in value.items():
            extras = version.get("extras") if isinstance(version, dict) else None
            words = ",".join(str(e) for e in extras) if isinstance(extras, list) else ""
            yield f"{name}[{words}]" if words else name
