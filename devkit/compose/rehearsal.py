"""The Compose document of one rehearsal: throw-away services, nothing published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.compose.variables import (
    DATABASE_NAME,
    DATABASE_USER,
    STORAGE_MOUNT,
    database_mount,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.project import Environment, Project, Service

DATABASE_CONNECTIONS = 60
"""As many as the cloud's databases take."""


@dataclass(frozen=True, kw_only=True)
class RehearsalSettings:
    """What the document needs beside the project.

    Attributes:
        labels: On every container, network and volume, so that all of it is found again.
        image: The tag of the image that the commit is built to.
        environment: The cloud environment that is rehearsed.
        variables: The web containers' environment variables.
        database_password: Of the throw-away databases.
    """

    labels: Mapping[str, str]
    image: str
    environment: Environment
    variables: Mapping[str, str]
    database_password: str


def rehearsal_document(project: Project, settings: RehearsalSettings) -> dict[str, Any]:
    """The document as plain data, to be written as JSON, which Compose reads as YAML.

    A ``$`` in a value is doubled, because Compose would take it for a variable.
    """
    labels = dict(settings.labels)
    services = {s.name: _database(s, settings) for s in project.databases}
    volumes = [s.name for s in project.services]
    return {
        "services": {**services, "web": _web(project, settings)},
        "networks": {"default": {"labels": labels}},
        "volumes": {name: {"labels": labels} for name in volumes},
    }


def _web(project: Project, settings: RehearsalSettings) -> dict[str, Any]:
    web: dict[str, Any] = {
        "image": settings.image,
        "pull_policy": "never",
        "restart": "no",
        "labels": dict(settings.labels),
        "environment": _escaped(settings.variables),
        "volumes": [f"{s.name}:{STORAGE_MOUNT}" for s in project.storages[:1]],
    }
    if settings.environment.memory:
        web["mem_limit"] = settings.environment.memory
        # As much with swap as without: it must not hide that the memory does not suffice.
        web["memswap_limit"] = settings.environment.memory
    if settings.environment.cpus:
        web["cpus"] = settings.environment.cpus
    return web


def _database(service: Service, settings: RehearsalSettings) -> dict[str, Any]:
    return {
        "image": service.image,
        # The application's user is a superuser here, so that all of them are for it.
        "command": ["postgres", "-c", f"max_connections={DATABASE_CONNECTIONS}"],
        "restart": "no",
        "labels": dict(settings.labels),
        "environment": {
            "POSTGRES_DB": DATABASE_NAME,
            "POSTGRES_USER": DATABASE_USER,
            "POSTGRES_PASSWORD": settings.database_password,
        },
        "volumes": [f"{service.name}:{database_mount(service)}"],
        # Over TCP: the first initialisation's own server listens on the unix socket only.
        "healthcheck": {
            "test": [
                "CMD",
                "pg_isready",
                "-h",
                "127.0.0.1",
                "-U",
                DATABASE_USER,
                "-d",
                DATABASE_NAME,
            ],
            "interval": "500ms",
            "timeout": "5s",
            "retries": 240,
        },
    }


def _escaped(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value.replace("$", "$$") for name, value in variables.items()}
