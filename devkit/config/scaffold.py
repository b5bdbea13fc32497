"""The text of a first devkit.yaml, and why it says what it says."""

from __future__ import annotations

from dataclasses import dataclass
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


def scaffold(*, folder: str, dockerfile_text: str, facts: Mapping[str, str]) -> Scaffold:
    """Write down what is detected.

    Args:
        folder: The name of the project's folder.
        dockerfile_text: The Dockerfile's text.
        facts: As ``devkit.config.detect.detect`` takes them.
    """
    dockerfile = parse(dockerfile_text)
    found = detect(facts, dockerfile=dockerfile, dockerfile_text=dockerfile_text)
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
