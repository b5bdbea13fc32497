"""The Compose override that is this machine's own: what no committed file can know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.compose.variables import local_variables
from devkit.templating import compose_scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.compose.local import LocalSettings
    from devkit.project import Project

WEB = "web"
HOME = "HOME"
HTTP_PORT = 80

_HEADER = "# Written by devkit for this machine alone, and read after docker-compose.yml.\n"


def own_override(project: Project, settings: LocalSettings) -> str:
    """The text of the override; empty where the committed file serves as it is."""
    services = {name: [*_of_built(project, settings, name)] for name in built_services(project)}
    lines = [
        line
        for name, body in services.items()
        if body
        for line in (f"  {name}:", *(f"    {each}" for each in body))
    ]
    return "\n".join([f"{_HEADER}services:", *lines, ""]) if lines else ""


def built_services(project: Project) -> tuple[str, ...]:
    """The Compose services that run the image of the Dockerfile."""
    return (WEB, *(worker.name for worker in project.workers))


def host_names(settings: LocalSettings) -> tuple[str, ...]:
    """What the application is asked for by way of the shared proxy; none without it.

    A browser names a port that is not 80 in Host and Origin, which applications compare.
    """
    if not settings.host:
        return ()
    name = f"{settings.host}.localhost"
    is_plain = settings.host_port in {0, HTTP_PORT}
    return (name,) if is_plain else (name, f"{name}:{settings.host_port}")


def _of_built(project: Project, settings: LocalSettings, service: str) -> Iterator[str]:
    if service == WEB and settings.publish != settings.wanted:
        yield f"# Port {settings.wanted} of 127.0.0.1 is taken here."
        yield "ports: !override"
        yield f'  - "127.0.0.1:{settings.publish}:{project.web.port}"'
    if settings.user:
        yield "# What it writes into the project's folder belongs to whom that belongs to."
        yield f'user: "{settings.user}"'
    variables = _variables(project, settings)
    if variables:
        yield "environment:"
        yield from (f"  {name}: {compose_scalar(value)}" for name, value in variables.items())


def _variables(project: Project, settings: LocalSettings) -> dict[str, str]:
    known = local_variables(project)
    variables = {}
    if settings.user and project.web.home and HOME not in known:
        variables[HOME] = project.web.home
    if settings.host:
        aliases = (*filter(None, [known.get("DOMAIN_ALIASES")]), *host_names(settings))
        variables["DOMAIN_ALIASES"] = ",".join(aliases)
    return variables
