"""The proxy before the web containers: its configuration and its Compose service.

docs/proxy.md says why it is HAProxy, and what it does and does not do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from devkit.templating import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.ports import Address

PROXY_IMAGE = "haproxy:2.6-bookworm"
PROXY_SERVICE = "proxy"
PROXY_PORT = 8080
"""Where clients connect to, inside the proxy's container."""
RUNTIME_PORT = 9999
"""Where it takes commands, on its container's own loopback."""
CONFIG_FILE = "/usr/local/etc/haproxy/haproxy.cfg"
POOL = "web"
"""The name of the backend."""
NOWHERE = "192.0.2.1"
"""The address of a place that has none yet; it is reserved for documentation (RFC 5737)."""
SLOTS = 100
"""Places for containers: 50 old ones and 50 new ones."""
MAX_CONNECTIONS = 1000
"""Each takes two files, and an engine may allow no more than 4096."""
ANY_PORT = 0
"""Let the engine choose the port of 127.0.0.1."""

_TEMPLATE = "haproxy.cfg.j2"
_HOST = re.compile(r"[\w.-]+", re.ASCII)
_ANSWERS = {
    502: "The application's container gave no valid answer.",
    503: "No container of the application takes the request.",
    504: "The application's container did not answer in time.",
}


@dataclass(frozen=True, kw_only=True)
class ProxySettings:
    """What the proxy's configuration is made from.

    Attributes:
        image: HAProxy, 2.6 or newer.
        port: Where clients connect to, inside its container.
        slots: How many containers it can know at once, those that are being drained included.
        targets: The containers that it routes to when it starts, by an address, or by a DNS name
            of the engine's, which is followed when the container's address changes.
    """

    image: str = PROXY_IMAGE
    port: int = PROXY_PORT
    slots: int = SLOTS
    targets: tuple[Address, ...] = ()


def proxy_config(settings: ProxySettings) -> str:
    """The text of haproxy.cfg."""
    return render(
        _TEMPLATE,
        {
            "listen_port": settings.port,
            "runtime_port": RUNTIME_PORT,
            "max_connections": MAX_CONNECTIONS,
            "pool": POOL,
            "slots": settings.slots,
            "nowhere": f"{NOWHERE}:1",
            "targets": [_checked(target) for target in settings.targets],
            "answers": _ANSWERS,
        },
    )


def with_proxy(
    document: Mapping[str, Any],
    settings: ProxySettings,
    *,
    labels: Mapping[str, str],
    restart: str = "no",
    publish: int | None = None,
) -> dict[str, Any]:
    """A Compose document with the proxy in it.

    Args:
        document: The Compose document.
        settings: The proxy's.
        labels: On its container.
        restart: Compose's restart policy.
        publish: The port of 127.0.0.1 to publish it on, ``ANY_PORT`` for one that the engine
            chooses, None for not at all.
    """
    service = proxy_service(settings, labels=labels, restart=restart, publish=publish)
    # Written into the container when it is made, so that no file of this machine is mounted.
    content = {"content": proxy_config(settings).replace("$", "$$")}
    return {
        **document,
        "services": {**document["services"], PROXY_SERVICE: service},
        "configs": {**document.get("configs", {}), PROXY_SERVICE: content},
    }


def proxy_service(
    settings: ProxySettings,
    *,
    labels: Mapping[str, str],
    restart: str = "no",
    publish: int | None = None,
) -> dict[str, Any]:
    """The Compose service alone; ``with_proxy`` adds the configuration that it refers to."""
    service: dict[str, Any] = {
        "image": settings.image,
        "restart": restart,
        "labels": dict(labels),
        "configs": [{"source": PROXY_SERVICE, "target": CONFIG_FILE}],
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
    }
    if publish is not None:
        host_port = "" if publish == ANY_PORT else str(publish)
        service["ports"] = [f"127.0.0.1:{host_port}:{settings.port}"]
    return service


def is_dns_name(host: str) -> bool:
    """Whether a target is given by name.

    Raises:
        ValueError: It is neither an address nor a name, and would be read as something else.
    """
    try:
        ip_address(host)
    except ValueError:
        if not _HOST.fullmatch(host):
            raise
        return True
    return False


def _checked(target: Address) -> Address:
    is_dns_name(target.host)
    return target
