"""From a Project to the text of docker-compose.yml."""

from __future__ import annotations

import hashlib
import json
import shlex
from typing import TYPE_CHECKING, Any

from devkit.compose.generated import with_header
from devkit.compose.stand_ins import local_values, templates_text, volume_names
from devkit.compose.variables import local_variables
from devkit.templating import render, template_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.project import Project

TEMPLATE = "docker-compose.yml.j2"


def render_compose(project: Project) -> str:
    """The text of docker-compose.yml, header included; equal projects give equal texts."""
    values = _values(project)
    body = render(TEMPLATE, values)
    return with_header(body, inputs=_fingerprint(values, _templates(project)))


def compose_inputs(project: Project) -> str:
    """What stands for all that ``render_compose`` reads; it costs no rendering."""
    return _fingerprint(_values(project), _templates(project))


def _templates(project: Project) -> list[str]:
    return [template_text(TEMPLATE), *templates_text(project.contained)]


def _fingerprint(values: dict[str, Any], templates: Sequence[str]) -> str:
    text = json.dumps([values, templates])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _values(project: Project) -> dict[str, Any]:
    web, local = project.web, project.environments["local"]
    return {
        "name": project.name,
        "command": shlex.split(web.command) if web.command else None,
        "publish": web.publish,
        "port": web.port,
        "mount": web.mount,
        "keep": web.keep,
        "has_storage": bool(project.storages),
        "variables": local_variables(project),
        "memory": local.memory,
        "cpus": local.cpus,
        "services": [local_values(service) for service in project.contained],
        "volumes": volume_names(project.contained),
        "workers": [
            {"name": worker.name, "command": shlex.split(worker.command)}
            for worker in project.workers
        ],
    }
