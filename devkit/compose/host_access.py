"""What a Compose document wants of the machine itself; pure, over what docker compose made of it.

Such a file may come with a repository. Compose follows it without a word, and a container that is
privileged, or has the engine's socket, is root on the machine.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Inside = Callable[[str], bool]

_NAMESPACES = ("network_mode", "pid", "ipc", "uts", "userns_mode", "cgroup")
_POWERS = (
    "privileged", "use_api_socket", "cap_add", "devices", "device_cgroup_rules",
)  # fmt: skip
_BUILD_POWERS = ("privileged", "ssh", "entitlements", "secrets")
_LOOPBACK = ("127.", "::1", "localhost")
_HARMLESS = ("/etc/localtime", "/etc/timezone", "/usr/share/zoneinfo")
"""Files of this machine that tell its time zone and nothing else; read-only they are no matter."""
_HARDENING = re.compile(r"no-new-privileges([:=]true)?")


def host_access(document: Mapping[str, Any], *, inside: Inside) -> tuple[str, ...]:
    """Say what the services could do outside of their containers and the project's folder.

    Args:
        document: What ``docker compose config`` gives.
        inside: Whether a path of this machine lies in the project's folder.

    Returns:
        A clause for each, such as ``web is privileged``; none for an ordinary project.
    """
    services = document.get("services") or {}
    found = [
        f"{name} {clause}" for name, service in services.items() for clause in _of(service, inside)
    ]
    for kind in ("secrets", "configs"):
        for name, each in (document.get(kind) or {}).items():
            found += [f"{kind} {name} is the file {p}" for p in _outside(each.get("file"), inside)]
    for name, volume in (document.get("volumes") or {}).items():
        options = (volume or {}).get("driver_opts") or {}
        found += [f"volume {name} is {options['device']}"] if options.get("device") else []
    return tuple(found)


def open_ports(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The services' ports that others on the network reach, as ``web 8000``."""
    return tuple(
        f"{name} {port['published']}"
        for name, service in (document.get("services") or {}).items()
        for port in service.get("ports") or ()
        if port.get("published") and not str(port.get("host_ip", "")).startswith(_LOOPBACK)
    )


def _of(service: Mapping[str, Any], inside: Inside) -> Iterator[str]:
    if service.get("provider"):
        yield f"runs the program {service['provider'].get('type')} on this machine"
    yield from (f"has `{each}`" for each in _POWERS if service.get(each))
    for each in service.get("volumes_from") or ():
        # Those of a service of the same files are looked at there.
        if str(each).startswith("container:"):
            yield f"has the volumes of the {str(each).replace(':', ' ', 1)}"
    options = [str(each) for each in service.get("security_opt") or ()]
    yield from (f"has `security_opt: {o}`" for o in options if not _HARDENING.fullmatch(o))
    for each in _NAMESPACES:
        if str(service.get(each, "")).partition(":")[0] in {"host", "container"}:
            yield f"has `{each}: {service[each]}`"
    for volume in service.get("volumes") or ():
        is_harmless = volume.get("read_only") and volume.get("source") in _HARMLESS
        if volume.get("type") in {"bind", "npipe"} and not is_harmless:
            yield from (f"mounts {path}" for path in _outside(volume.get("source"), inside))
    yield from _of_build(service.get("build") or {}, inside)


def _of_build(build: Mapping[str, Any], inside: Inside) -> Iterator[str]:
    yield from (f"is built with `{each}`" for each in _BUILD_POWERS if build.get(each))
    if build.get("network") == "host":
        yield "is built with `network: host`"
    contexts = (build.get("context"), *(build.get("additional_contexts") or {}).values())
    for context in contexts:
        yield from (f"is built from {path}" for path in _outside(context, inside))


def _outside(path: str | None, inside: Inside) -> tuple[str, ...]:
    """The path, where it is one of this machine, in one piece, and not the project's own."""
    is_path = path is not None and path.startswith(("/", "~", "\\"))
    return (path,) if path and is_path and not inside(path) else ()
