"""Short questions to the engine, each one docker command.

Long commands, which stream and have to end with us, go through devkit.engine.process.
"""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.deployment.gate_way import EngineFacts
from devkit.engine.commands import ask
from devkit.engine.engine_api import UNIX, container_states
from devkit.engine.messages import engine_error
from devkit.errors import CouldNotFindOutError
from devkit.ports import Changes, Container, Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STOPPED = frozenset({"exited", "dead"})
"""The states of which the engine wakes nobody up; a restarting container may answer yet."""
ANSWER_LIMIT = 60.0
"""Seconds for the engine to say where and what it is; one that is just starting takes some."""
CREATED = "created"
"""The state of a container that nobody has started."""
REMOVED = "D"
"""The word of ``docker diff`` for a path that is gone."""


class Docker:
    """The engine, asked in a blocking way; call it in a thread from asynchronous code."""

    @functools.cached_property
    def _endpoint(self) -> str:
        words = ("context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
        return _ask(*words, timeout=ANSWER_LIMIT).strip()

    def facts(self) -> EngineFacts:
        """Where the engine is, which decides how the gate can ask its containers.

        Raises:
            CouldNotFindOutError: The engine does not answer, or not as an engine does.
        """
        with ThreadPoolExecutor(1) as beside:
            endpoint = beside.submit(lambda: self._endpoint)
            told = _ask("info", "--format", _SYSTEM_AND_SECURITY, timeout=ANSWER_LIMIT)
        try:
            system, options = map(json.loads, told.splitlines())
        except ValueError:
            said = tuple(told.splitlines()[:5])
            raise CouldNotFindOutError("`docker info` cannot be read.", details=said) from None
        return EngineFacts(
            platform=sys.platform,
            operating_system=system or "",
            endpoint=endpoint.result(),
            rootless=any("rootless" in option for option in options or ()),
        )

    def image(self, tag: str) -> Image | None:
        """The image of that name in the engine's store, or None."""
        told = ask(["docker", "image", "inspect", tag], cwd=Path())
        if not told.ok and "no such image" in told.output.lower():
            return None
        if not told.ok:
            raise engine_error(told.output)
        (found,) = json.loads(told.output)
        exposed = (found.get("Config") or {}).get("ExposedPorts") or {}
        return Image(tag=tag, id=found["Id"], ports=_tcp_ports(exposed))

    def containers(self, labels: Mapping[str, str]) -> tuple[Container, ...]:
        """All containers with these labels, the exited included, ordered by name."""
        filters = (w for pair in labels.items() for w in ("--filter", f"label={'='.join(pair)}"))
        ids = _ask("ps", "--all", "--quiet", "--no-trunc", *filters).split()
        found = json.loads(_ask("container", "inspect", *ids)) if ids else ()
        return tuple(sorted(map(_container, found), key=_by_number))

    def stopped(self, labels: Mapping[str, str]) -> tuple[str, ...]:
        """The names of those with these labels that have exited for good."""
        if not self._endpoint.startswith(UNIX):
            return tuple(each.name for each in self.containers(labels) if not each.running)
        states = container_states(self._endpoint, labels)
        return tuple(name for name, state in states.items() if state in STOPPED)

    def logs(self, container: str, *, lines: int) -> tuple[str, ...]:
        """The last lines that a container wrote to stdout and stderr, in their order."""
        words = ("logs", "--tail", str(lines), container)
        return tuple(_ask(*words, stderr=subprocess.STDOUT).splitlines())

    def read_files(self, container: str, paths: tuple[str, ...]) -> str:
        """The text of files inside a running container; empty where it has no ``cat``."""
        words = ["docker", "exec", container, "cat", *paths]
        return ask(words, cwd=Path(), stderr=subprocess.DEVNULL).output

    def changes(self, container: str) -> Changes:
        """How a container's files differ from its image's; nothing where it wrote no byte.

        Its layer's size is at hand, while ``docker diff`` compares the whole of both trees, which
        takes more than a second. A file without content does not count as size.
        """
        told = _ask("container", "inspect", "--size", "--format", _SIZE_AND_MOUNTS, container)
        size, _, mounts = told.strip().partition("\t")
        if size == "0":
            return Changes()
        lines = [line.partition(" ") for line in _ask("diff", container).splitlines()]
        return Changes(
            written=frozenset(path for kind, _, path in lines if kind != REMOVED),
            removed=frozenset(path for kind, _, path in lines if kind == REMOVED),
            mounts=tuple(each["Destination"] for each in json.loads(mounts) or ()),
        )


_SYSTEM_AND_SECURITY = "{{json .OperatingSystem}}\n{{json .SecurityOptions}}"
_SIZE_AND_MOUNTS = "{{.SizeRw}}\t{{json .Mounts}}"


def _ask(*words: str, stderr: int = subprocess.PIPE, timeout: float | None = None) -> str:
    """What a docker command answers.

    Raises:
        CouldNotFindOutError: It fails or gives no answer in time, or there is none.
    """
    done = ask(["docker", *words], cwd=Path(), stderr=stderr, timeout=timeout)
    if done.timed_out:
        raise CouldNotFindOutError(f"The engine gives no answer within {timeout:.0f} s.")
    if not done.ok:
        raise engine_error(done.output)
    return done.output


def _container(found: Mapping[str, Any]) -> Container:
    """As ``docker inspect`` has it; one that is being removed lacks much of it."""
    state = found.get("State") or {}
    settings = found.get("NetworkSettings") or {}
    return Container(
        id=found["Id"],
        name=str(found.get("Name") or "").removeprefix("/"),
        host=next(filter(None, _hosts(settings)), ""),
        started=state.get("Status") != CREATED,
        running=bool(state.get("Running")) and not state.get("Restarting"),
        exit_code=state.get("ExitCode") or 0,
        oom_killed=bool(state.get("OOMKilled")),
        published=_published(settings.get("Ports") or {}),
    )


def _hosts(settings: Mapping[str, Any]) -> Iterator[str]:
    for network in (settings.get("Networks") or {}).values():
        yield network.get("IPAddress") or network.get("GlobalIPv6Address") or ""


def _published(ports: Mapping[str, Any]) -> dict[int, int]:
    return {
        int(inner.partition("/")[0]): int(bindings[0]["HostPort"])
        for inner, bindings in ports.items()
        if bindings and inner.endswith("/tcp")
    }


def _by_number(container: Container) -> tuple[str, int, str]:
    stem, _, number = container.name.rpartition("-")
    return (stem, int(number), "") if number.isdigit() else (container.name, 0, "")


def _tcp_ports(exposed: Mapping[str, object]) -> tuple[int, ...]:
    pairs = (key.partition("/") for key in exposed)
    return tuple(sorted(int(port) for port, _, protocol in pairs if protocol in {"", "tcp"}))
