"""Why a container did not pass, as far as its state, its log and its sockets tell.

Pure: the evidence is gathered elsewhere. Each cause is a sentence with one next step.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from devkit.ports import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devkit.ports import Container

LISTEN = "0A"
"""The state of a listening socket in /proc/net/tcp (include/net/tcp_states.h)."""

LOG_CAUSES: tuple[tuple[str, str], ...] = (
    (
        r"DisallowedHost|Invalid HTTP_HOST header",
        (
            "Django refused the Host header: the gate sends the container's own `ip:port`, so"
            " ALLOWED_HOSTS has to take it."
        ),
    ),
    (
        r"ModuleNotFoundError: No module named '(?P<name>[^']+)'",
        "The Python module {name} is not in the image: add it to the requirements.",
    ),
    (
        r"KeyError: '(?P<name>[A-Z][A-Z0-9_]+)'",
        (
            "The environment variable {name} is not set there: give it to the environment in the"
            " cloud, and to `environments` in devkit.yaml."
        ),
    ),
    (
        r"relation \"(?P<name>[^\"]+)\" does not exist|no such table: (?P<table>\S+)",
        "A table is missing: the release commands of devkit.yaml do not make it.",
    ),
    (
        r"exec: \"(?P<name>[^\"]+)\": executable file not found",
        "The command {name} is not in the image: check CMD and the release commands.",
    ),
    (
        (
            r"could not translate host name|Connection refused.*5432|could not connect to server"
            r"|connection to server at .* failed"
        ),
        "The application could not reach its database: take the address from DATABASE_URL.",
    ),
    (
        r"(?i)address already in use",
        "Two servers in the container want the same port.",
    ),
    (
        r"(?i)permission denied",
        "The application was denied a file or a port: check USER in the Dockerfile.",
    ),
)


FAILURE_CAUSES: dict[Failure | None, str] = {
    Failure.CLOSED: "The server closes the connection without a word: it failed on `GET /`.",
    Failure.RESET: "The server resets the connection without a word: it failed on `GET /`.",
    Failure.BROKEN: "What listens there does not speak HTTP/1: the gate asks without TLS.",
    Failure.NO_ANSWER: "`GET /` has to be answered within 20 s: give it a quick page.",
    Failure.REFUSED: "Nothing listened in all that time: does the server start, and on which port?",
}


class Listener(NamedTuple):
    """A listening TCP socket."""

    host: str
    port: int

    @property
    def loopback(self) -> bool:
        """Whether only the container itself can reach it."""
        return ipaddress.ip_address(self.host).is_loopback


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of a container that did not pass.

    Attributes:
        container: Its state.
        port: Where the gate asked.
        log: Its last lines.
        listeners: Its listening sockets; empty where they could not be read.
        status: Of its answer; None where it gave none.
        failure: Why there was none; None where there was one, or it was not asked.
    """

    container: Container
    port: int
    log: tuple[str, ...] = ()
    listeners: tuple[Listener, ...] = ()
    status: int | None = None
    failure: Failure | None = None


def explain(evidence: Evidence) -> str:
    """The likely cause and the next thing to do; empty where nothing tells."""
    return (
        _from_state(evidence)
        or _from_listeners(evidence)
        or explain_log(evidence.log)
        or _from_status(evidence.status)
        or FAILURE_CAUSES.get(evidence.failure, "")
    )


def ending(container: Container) -> str:
    """How a container that does not run came to its end."""
    if container.oom_killed:
        return "was killed because it ran out of memory"
    return f"exited with code {container.exit_code}"


def _from_state(evidence: Evidence) -> str:
    container = evidence.container
    if container.running:
        return ""
    if container.oom_killed:
        return (
            "The application needs more memory than its container has: raise `memory` of the"
            " environment, or make it need less."
        )
    cause = explain_log(evidence.log)
    if cause:
        return cause
    if container.exit_code == 0:
        return "The server ended instead of serving: its CMD has to stay in the foreground."
    return "It failed while it started: the last lines of its log say why."


def _from_listeners(evidence: Evidence) -> str:
    here = [each for each in evidence.listeners if each.port == evidence.port]
    if here and all(each.loopback for each in here):
        return (
            f"The server listens on {here[0].host} only, where nobody outside the container can"
            f" reach it: make it listen on 0.0.0.0:{evidence.port}."
        )
    others = sorted({e.port for e in evidence.listeners if not _is_docker_dns(e)})
    if not here and others:
        ports = ", ".join(map(str, others))
        return (
            f"The server listens on port {ports}, but the gate asks port {evidence.port}: make"
            " EXPOSE and the server's port the same."
        )
    return ""


def _is_docker_dns(listener: Listener) -> bool:
    # Docker's resolver listens on 127.0.0.11 inside every container of a network.
    return listener.host == "127.0.0.11"


def explain_log(lines: Iterable[str]) -> str:
    """The cause that the last lines of a log name; empty where they name none."""
    for line in reversed(tuple(lines)):
        for pattern, sentence in LOG_CAUSES:
            found = re.search(pattern, line)
            if found:
                return sentence.format(**found.groupdict())
    return ""


def _from_status(status: int | None) -> str:
    if status is None:
        return ""
    return f"The application answered {status} to `GET /`: look at its log."


def parse_listeners(proc_net_tcp: str) -> tuple[Listener, ...]:
    """The listening sockets in the text of /proc/net/tcp and /proc/net/tcp6 (proc(5))."""
    found = []
    for line in proc_net_tcp.splitlines():
        words = line.split()
        if words[3:4] == [LISTEN]:
            with contextlib.suppress(ValueError):  # whatever the image calls `cat` wrote it
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
