"""Short questions to the engine, on python-on-whales.

Long commands, which stream and have to end with us, go through devkit.engine.process.
"""

from __future__ import annotations

import contextlib
import functools
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from devkit.deployment.gate_way import EngineFacts
from devkit.engine.commands import ask
from devkit.engine.engine_api import UNIX, container_states
from devkit.engine.messages import engine_error
from devkit.errors import CouldNotFindOutError
from devkit.ports import Changes, Container, Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from python_on_whales import DockerClient
    from python_on_whales.components.container.models import ContainerInspectResult

STOPPED = frozenset({"exited", "dead"})
"""The states of which the engine wakes nobody up; a restarting container may answer yet."""
REMOVED = "D"
"""The word of ``docker diff`` for a path that is gone."""

LabelFilter = tuple[Literal["label"], str]


class Docker:
    """The engine, asked in a blocking way; call it in a thread from asynchronous code."""

    def __init__(self) -> None:
        self._connected: DockerClient | None = None

    @property
    def _client(self) -> DockerClient:
        if self._connected is None:
            from python_on_whales import DockerClient  # noqa: PLC0415

            self._connected = DockerClient()
        return self._connected

    def load(self) -> None:
        """Import python-on-whales ahead of its use: that takes 0.3 s."""
        with self._errors():
            _ = self._client

    @functools.cached_property
    def _endpoint(self) -> str:
        return _ask("context", "inspect", "--format", "{{.Endpoints.docker.Host}}").strip()

    def facts(self) -> EngineFacts:
        """Where the engine is, which decides how the gate can ask its containers.

        Without python-on-whales: everything waits for the answer.

        Raises:
            CouldNotFindOutError: The engine does not answer, or not as an engine does.
        """
        told = _ask("info", "--format", "{{json .OperatingSystem}}\n{{json .SecurityOptions}}")
        try:
            system, options = map(json.loads, told.splitlines())
        except ValueError:
            said = tuple(told.splitlines()[:5])
            raise CouldNotFindOutError("`docker info` cannot be read.", details=said) from None
        return EngineFacts(
            platform=sys.platform,
            operating_system=system or "",
            endpoint=self._endpoint,
            rootless=any("rootless" in option for option in options or ()),
        )

    def image(self, tag: str) -> Image | None:
        """The image of that name in the engine's store, or None."""
        from python_on_whales.exceptions import NoSuchImage  # noqa: PLC0415

        with self._errors(), contextlib.suppress(NoSuchImage):
            found = self._client.image.inspect(tag)
            exposed = (found.config.exposed_ports if found.config else None) or {}
            return Image(tag=tag, id=found.id, ports=_tcp_ports(exposed))
        return None

    def containers(self, labels: Mapping[str, str]) -> tuple[Container, ...]:
        """All containers with these labels, the exited included, ordered by name."""
        with self._errors():
            listed = self._client.container.list(all=True, filters=_label_filters(labels))
        return tuple(sorted(_inspect([each.id for each in listed]), key=_by_number))

    def stopped(self, labels: Mapping[str, str]) -> tuple[str, ...]:
        """The names of those with these labels that have exited for good."""
        if not self._endpoint.startswith(UNIX):
            return tuple(each.name for each in self.containers(labels) if not each.running)
        states = container_states(self._endpoint, labels)
        return tuple(name for name, state in states.items() if state in STOPPED)

    def logs(self, container: str, *, lines: int) -> tuple[str, ...]:
        """The last lines that a container wrote to stdout and stderr, in their order.

        Without python-on-whales, which reads the two apart: their order would be chance.
        """
        return tuple(_ask("logs", "--tail", str(lines), container, merged=True).splitlines())

    def read_files(self, container: str, paths: tuple[str, ...]) -> str:
        """The text of files inside a running container; empty where it has no ``cat``."""
        from python_on_whales.exceptions import DockerException  # noqa: PLC0415

        try:
            return str(self._client.container.execute(container, ["cat", *paths]))
        except DockerException as failed:
            return str(failed.stdout or "")

    def changes(self, container: str) -> Changes:
        """How a container's files differ from its image's; nothing where it wrote no byte.

        Its layer's size is at hand, while ``docker diff`` compares the whole of both trees, which
        takes more than a second. A file without content does not count as size.
        """
        size = _ask("container", "inspect", "--size", "--format", "{{.SizeRw}}", container)
        if size.strip() == "0":
            return Changes()
        with self._errors():
            found = self._client.container.diff(container)
            mounts = self._client.container.inspect(container).mounts or []
        return Changes(
            written=frozenset(path for path, kind in found.items() if kind != REMOVED),
            removed=frozenset(path for path, kind in found.items() if kind == REMOVED),
            mounts=tuple(each.destination for each in mounts if each.destination),
        )

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        from python_on_whales import ClientNotFoundError  # noqa: PLC0415
        from python_on_whales.exceptions import DockerException, NoSuchImage  # noqa: PLC0415

        try:
            yield
        except NoSuchImage:
            raise
        except ClientNotFoundError as missing:
            raise CouldNotFindOutError(
                "The `docker` command is not on the PATH.",
                hint="Install Docker Engine or Docker Desktop.",
            ) from missing
        except DockerException as failed:
            raise engine_error(str(failed.stderr or failed)) from failed


def _ask(*words: str, merged: bool = False) -> str:
    """What a docker command answers; merged with what it writes to stderr.

    Raises:
        CouldNotFindOutError: It fails, or there is none.
    """
    done = ask(["docker", *words], cwd=Path(), merged=merged)
    if not done.ok:
        raise engine_error(done.output)
    return done.output


def _label_filters(labels: Mapping[str, str]) -> list[LabelFilter]:
    return [("label", f"{name}={value}") for name, value in labels.items()]


def _inspect(ids: Sequence[str]) -> Iterator[Container]:
    """One question for all: python-on-whales asks for each by itself, and after 10 ms once more."""
    from python_on_whales.components.container.models import (  # noqa: PLC0415 - 0.3 s
        ContainerInspectResult,
    )

    if not ids:
        return
    for found in json.loads(_ask("container", "inspect", *ids)):
        yield _container(ContainerInspectResult(**found))


def _container(found: ContainerInspectResult) -> Container:
    from python_on_whales.components.container.models import (  # noqa: PLC0415 - 0.3 s
        ContainerState,
        NetworkSettings,
    )

    state = found.state or ContainerState()
    settings = found.network_settings or NetworkSettings()
    networks = settings.networks or {}
    hosts = [each.ip_address or each.global_ipv6_address for each in networks.values()]
    return Container(
        id=found.id or "",
        name=(found.name or "").removeprefix("/"),
        host=next((host for host in hosts if host), ""),
        running=bool(state.running) and not state.restarting,
        exit_code=state.exit_code or 0,
        oom_killed=bool(state.oom_killed),
        published=_published(settings.ports or {}),
    )


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
