"""Whom local containers run as, so that what they write into the project is its owner's.

A container runs as root unless its image says otherwise, and with a rootful engine on Linux that
is the machine's root: what it writes into a mounted folder, its owner cannot change or remove.
Elsewhere the engine, or the virtual machine that it runs in, hands files over by itself.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.engine.commands import ask
from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.project import Project

OWNER = "owner"
ROOT = 0
FIRST_WITH_LOW_PORTS = (20, 10)
"""Since this version of Docker anybody may listen on port 80 of a container, which has
``net.ipv4.ip_unprivileged_port_start=0``; Podman counts its versions otherwise, and has not."""

_MAPS_USERS = ("name=rootless", "name=userns")
_VIRTUAL = "Docker Desktop"


def owner_of(project: Project) -> str:
    """``UID:GID`` of whom the containers' files are to belong to; empty where it is no matter.

    That is where nothing of the project is mounted, where its folder is root's, where devkit.yaml
    says ``user: image``, and on all systems but Linux.
    """
    mounts = bool(project.web.mount or project.storages)
    return _folder_owner(project.root) if project.web.user == OWNER and mounts else ""


def _folder_owner(root: Path) -> str:
    if sys.platform != "linux":
        return ""
    try:
        folder = root.stat()
    except OSError:
        return ""
    return "" if folder.st_uid == ROOT else f"{folder.st_uid}:{folder.st_gid}"


def container_user(project: Project, environment: Mapping[str, str]) -> str:
    """The same, as far as the engine needs to be told: a rootful one on this machine alone."""
    owner = owner_of(project)
    return owner if owner and _is_plain(_engine(project.root, environment)) else ""


def ownership_note(
    root: Path, service: Mapping[str, Any], environment: Mapping[str, str]
) -> tuple[str, ...]:
    """A note on a service of a person's own Compose file, which devkit leaves as it is.

    Args:
        root: The project's folder.
        service: The service, as docker compose tells it.
        environment: The person's environment.
    """
    mounts = any(
        volume.get("type") == "bind" and Path(str(volume.get("source"))).is_relative_to(root)
        for volume in service.get("volumes") or ()
    )
    owner = _folder_owner(root)
    if service.get("user") or not mounts or not owner or not _is_plain(_engine(root, environment)):
        return ()
    told = (
        "What it writes into the project's folder belongs to whom its image says, most often root;"
        f' `user: "{owner}"` in the compose file makes it yours.'
    )
    return (told,)


def _engine(root: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """What a local engine says of itself; nothing of another one."""
    from devkit.engine.engine_api import UNIX, engine_info  # noqa: PLC0415 - 15 ms

    words = ["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
    endpoint = ask(words, cwd=root, env=environment).output.strip()
    if not endpoint.startswith(UNIX):
        return {}
    try:
        return engine_info(endpoint)
    except CouldNotFindOutError:
        return {}  # what comes next needs it, and says so


def _is_plain(info: Mapping[str, Any]) -> bool:
    options = [str(each) for each in info.get("SecurityOptions") or ()]
    version = re.match(r"(\d+)\.(\d+)", str(info.get("ServerVersion", "")))
    return (
        version is not None
        and (int(version[1]), int(version[2])) >= FIRST_WITH_LOW_PORTS
        and not any(each.startswith(_MAPS_USERS) for each in options)
        and info.get("OperatingSystem") != _VIRTUAL
    )


LOOKED_AT = 3_000
"""Files of a project; a person who waits for `up` does not wait for more."""
_OTHERS = frozenset({".git", "node_modules", ".venv", "venv", ".devkit"})


def roots_files(root: Path, user: str) -> tuple[str, ...]:
    """A warning where files of the project belong to root, as containers left them earlier.

    Args:
        root: The project's folder.
        user: ``UID:GID`` of whom they should belong to.
    """
    found = next((path for path in _some_files(root) if _is_roots(path)), None)
    if found is None:
        return ()
    told = (
        f"{found.relative_to(root)} belongs to root, as containers left it before, and the"
        f" application now runs as {user}. To take all such files over:"
        f" sudo chown -R --from=root {user} {shlex.quote(str(root))}"
    )
    return (told,)


def _some_files(root: Path) -> list[Path]:
    files: list[Path] = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - _OTHERS)
        files += (Path(folder, name) for name in (*folders, *names))
        if len(files) > LOOKED_AT:
            break
    return files[:LOOKED_AT]


def _is_roots(path: Path) -> bool:
    try:
        return path.lstat().st_uid == ROOT
    except OSError:
        return False
