"""From a Project to the text of docker-compose.yml."""

from __future__ import annotations

import hashlib
import json
import shlex
from typing import TYPE_CHECKING, Any

from devkit.compose.generated import with_header
from devkit.compose.variables import database_mount, local_variables
from devkit.project import DEFAULT_PREFIX
from devkit.templating import render, template_text

if TYPE_CHECKING:
    from devkit.project import Project, Service

TEMPLATE = "docker-compose.yml.j2"


def render_compose(project: Project) -> str:
    """The text of docker-compose.yml, header included; equal projects give equal texts."""
    values = _values(project)
    body = render(TEMPLATE, values)
    return with_header(body, inputs=_fingerprint(values, template_text(TEMPLATE)))


def compose_inputs(project: Project) -> str:
    """What stands for all that ``render_compose`` reads; it costs no rendering."""
    return _fingerprint(_values(project), template_text(TEMPLATE))


def _fingerprint(values: dict[str, Any], template: str) -> str:
    text = json.dumps([values, template])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _values(project: Project) -> dict[str, Any]:
    web, local = project.web, project.environments["local"]
    return {
        "name": project.name,
        "command": shlex.split(web.command) if web.command else None,
        "publish": web.publish,
        "port": web.port,
        "mount": web.mount,
        "has_storage": bool(project.storages),
        "variables": local_variables(project),
        "memory": local.memory,
        "cpus": local.cpus,
        "databases": [_database(service) for service in project.databases],
    }


def _database(service: Service) -> dict[str, str | None]:
    variable = f"{service.prefix}_DATABASE_DSN"
    also = " and DATABASE_URL" if service.prefix == DEFAULT_PREFIX else ""
    return {
        "name": service.name,
        "comment": f"The database of {variable}{also}. It is not published on the host.",
        "image": service.image,
        "mount": database_mount(service),
    }
