"""The Compose document of one rehearsal: throw-away services, nothing published."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.compose.variables import (
    DATABASE_NAME,
    DATABASE_USER,
    STORAGE_MOUNT,
    database_mount,
)
from devkit.project import ServiceKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.project import Environment, Service


@dataclass(frozen=True, kw_only=True)
class WebSettings:
    """One version of the application in the document.

    Attributes:
        image: The tag of the image that its commit is built to.
        labels: On its containers, beside those of the document.
        environment: The cloud environment that is rehearsed.
        variables: The containers' environment variables.
        mounts_storage: Whether the version has a file storage.
    """

    image: str
    environment: Environment
    variables: Mapping[str, str]
    mounts_storage: bool
    labels: Mapping[str, str] = field(default_factory=dict)


DATABASE_CONNECTIONS = 60
"""As many as the cloud's databases take."""

UNSAFE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""Postgres' settings for data that no crash has to spare ("Non-Durable Settings" of its manual)."""


@dataclass(frozen=True, kw_only=True)
class RehearsalSettings:
    """What the document is made of.

    Attributes:
        labels: On every container, network and volume, so that all of it is found again.
        services: What the versions need between them.
        database_password: Of the throw-away databases.
        webs: The versions by the name of their Compose service.
        restart: Compose's restart policy of the services.
        durable: Whether the databases' data outlives the engine; a rehearsal's is thrown away.
    """

    labels: Mapping[str, str]
    services: Sequence[Service]
    database_password: str
    webs: Mapping[str, WebSettings]
    restart: str = "no"
    durable: bool = False


def rehearsal_document(settings: RehearsalSettings) -> dict[str, Any]:
    """The document as plain data, to be written as JSON, which Compose reads as YAML.

    A ``$`` in a value is doubled, because Compose would take it for a variable.
    """
    labels = dict(settings.labels)
    databases = [s for s in settings.services if s.kind is ServiceKind.DATABASE]
    services = {s.name: _database(s, settings) for s in databases}
    webs = {name: _web(web, settings) for name, web in settings.webs.items()}
    return {
        "services": {**services, **webs},
        "networks": {"default": {"labels": labels}},
        "volumes": {service.name: {"labels": labels} for service in settings.services},
    }


def _web(web: WebSettings, settings: RehearsalSettings) -> dict[str, Any]:
    storages = [s for s in settings.services if s.kind is ServiceKind.STORAGE]
    service: dict[str, Any] = {
        "image": web.image,
        "pull_policy": "never",
        "restart": "no",
        "labels": {**settings.labels, **web.labels},
        "environment": _escaped(web.variables),
        "volumes": [f"{s.name}:{STORAGE_MOUNT}" for s in storages[:1] if web.mounts_storage],
    }
    if web.environment.memory:
        service["mem_limit"] = web.environment.memory
        # As much with swap as without: it must not hide that the memory does not suffice.
        service["memswap_limit"] = web.environment.memory
    if web.environment.cpus:
        service["cpus"] = web.environment.cpus
    return service


def _database(service: Service, settings: RehearsalSettings) -> dict[str, Any]:
    return {
        "image": service.image,
        "command": ["postgres", *_settings(durable=settings.durable)],
        "restart": settings.restart,
        "labels": dict(settings.labels),
        "environment": {
            "POSTGRES_DB": DATABASE_NAME,
            "POSTGRES_USER": DATABASE_USER,
            "POSTGRES_PASSWORD": settings.database_password,
            **({} if settings.durable else {"POSTGRES_INITDB_ARGS": "--no-sync"}),
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


def _settings(*, durable: bool) -> list[str]:
    # The application's user is a superuser here, so that all connections are for it.
    told = {"max_connections": str(DATABASE_CONNECTIONS), **({} if durable else UNSAFE)}
    return [word for name, value in told.items() for word in ("-c", f"{name}={value}")]


def _escaped(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value.replace("$", "$$") for name, value in variables.items()}
