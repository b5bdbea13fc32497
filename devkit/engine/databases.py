"""The databases of the local project: which there are, and what their containers tell of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from devkit.data import mysql, postgres
from devkit.data.database import Database
from devkit.data.dialects import NOUNS, dialect_for
from devkit.engine.commands import ask
from devkit.engine.engine_state import all_containers
from devkit.engine.local_found import find_stack
from devkit.engine.messages import engine_error
from devkit.errors import CouldNotFindOutError, UsageError
from devkit.project import Software

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path, PurePosixPath

    from devkit.compose.local import RunningContainer
    from devkit.project import Project

DEFAULT = "database_default"
WEB = "web"


def find_database(
    root: Path, project: Project, environment: Mapping[str, str], *, wanted: str = ""
) -> tuple[Database, str]:
    """The database that a command is about.

    Args:
        root: The project's folder.
        project: The project.
        environment: The person's environment, for docker.
        wanted: A Compose service, or the prefix of one; empty for the default one.

    Returns:
        The database, and what a person should be told of the choice; empty for nothing.

    Raises:
        UsageError: There is none of that name, or there are several and none is the default.
        CouldNotFindOutError: The project is down, or docker cannot be asked.
    """
    found = find_databases(root, project, environment)
    names = [each.service for each in found]
    service = wanted_service(names, wanted)
    told = ""
    if len(names) > 1 and not wanted:
        others = ", ".join(name for name in names if name != service)
        told = f"{service} is meant, the default; --service chooses another one ({others})."
    elif not wanted and service != DEFAULT and DEFAULT in {each.name for each in project.services}:
        told = f"{service} is meant: {DEFAULT} is no container of {NOUNS}."
    return next(each for each in found if each.service == service), told


def wanted_service(names: Sequence[str], wanted: str) -> str:
    """Which of several services is meant.

    Raises:
        UsageError: None is.
    """
    if wanted:
        for name in (wanted, f"database_{wanted.lower()}", f"{wanted}_default"):
            if name in names:
                return name
        raise UsageError(
            f"There is no database {wanted!r} here.", hint=f"There is: {', '.join(names)}."
        )
    if DEFAULT in names:
        return DEFAULT
    if len(names) > 1:
        raise UsageError(
            f"There are several databases, and none is the default: {', '.join(names)}.",
            hint=f"Choose one: --service {names[0]}.",
        )
    return names[0]


def find_databases(
    root: Path, project: Project, environment: Mapping[str, str]
) -> tuple[Database, ...]:
    """All databases of the project whose containers are there.

    Raises:
        CouldNotFindOutError: There is none, or docker cannot be asked.
    """
    stack = find_stack(root, environment=environment)
    containers = (
        all_containers(cwd=root, environment=environment, project=stack.name) if stack else ()
    )
    if stack is None or not containers:
        raise CouldNotFindOutError(
            f"{project.name} is down, its database with it.", hint="`devkit up` starts it."
        )
    configured = {service.name for service in project.databases}
    told = _inspected(root, containers, environment)
    found = [
        _database(stack.name, each, told[each.id], software)
        for each in containers
        if each.id in told and (software := _software(each, told[each.id], configured))
    ]
    if not found:
        raise _no_database(containers)
    return tuple(sorted(found, key=lambda each: each.service))


def _inspected(
    root: Path, containers: Sequence[RunningContainer], environment: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    words = ["docker", "inspect", "--type", "container", *(each.id for each in containers)]
    told = ask(words, cwd=root, env=environment)
    if not told.ok:
        raise engine_error(told.output)
    documents = {str(each["Id"]): each for each in json.loads(told.output)}
    return {
        each.id: document
        for each in containers
        for identity, document in documents.items()
        if identity.startswith(each.id)
    }


def _variables(document: Mapping[str, Any]) -> dict[str, str]:
    pairs = (str(each).partition("=") for each in document["Config"].get("Env") or ())
    return {name: value for name, _, value in pairs}


def _software(
    container: RunningContainer, document: Mapping[str, Any], configured: set[str]
) -> Software | None:
    """By what the images set; the application's own image may be made from one."""
    if container.service == WEB and container.service not in configured:
        return None
    variables = _variables(document)
    if postgres.is_recognized(variables):
        return Software.POSTGRES
    settings = document["Config"]
    ports = settings.get("ExposedPorts") or {}
    return mysql.recognized(variables, image=str(settings.get("Image", "")), ports=ports)


def _no_database(containers: Sequence[RunningContainer]) -> CouldNotFindOutError:
    services = ", ".join(sorted({each.service for each in containers}))
    return CouldNotFindOutError(
        f"The project has no container of {NOUNS} (its services: {services}).",
        hint="`devkit up` starts what devkit.yaml names under `services`.",
    )


def _database(
    project: str, container: RunningContainer, document: Mapping[str, Any], software: Software
) -> Database:
    variables = _variables(document)
    user, password, name = dialect_for(software).account(variables)
    folder = dialect_for(software).folder(variables)
    mounts = [str(each.get("Destination", "")) for each in document.get("Mounts") or ()]
    return Database(
        software=software,
        project=project,
        service=container.service,
        container=str(document["Id"]),
        container_name=container.name,
        image=str(document["Image"]),
        image_name=str(document["Config"].get("Image", "")),
        folder=folder,
        running=container.active,
        kept_outside=any(_is_below(folder, each) for each in mounts),
        user=user,
        name=name,
        password=password,
    )


def _is_below(folder: str, mount: str) -> bool:
    from pathlib import PurePosixPath  # noqa: PLC0415 - of the container, wherever we run

    path: PurePosixPath = PurePosixPath(folder)
    return bool(mount) and path.is_relative_to(mount)


def running(database: Database) -> Database:
    """The database, where it runs.

    Raises:
        CouldNotFindOutError: It does not.
    """
    if not database.running:
        raise CouldNotFindOutError(
            f"{database.service} is not running.", hint="`devkit up` starts it."
        )
    return database


def named(database: Database) -> Database:
    """The database, where its container tells how it is called in its server.

    Raises:
        UsageError: It does not.
    """
    if not database.name:
        raise UsageError(
            f"Nothing tells which of its databases {database.service} is about.",
            hint="Set MARIADB_DATABASE or MYSQL_DATABASE for its container in the compose file.",
        )
    return database
