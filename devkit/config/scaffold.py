"""The text of a first devkit.yaml, and why it says what it says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from devkit.config.defaults import (
    DEFAULT_CONTAINERS,
    DEFAULT_PUBLISH,
    name_from_folder,
)
from devkit.config.detect import DATABASE_IMAGE, detect
from devkit.config.resolve import gate_port
from devkit.dockerfile import parse
from devkit.templating import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.dockerfile import Dockerfile

TEMPLATE = "devkit.yaml.j2"


@dataclass(frozen=True, kw_only=True)
class Scaffold:
    """A first devkit.yaml.

    Attributes:
        text: It loads to the same project as no devkit.yaml at all.
        reasons: What was found and where, one sentence each.
    """

    text: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FromCompose:
    """What a compose file that a person wrote tells, for a devkit.yaml beside it.

    Attributes:
        web: The service that is the application; empty for ``web``, and where it is not told.
        services: As devkit.yaml has them.
        port: What the application listens on; None where the file does not tell.
        publish: Where it is published; None for nowhere.
        reasons: One sentence each.
    """

    web: str = ""
    services: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    publish: int | None = None
    reasons: tuple[str, ...] = ()


def scaffold(
    *,
    folder: str,
    dockerfile_text: str,
    facts: Mapping[str, str],
    compose: FromCompose | None = None,
) -> Scaffold:
    """Write down what is detected.

    Args:
        folder: The name of the project's folder.
        dockerfile_text: The Dockerfile's text.
        facts: As ``devkit.config.detect.detect`` takes them.
        compose: What a compose file of the person's own tells; None where there is none. It says
            itself what is mounted and run in local work.
    """
    dockerfile = parse(dockerfile_text)
    found = detect(facts, dockerfile=dockerfile, dockerfile_text=dockerfile_text)
    if compose is not None:
        services = {**found.services, **compose.services}
        reasons = (*compose.reasons, *found.reasons)
        found = replace(found, services=services, command=None, reasons=reasons)
    port, warning = gate_port(None, dockerfile.ports)
    values = {
        "name": name_from_folder(folder),
        "port": port,
        "publish": DEFAULT_PUBLISH,
        "command": found.command,
        "mount": dockerfile.source_folder,
        "services": found.services,
        "variables": {key: _variable(key) for key in found.services},
        "release": found.release,
        "containers": DEFAULT_CONTAINERS,
        "database_image": DATABASE_IMAGE,
        "says_port": False,
        "compose_web": "",
    }
    if compose is not None:
        says_port = not dockerfile.ports and compose.port is not None
        values |= {
            "port": compose.port if says_port else port,
            "says_port": says_port,
            "publish": compose.publish or DEFAULT_PUBLISH,
            "mount": None,
            "compose_web": compose.web,
        }
    reasons = (warning or f"Port {port}: the Dockerfile exposes it.", *_mount_reason(dockerfile))
    return Scaffold(text=render(TEMPLATE, values), reasons=(*reasons, *found.reasons))


def _mount_reason(dockerfile: Dockerfile) -> tuple[str, ...]:
    if dockerfile.source_folder:
        return (f"Mounted at {dockerfile.source_folder}: the Dockerfile copies this folder there.",)
    if dockerfile.builds_in_place:
        return (
            f"Not mounted: the Dockerfile builds in {dockerfile.root_copy}, which would be hidden.",
        )
    return ()


def _variable(key: str) -> str:
    kind, _, prefix = key.partition("_")
    before = f"{prefix.upper()}_" if prefix else ""
    if kind == "storage":
        folder = f"media-{prefix}" if prefix else "media"
        return f"{before or 'DEFAULT_'}STORAGE_DSN, kept in ./data/{folder}"
    if kind == "broker":
        return f"{before or 'DEFAULT_'}AMQP_BROKER_URL"
    if kind == "database" and prefix:
        return f"{before}DATABASE_DSN"
    return before + {"cache": "CACHE_URL", "mail": "EMAIL_URL"}.get(kind, "DATABASE_URL")
