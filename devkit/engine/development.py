"""The development project's data: where its databases and its storage are."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from devkit.compose.data_copy import Source
from devkit.compose.variables import DATABASE_USER, STORAGE_MOUNT
from devkit.engine.adopted import database_names, read_in
from devkit.engine.commands import ask
from devkit.engine.engine_state import all_containers
from devkit.engine.local_found import find_stack
from devkit.engine.messages import engine_error
from devkit.errors import CouldNotFindOutError
from devkit.project import ServiceKind, Software

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devkit.compose.local import RunningContainer
    from devkit.engine.local_found import FoundStack
    from devkit.project import Project, Service

STORAGE_FOLDER = "data"


@dataclass(frozen=True, kw_only=True)
class Development:
    """What there is to copy.

    Attributes:
        databases: Each in a container that runs.
        storage: The folder that is ``/data`` in the web container; None for none.
        left_out: The services whose data are not copied: other databases, object stores.
    """

    databases: tuple[Source, ...] = ()
    storage: Path | None = None
    left_out: tuple[str, ...] = ()


def find_development(root: Path, project: Project, environment: Mapping[str, str]) -> Development:
    """What the development project has of the services that a commit needs.

    Args:
        root: The project's folder, as it is worked in.
        project: The project as the commit configures it.
        environment: The person's environment, for docker.

    Raises:
        ConfigurationError: The compose file cannot be followed.
        CouldNotFindOutError: A database of the project does not run, or docker cannot be asked.
    """
    stack = find_stack(root, environment=environment)
    return Development(
        databases=tuple(_databases(root, stack, project, environment)),
        storage=_storage(root, stack) if project.storages else None,
        left_out=tuple(each.name for each in project.contained if _is_left_out(each)),
    )


def _is_left_out(service: Service) -> bool:
    """Whether it has data that a migration may meet, and that only its own tools can copy."""
    is_database = service.kind is ServiceKind.DATABASE
    return (is_database and not _is_postgres(service)) or service.kind is ServiceKind.STORAGE


def _is_postgres(service: Service) -> bool:
    return service.software is Software.POSTGRES


def _databases(
    root: Path, stack: FoundStack | None, project: Project, environment: Mapping[str, str]
) -> list[Source]:
    databases = [each.name for each in project.databases if _is_postgres(each)]
    if not databases:
        return []
    found = all_containers(cwd=root, environment=environment, project=stack.name) if stack else ()
    own = database_names(read_in(root), wanted=project.compose_web)
    names = {each.service: own.get(each.service, each.service) for each in found}
    containers = {names[each.service]: each for each in found if each.active and each.ready}
    down = [name for name in databases if name not in containers]
    if down:
        raise CouldNotFindOutError(
            f"There is nothing to copy: {', '.join(down)} of the development project is not up.",
            hint="`devkit up` starts it; without --data copy the rehearsal begins with no data.",
        )
    return [
        replace(_source(root, containers[name], environment), service=name) for name in databases
    ]


def _source(root: Path, container: RunningContainer, environment: Mapping[str, str]) -> Source:
    """As the variables of PostgreSQL's image name it."""
    words = ["docker", "inspect", "--format", "{{json .Config.Env}}", container.id]
    told = ask(words, cwd=root, env=environment)
    if not told.ok:
        raise engine_error(told.output)
    pairs = (str(each).partition("=") for each in json.loads(told.output) or ())
    variables = {name: value for name, _, value in pairs}
    user = variables.get("POSTGRES_USER") or DATABASE_USER
    return Source(
        service=container.service,
        container=container.id,
        user=user,
        name=variables.get("POSTGRES_DB") or user,
        password=variables.get("POSTGRES_PASSWORD", ""),
    )


def find_storage(root: Path, environment: Mapping[str, str]) -> Path | None:
    """The folder that is ``/data`` in the web container; None where it is no folder of here.

    Args:
        root: The project's folder, as it is worked in.
        environment: The person's environment, for docker.

    Raises:
        ConfigurationError: The compose file cannot be followed.
        CouldNotFindOutError: docker cannot be asked.
    """
    return _storage(root, find_stack(root, environment=environment))


def _storage(root: Path, stack: FoundStack | None) -> Path | None:
    """The folder of a generated project, or what a person's own file mounts in its place."""
    folder: Path | None = root / STORAGE_FOLDER
    if stack is not None and stack.document is not None:
        web = (stack.document.get("services") or {}).get(stack.find_web()) or {}
        mounted = {each.get("target"): each for each in web.get("volumes") or ()}
        mount = mounted.get(STORAGE_MOUNT, {})
        folder = root / str(mount.get("source")) if mount.get("type") == "bind" else None
    return folder if folder is not None and folder.is_dir() else None
