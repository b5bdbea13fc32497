"""Keeps the resolved project in ``.devkit/``, because pydantic takes longer than most commands.

An entry is found by all that the project is made from, devkit's own code included, so that it is
never out of date; whatever is wrong with it, the project is made anew.
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
    from collections.abc import Iterator

CACHE = Path(".devkit", "project.json")
_PACKAGE = Path(devkit.__file__).parent


def load_project_cached(root: Path) -> Project:
    """What ``devkit.config.load.load_project`` gives, without its imports where nothing changed.

    Args:
        root: The folder with the Dockerfile.

    Raises:
        ConfigurationError: A file is missing or says something that devkit cannot follow.
    """
    root = root.resolve()
    key = _key(root)
    project = _kept(root, key)
    if project is None:
        from devkit.config.load import load_project  # noqa: PLC0415 - what the cache is for

        project = load_project(root, assume=assume_in(root))
        _keep(project, key)
    return project


def _key(root: Path, package: Path = _PACKAGE) -> str:
    """Stands for everything that ``load_project`` reads."""
    is_adopted = find_foreign(read_in(root)) is not None
    dockerfile, config = read_dockerfile(root, needed=not is_adopted), read_config(root)
    facts = _facts(root) if config is None else {}
    behind = texts_behind(root) if is_adopted else {}
    made_from = [root.name, dockerfile, config, facts, behind]
    parts = [devkit.__version__, *_code_times(package), *made_from]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _facts(root: Path) -> dict[str, str]:
    from devkit.config.facts import read_facts  # noqa: PLC0415 - only without a devkit.yaml

    return read_facts(root)


def _code_times(package: Path) -> Iterator[int]:
    """When the code that makes a project was last changed, in a checkout of devkit."""
    for folder in ("adoption", "config", "dockerfile"):
        for path in sorted((package / folder).rglob("*.py")):
            yield path.stat().st_mtime_ns


def _kept(root: Path, key: str) -> Project | None:
    try:
        kept = json.loads(read_bounded(root / CACHE, root=root))
        return _project(root, kept["project"]) if kept["key"] == key else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _keep(project: Project, key: str) -> None:
    """Write the entry where devkit has its folder already; without one it does without."""
    if not (project.root / CACHE.parent).is_dir():
        return
    plain = asdict(project)
    del plain["root"]
    plain["services"] = [
        {**service, "kind": service["kind"].value} for service in plain["services"]
    ]
    text = json.dumps({"key": key, "project": plain})
    with contextlib.suppress(DevkitError):
        replace_file(project.root / CACHE, text, root=project.root)


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
