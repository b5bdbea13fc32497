"""The text of a first devkit.yaml, and why it says what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from devkit.config.defaults import (
    DEFAULT_CONTAINERS,
    DEFAULT_PUBLISH,
    name_from_folder,
)
from devkit.config.detect import DATABASE_IMAGE, detect
from devkit.config.gate_port import gate_port
from devkit.dockerfile import parse
from devkit.templating import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.config.detect import Detected
    from devkit.dockerfile import Dockerfile

TEMPLATE = "devkit.yaml.j2"
# Of images that have a web server and an EXPOSE of their own, which our Dockerfile need not say.
_WEB_SERVERS = re.compile(r"(?:^|/)(?:php:[\w.-]*apache[\w.-]*|(?:nginx|httpd|caddy)(?::.*)?)$")


@dataclass(frozen=True, kw_only=True)
class Scaffold:
    """A first devkit.yaml.

    Attributes:
        text: It loads to the same project as no devkit.yaml at all.
        reasons: What was found and where, one sentence each.
        notes: What to look after, one sentence each.
    """

    text: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...] = ()


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
    port_reason = _port_reason(dockerfile, found)
    if compose is not None:
        found = _beside(found, compose, has_port=bool(dockerfile.ports))
    values = {
        "name": name_from_folder(folder),
        "port": found.port or gate_port(None, dockerfile.ports)[0],
        "says_port": found.port is not None,
        "publish": DEFAULT_PUBLISH,
        "command": found.command,
        "mount": dockerfile.mountable if found.command else dockerfile.source_folder,
        "for_root": found.for_root,
        "services": found.services,
        "variables": {key: _variable(key) for key in found.services},
        "release": found.release,
        "suggestion": found.suggestion,
        "workers": found.workers,
        "worker": found.worker,
        "env": found.env,
        "containers": DEFAULT_CONTAINERS,
        "database_image": DATABASE_IMAGE,
        "compose_web": "",
    }
    if compose is not None:
        publish = compose.publish or DEFAULT_PUBLISH
        values |= {"publish": publish, "mount": None, "compose_web": compose.web}
    mount_reason = _mount_reason(dockerfile, found.command) if compose is None else ()
    return Scaffold(
        text=render(TEMPLATE, values),
        reasons=(
            *(port_reason, *mount_reason, *_user_reason(found)),
            *(*found.reasons, *found.local_reasons),
        ),
        notes=(*found.notes, *_suggested(found)),
    )


def _beside(found: Detected, compose: FromCompose, *, has_port: bool) -> Detected:
    """What is found beside a compose file of the person's own, which has its workers, too."""
    return replace(
        found,
        services={**found.services, **compose.services},
        command=None,
        for_root="",
        port=None if has_port else compose.port or found.port,
        workers={},
        worker="",
        reasons=(*compose.reasons, *found.reasons),
        local_reasons=(),
    )


def _suggested(found: Detected) -> tuple[str, ...]:
    """What stands in the file as a comment only."""
    guess, notes = found.suggestion, []
    if guess is not None:
        notes.append(
            f"No release command: `{guess.command}` is a comment in devkit.yaml only, because"
            f" {guess.reason}."
        )
    if found.worker and not found.workers:
        notes.append(
            f"No worker: `{found.worker}` is a comment in devkit.yaml only, because no Procfile"
            " says the command."
        )
    return tuple(notes)


def _port_reason(dockerfile: Dockerfile, found: Detected) -> str:
    port, warning = gate_port(None, dockerfile.ports)
    if not warning:
        return f"Port {port}: the Dockerfile exposes it."
    if found.port is not None:
        said = f"Port {found.port}: the Dockerfile has no EXPOSE, but {found.port_reason}"
        return f"{said}; add `EXPOSE {found.port}`, by which the cloud knows it."
    base = dockerfile.base or ""
    if not dockerfile.ports and _WEB_SERVERS.search(base):
        return f"Port {port}: {base} serves there."
    return warning


def _mount_reason(dockerfile: Dockerfile, command: str | None) -> tuple[str, ...]:
    mount = dockerfile.mountable if command else dockerfile.source_folder
    if mount and dockerfile.dependency_folders:
        kept = ", ".join(dockerfile.dependency_folders)
        return (f"Mounted at {mount}, but for {kept}: the Dockerfile copies this folder there.",)
    if mount:
        return (f"Mounted at {mount}: the Dockerfile copies this folder there.",)
    if dockerfile.builds_in_place:
        return (
            f"Not mounted: the Dockerfile builds in {dockerfile.root_copy}, which would be hidden.",
        )
    return ()


def _user_reason(found: Detected) -> tuple[str, ...]:
    if not found.for_root:
        return ()
    return (f"Run as the image says (`user: image`): {found.for_root} starts as root only.",)


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
