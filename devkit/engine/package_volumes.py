"""The volumes without a name that hold the image's packages below a mount of the sources.

Compose makes one for each container, and removes none of them with it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from devkit.engine.commands import ask
from devkit.project import WORKER_PREFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

_UNNAMED = re.compile(r"[0-9a-f]{64}")
_SERVICE_LABEL = "com.docker.compose.service"


def package_volumes(
    name: str, keep: Collection[str], *, cwd: Path, environment: Mapping[str, str]
) -> frozenset[str]:
    """The volumes at ``web.keep`` of the containers of web and the workers.

    Args:
        name: The Compose project's name.
        keep: ``web.keep``; where it is empty docker is not asked.
        cwd: The project's folder.
        environment: The person's environment, for docker.
    """
    if not keep:
        return frozenset()
    label = f"label=com.docker.compose.project={name}"
    found = ask(["docker", "ps", "--all", "--quiet", "--filter", label], cwd=cwd, env=environment)
    containers = found.output.split() if found.returncode == 0 else []
    if not containers:
        return frozenset()
    told = ask(["docker", "container", "inspect", *containers], cwd=cwd, env=environment)
    inspected = json.loads(told.output) if told.returncode == 0 else []
    return frozenset(
        mount["Name"]
        for container in inspected
        if _is_application(container["Config"]["Labels"].get(_SERVICE_LABEL, ""))
        for mount in container["Mounts"]
        if mount.get("Destination") in keep and _UNNAMED.fullmatch(mount.get("Name", ""))
    )


def remove_unused(volumes: Collection[str], *, cwd: Path, environment: Mapping[str, str]) -> None:
    """Remove those that no container has any more; docker refuses the others."""
    for volume in volumes:
        ask(["docker", "volume", "rm", volume], cwd=cwd, env=environment)


def _is_application(service: str) -> bool:
    return service == "web" or service.startswith(WORKER_PREFIX)
