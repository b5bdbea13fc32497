"""Keeps resolved projects in ``.devkit/``, because pydantic takes longer than most commands.

There is one entry for the working tree and one for the commit that was looked at last. Each is
found by all that its project is made from, devkit's own code included, so that it is never out of
date; whatever is wrong with it, the project is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import devkit
from devkit.config.sources import read_config, read_dockerfile
from devkit.engine.adopted import assume_in, find_foreign, read_in, texts_behind
from devkit.engine.reading import read_bounded
from devkit.engine.writing import replace_file
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
    from collections.abc import Callable, Iterator, Sequence

CACHE = Path(".devkit", "project.json")
COMMIT_CACHE = CACHE.with_name("commit-project.json")
_PACKAGE = Path(devkit.__file__).parent


def load_project_cached(root: Path) -> Project:
    """What ``devkit.config.load.load_project`` gives, without its imports where nothing changed.

    Args:
        root: The folder with the Dockerfile.

    Raises:
        ConfigurationError: A file is missing or says something that devkit cannot follow.
    """
    root = root.resolve()

    def load() -> Project:
        from devkit.config.load import load_project  # noqa: PLC0415 - what the cache is for

        return load_project(root, assume=assume_in(root))

    return cached_project(root, CACHE, _texts(root), load)


def cached_project(
    root: Path, file: Path, made_from: Sequence[object], make: Callable[[], Project]
) -> Project:
    """The project that was kept, where it was made from the same.

    Args:
        root: The project's folder.
        file: Where an entry is kept, from there.
        made_from: All that the project depends on beside its folder's name and devkit itself; it
            has to fit into JSON.
        make: Makes the project anew.
    """
    key = _key(root, made_from)
    project = _kept(root, file, key)
    if project is None:
        project = make()
        _keep(project, file, key)
    return project


def _texts(root: Path) -> list[object]:
    """Everything that ``load_project`` reads."""
    read = read_in(root)
    is_adopted = find_foreign(read) is not None
    dockerfile, config = read_dockerfile(root, needed=not is_adopted), read_config(root)
    facts = _facts(root) if config is None else {}
    return [dockerfile, config, facts, texts_behind(read) if is_adopted else {}]


def _key(root: Path, made_from: Sequence[object], package: Path = _PACKAGE) -> str:
    parts = [devkit.__version__, *_code_times(package), root.name, *made_from]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _facts(root: Path) -> dict[str, str]:
    from devkit.config.facts import read_facts  # noqa: PLC0415 - only without a devkit.yaml

    return read_facts(root)


def _code_times(package: Path) -> Iterator[int]:
    """When the code that makes a project was last changed, in a checkout of devkit."""
    for folder in ("adoption", "config", "dockerfile"):
        for path in sorted((package / folder).rglob("*.py")):
            yield path.stat().st_mtime_ns


def _kept(root: Path, file: Path, key: str) -> Project | None:
    try:
        kept = json.loads(read_bounded(root / file, root=root))
        return _project(root, kept["project"]) if kept["key"] == key else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _keep(project: Project, file: Path, key: str) -> None:
    """Write the entry where devkit has its folder already; without one it does without."""
    if not (project.root / file.parent).is_dir():
        return
    plain = asdict(project)
    del plain["root"]
    plain["services"] = [
        {**service, "kind": service["kind"].value} for service in plain["services"]
    ]
    text = json.dumps({"key": key, "project": plain})
    with contextlib.suppress(DevkitError):
        replace_file(project.root / file, text, root=project.root)


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
