"""From what devkit.yaml and the Dockerfile say to a Project with every default filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from devkit.config.defaults import (
    DEFAULT_CONTAINERS,
    DEFAULT_HOME,
    DEFAULT_PUBLISH,
    DEFAULT_STORE_IMAGE,
    DEFAULT_USER,
    FILE,
    S3,
    name_from_folder,
)
from devkit.config.gate_port import gate_port
from devkit.config.model import EnvironmentSection, WatchSection, WebSection
from devkit.config.service_checks import kind_of
from devkit.project import (
    DEFAULT_PREFIX,
    DEFAULT_RECEIPT_DAYS,
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
    from pathlib import Path

    from devkit.config.model import Configuration, OtherService, WorkerSection
    from devkit.dockerfile import Dockerfile


def resolve(configuration: Configuration, *, dockerfile: Dockerfile, root: Path) -> Project:
    """Fill in every default."""
    sections = configuration.environments
    environments = {
        name: _environment(name, getattr(sections, name, None) or EnvironmentSection())
        for name in DEFAULT_CONTAINERS
    }
    return Project(
        name=configuration.name or name_from_folder(root.name),
        root=root,
        web=_web(configuration.web or WebSection(), dockerfile),
        services=_services(configuration),
        release=tuple(configuration.release or ()),
        environments=environments,
        compose_web=configuration.compose.web if configuration.compose else None,
        receipt_days=(configuration.receipts and configuration.receipts.days)
        or DEFAULT_RECEIPT_DAYS,
        workers=tuple(_worker(*each) for each in (configuration.workers or {}).items()),
        watch=_watch(configuration.watch or WatchSection()),
    )


def as_mapping(project: Project) -> dict[str, Any]:
    """The project as devkit.yaml would say it with every default written out."""
    watch = {name: list(patterns) for name, patterns in asdict(project.watch).items() if patterns}
    return {
        "name": project.name,
        "web": {
            "port": project.web.port,
            "publish": project.web.publish,
            **({"command": project.web.command} if project.web.command else {}),
            "mount": project.web.mount or False,
            "user": project.web.user,
            "paths": list(project.web.paths),
        },
        "services": {_service_key(s): _service_mapping(s) for s in project.services},
        "release": list(project.release),
        "environments": {
            name: _environment_mapping(environment)
            for name, environment in project.environments.items()
        },
        **({"compose": {"web": project.compose_web}} if project.compose_web else {}),
        **({"workers": _workers_mapping(project)} if project.workers else {}),
        "receipts": {"days": project.receipt_days},
        **({"watch": watch} if watch else {}),
    }


def _service_key(service: Service) -> str:
    return service.name.removesuffix("_default")


def _service_mapping(service: Service) -> Any:  # noqa: ANN401 - a text or a mapping
    custom = service.custom
    if custom is None:
        return service.image or FILE
    given = {name: value for name, value in vars(custom).items() if value}
    plain = {name: dict(v) if isinstance(v, Mapping) else v for name, v in given.items()}
    return {"image": service.image, **plain}


def _workers_mapping(project: Project) -> dict[str, Any]:
    return {
        worker.label: {
            "command": worker.command,
            "containers": worker.containers,
            **({"memory": worker.memory} if worker.memory else {}),
        }
        for worker in project.workers
    }


def _environment_mapping(environment: Environment) -> dict[str, Any]:
    limits = {"memory": environment.memory, "cpus": environment.cpus}
    return {
        "containers": environment.containers,
        **{name: value for name, value in limits.items() if value is not None},
        "env": dict(environment.env),
    }


def _web(section: WebSection, dockerfile: Dockerfile) -> Web:
    port, warning = gate_port(section.port, dockerfile.ports)
    # A local command is there to serve the sources; the image's CMD may need what was built.
    usual = dockerfile.mountable if section.command else dockerfile.source_folder
    mount = usual if section.mount is None else section.mount
    inside = f"{mount.rstrip('/')}/" if mount else ""
    return Web(
        port=port,
        configured_port=section.port,
        port_warning=warning,
        publish=section.publish or DEFAULT_PUBLISH,
        command=section.command,
        mount=mount.rstrip("/") if mount else None,
        keep=tuple(f for f in dockerfile.dependency_folders if inside and f.startswith(inside)),
        paths=tuple(section.paths or ("/",)),
        user=section.user or DEFAULT_USER,
        # Where the image has a user of its own, the engine knows that one's home.
        home=None if dockerfile.sets_home or not dockerfile.runs_as_root else DEFAULT_HOME,
    )


def _watch(section: WatchSection) -> WatchRules:
    return WatchRules(
        ignore=tuple(section.ignore or ()),
        rebuild=tuple(section.rebuild or ()),
        restart=tuple(section.restart or ()),
        sync=tuple(section.sync or ()),
    )


def _services(configuration: Configuration) -> tuple[Service, ...]:
    """Databases first, otherwise in the order of the file."""
    wanted = {key: value for key, value in (configuration.services or {}).items() if value}
    services = [_service(key, value) for key, value in wanted.items()]
    return tuple(sorted(services, key=lambda service: service.kind is ServiceKind.STORAGE))


def _service(key: str, value: str | OtherService) -> Service:
    kind = kind_of(key)
    if isinstance(value, str):
        image = {FILE: None, S3: DEFAULT_STORE_IMAGE}.get(value, value)
        return Service(
            kind=kind, prefix=key.partition("_")[2].upper() or DEFAULT_PREFIX, image=image
        )
    custom = Custom(
        port=value.port,
        command=value.command,
        volume=value.volume.rstrip("/") if value.volume else None,
        healthcheck=value.healthcheck,
        env=dict(value.env or {}),
        variables=dict(value.variables or {}),
    )
    return Service(kind=kind, prefix=key.upper(), image=value.image, custom=custom)


def _worker(label: str, value: str | WorkerSection) -> Worker:
    if isinstance(value, str):
        return Worker(label=label, command=value)
    return Worker(
        label=label,
        command=value.command or "",
        containers=value.containers or 1,
        memory=value.memory,
    )


def _environment(name: str, section: EnvironmentSection) -> Environment:
    return Environment(
        name=name,
        containers=section.containers or DEFAULT_CONTAINERS[name],
        memory=section.memory,
        cpus=section.cpus,
        env=dict(section.env or {}),
    )
