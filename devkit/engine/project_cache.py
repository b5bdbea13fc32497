"""Keeps resolved projects, because pydantic takes longer than most commands.

The working tree's is kept in ``.devkit/``, those of commits in the git directory, which no commit
can write into. Each is found by all that it is made from, devkit's own code included, so that it
is never out of date; whatever is wrong with an entry, the project is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import devkit
from devkit.config.sources import read_config, read_dockerfile
from devkit.engine.adopted import assumed_services, find_foreign, read_in
from devkit.engine.reading import read_bounded
from devkit.engine.writing import OWN_FOLDER, replace_file
from devkit.errors import DevkitError
from devkit.project import (
    Custom,
    Environment,
    Project,
    Service,
    ServiceKind,
    WatchRules,
    Web,
    Worker,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from devkit.adoption.document import Read

CACHE = Path(OWN_FOLDER, "project.json")
COMMITS_CACHE = Path("devkit", "projects.json")
KEPT_OF_COMMITS = 4
"""A rehearsal looks at two: what is deployed, and what is new."""
_PACKAGE = Path(devkit.__file__).parent
_MADE_BY = ("adoption", "config", "dockerfile", "project.py", "engine/adopted.py",
            "engine/commit_project.py", "engine/project_cache.py")  # fmt: skip
"""The code that a project depends on."""


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Where projects are kept.

    Attributes:
        path: The file.
        root: The folder that it must not lead out of.
        most: How many there is room for.
        makes_folder: Whether the file's folder is made where it is missing; without one nothing
            is kept.
    """

    path: Path
    root: Path
    most: int = 1
    makes_folder: bool = False


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What a project is made of, beside its folder's name.

    Attributes:
        config: The text of devkit.yaml; None where there is none.
        dockerfile: The text of the Dockerfile.
        facts: As ``devkit.config.load.project_from_text`` takes them.
        is_adopted: Whether there is a compose file that a person wrote.
        read: Gives the texts that one leads to.
    """

    config: str | None
    dockerfile: str
    facts: Mapping[str, str]
    is_adopted: bool
    read: Read


def load_project_cached(root: Path) -> Project:
    """What ``devkit.config.load.load_project`` gives, without its imports where nothing changed.

    Args:
        root: The folder with the Dockerfile.

    Raises:
        ConfigurationError: A file is missing or says something that devkit cannot follow.
    """
    root = root.resolve()
    read = read_in(root)
    is_adopted = find_foreign(read) is not None
    dockerfile, config = read_dockerfile(root, needed=not is_adopted), read_config(root)
    sources = Sources(
        config=config,
        dockerfile=dockerfile,
        facts=_facts(root) if config is None else {},
        is_adopted=is_adopted,
        read=read,
    )
    return cached_project(root, sources, Shelf(path=root / CACHE, root=root))


def cached_project(root: Path, sources: Sources, shelf: Shelf) -> Project:
    """The project that was kept, where it was made from the same.

    Args:
        root: The project's folder.
        sources: What it is made of now.
        shelf: Where it is kept.

    Raises:
        ConfigurationError: The sources say something that devkit cannot follow.
    """
    key = _key(root, sources)
    entries = _entries(shelf)
    for entry in entries:
        project = _kept(entry, root, key, sources.read)
        if project is not None:
            return project
    project, texts = _make(root, sources)
    entry = {"key": key, "texts": texts, "project": _plain(project)}
    _keep(shelf, [entry, *entries][: shelf.most])
    return project


def _make(root: Path, sources: Sources) -> tuple[Project, dict[str, str]]:
    """The project, and what stands for each text that a person's compose file led to."""
    from devkit.config.load import project_from_text  # noqa: PLC0415 - what the cache is for

    texts: dict[str, str] = {}

    def noting(name: str) -> str | None:
        text = sources.read(name)
        texts[name] = _digest(text)
        return text

    project = project_from_text(
        sources.config,
        root=root,
        dockerfile_text=sources.dockerfile,
        facts=sources.facts,
        assume=assumed_services(noting) if sources.is_adopted else None,
    )
    return project, texts


def _key(root: Path, sources: Sources, package: Path = _PACKAGE) -> str:
    made_of = [sources.is_adopted, sources.dockerfile, sources.config, sources.facts]
    parts = [devkit.__version__, *_code_times(package), root.name, *made_of]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _digest(text: str | None) -> str:
    if text is None:
        return ""
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def _facts(root: Path) -> dict[str, str]:
    from devkit.config.facts import read_facts  # noqa: PLC0415 - only without a devkit.yaml

    return read_facts(root)


def _code_times(package: Path) -> Iterator[int]:
    """When the code that makes a project was last changed, in a checkout of devkit."""
    for name in _MADE_BY:
        place = package / name
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            with contextlib.suppress(FileNotFoundError):
                yield path.stat().st_mtime_ns


def _entries(shelf: Shelf) -> list[Any]:
    try:
        entries = json.loads(read_bounded(shelf.path, root=shelf.root))
    except (OSError, ValueError, RecursionError):
        return []
    return entries if isinstance(entries, list) else []


def _kept(entry: Any, root: Path, key: str, read: Read) -> Project | None:  # noqa: ANN401 - any JSON
    try:
        if entry["key"] != key:
            return None
        if any(_digest(read(name)) != digest for name, digest in entry["texts"].items()):
            return None
        return _project(root, entry["project"])
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def _keep(shelf: Shelf, entries: Sequence[object]) -> None:
    with contextlib.suppress(DevkitError, OSError):
        if shelf.makes_folder:
            shelf.path.parent.mkdir(exist_ok=True)
        if shelf.path.parent.is_dir():
            replace_file(shelf.path, json.dumps(entries), root=shelf.root)


def _plain(project: Project) -> dict[str, Any]:
    plain = asdict(project)
    del plain["root"]
    plain["services"] = [
        {**service, "kind": service["kind"].value} for service in plain["services"]
    ]
    return plain


def _project(root: Path, plain: dict[str, Any]) -> Project:
    environments = plain["environments"]
    return Project(
        name=plain["name"],
        root=root,
        web=Web(**{**plain["web"], **{k: tuple(plain["web"][k]) for k in ("keep", "paths")}}),
        services=tuple(map(_service, plain["services"])),
        release=tuple(plain["release"]),
        environments={name: Environment(**each) for name, each in environments.items()},
        compose_web=plain["compose_web"],
        receipt_days=plain["receipt_days"],
        workers=tuple(Worker(**each) for each in plain["workers"]),
        watch=WatchRules(**{name: tuple(each) for name, each in plain["watch"].items()}),
    )


def _service(plain: dict[str, Any]) -> Service:
    custom = Custom(**plain["custom"]) if plain["custom"] else None
    return Service(**{**plain, "kind": ServiceKind(plain["kind"]), "custom": custom})
