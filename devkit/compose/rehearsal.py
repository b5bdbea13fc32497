"""The Compose document of one rehearsal: throw-away services, nothing published."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.compose.stand_ins import rehearsed_service, volume_names
from devkit.compose.variables import STORAGE_MOUNT
from devkit.project import ServiceKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.project import Environment, Service, Worker

WORKER_LABEL = "io.devkit.worker"
"""On the containers of workers."""


@dataclass(frozen=True, kw_only=True)
class WebSettings:
    """One version of the application in the document.

    Attributes:
        image: The tag of the image that its commit is built to.
        labels: On its containers, beside those of the document.
        environment: The cloud environment that is rehearsed.
        variables: The containers' environment variables.
        mounts_storage: Whether the version has a file storage.
        workers: What runs beside it in the same image, by the names of their Compose services.
    """

    image: str
    environment: Environment
    variables: Mapping[str, str]
    mounts_storage: bool
    labels: Mapping[str, str] = field(default_factory=dict)
    workers: Mapping[str, Worker] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RehearsalSettings:
    """What the document is made of.

    Attributes:
        labels: On every container, network and volume, so that all of it is found again.
        services: What the versions need between them.
        database_password: Of PostgreSQL; the other services' are made from it.
        webs: The versions by the name of their Compose service.
        restart: Compose's restart policy of the services.
        durable: Whether the services' data outlive the engine; a rehearsal's are thrown away.
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
    contained = [s for s in settings.services if s.image is not None]
    services = {s.name: _contained(s, settings) for s in contained}
    folders = [s.name for s in _storages(settings)]
    webs = {name: _web(web, settings) for name, web in settings.webs.items()}
    workers = {
        name: _worker(worker, web, settings)
        for web in settings.webs.values()
        for name, worker in web.workers.items()
    }
    return {
        "services": {**services, **webs, **workers},
        "networks": {"default": {"labels": labels}},
        "volumes": {name: {"labels": labels} for name in (*volume_names(contained), *folders)},
    }


def _storages(settings: RehearsalSettings) -> list[Service]:
    kept = (s for s in settings.services if s.kind is ServiceKind.STORAGE)
    return [s for s in kept if s.image is None]


def _web(web: WebSettings, settings: RehearsalSettings) -> dict[str, Any]:
    storages = _storages(settings)
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


def _worker(worker: Worker, web: WebSettings, settings: RehearsalSettings) -> dict[str, Any]:
    """As web, in whose image it runs, with a command of its own."""
    made = _web(web, settings)
    made["labels"] = {**made["labels"], WORKER_LABEL: "true"}
    made["command"] = [word.replace("$", "$$") for word in shlex.split(worker.command)]
    if worker.memory:
        made["mem_limit"] = made["memswap_limit"] = worker.memory
    return made


def _contained(service: Service, settings: RehearsalSettings) -> dict[str, Any]:
    made = rehearsed_service(service, secret=settings.database_password, durable=settings.durable)
    return {**made, "restart": settings.restart, "labels": dict(settings.labels)}


def _escaped(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value.replace("$", "$$") for name, value in variables.items()}
