"""The listening sockets of a container, as its own /proc/net tells them."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

LISTEN = "0A"
"""The state of a listening socket in /proc/net/tcp (include/net/tcp_states.h)."""

DOCKER_DNS = "127.0.0.11"
"""Docker's resolver listens there inside every container of a network."""


class Listener(NamedTuple):
    """A listening TCP socket."""

    host: str
    port: int

    @property
    def loopback(self) -> bool:
        """Whether only the container itself can reach it."""
        return ipaddress.ip_address(self.host).is_loopback


def parse_listeners(proc_net_tcp: str) -> tuple[Listener, ...]:
    """The listening sockets in the text of /proc/net/tcp and /proc/net/tcp6 (proc(5))."""
    found = []
    for line in proc_net_tcp.splitlines():
        words = line.split()
        if words[3:4] == [LISTEN]:
            found.append(_parse_address(words[1]))
    return tuple(dict.fromkeys(found))


def _parse_address(text: str) -> Listener:
    # The address is in host byte order, 32 bits at a time; the port is in network byte order.
    address, port = text.split(":")
    groups = [address[i : i + 8] for i in range(0, len(address), 8)]
    packed = b"".join(bytes.fromhex(group)[::-1] for group in groups)
    host = ipaddress.ip_address(packed)
    mapped = getattr(host, "ipv4_mapped", None)
    return Listener(str(mapped or host), int(port, 16))
