"""The stage of a rehearsal on a real engine: a Compose project of its own, removed at the end."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from devkit.engine.docker import Docker
from devkit.engine.messages import trouble_beside, trouble_in
from devkit.engine.ownership import RUN_LABEL, this_process
from devkit.engine.process import run
from devkit.engine.reaping import OWNER_FILE
from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from devkit.ports import Completed, Container, Image

SERVICES_TIME_LIMIT = 180
"""Seconds for the services' images to be pulled and the services to become healthy."""

IMAGE_LABEL = "io.devkit.image"
"""On every image that a rehearsal built; its value is the project's name."""

IMAGES_KEPT = 3
"""How many of a project's images stay, to be looked into or used again."""

_ENGINE_VARIABLES = (
    "PATH", "HOME", "USER", "LANG", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME",
    "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY",
    "SSH_AUTH_SOCK",
)  # fmt: skip


def engine_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What of the person's environment the docker command needs to find its engine.

    Everything else stays out, so that nothing of it reaches a build or a container: the cloud
    has none of it.
    """
    return {name: environment[name] for name in _ENGINE_VARIABLES if name in environment}


@dataclass(frozen=True, kw_only=True)
class ComposeStage:
    """A stage; see devkit.ports.Stage for what it can be asked.

    Attributes:
        name: The Compose project and the value of the run label.
        folder: A private folder for the Compose document and the clone.
        document: The Compose document.
        tag: The image to build.
        labels: The image's labels.
        cached: Whether the build may use the layer cache and the base images already here.
        environment: The whole environment of every docker command.
    """

    name: str
    folder: Path
    document: Mapping[str, Any]
    tag: str
    labels: Mapping[str, str]
    cached: bool
    environment: Mapping[str, str]
    docker: Docker = field(default_factory=Docker)

    async def start_services(self) -> Completed:
        """Start everything but web, and wait until it is healthy."""
        names = [name for name in self.document["services"] if name != "web"]
        limit = str(SERVICES_TIME_LIMIT)
        return await self._docker(
            *self._compose, "up", "--detach", "--wait", "--wait-timeout", limit,
            "--quiet-pull", *names,
        )  # fmt: skip

    async def build(
        self, context: Path, *, on_line: Callable[[str], None], timeout: float
    ) -> Completed:
        """Build the image; older ones of the project, which share no layers, make room for it."""
        before = await self._find_image()
        labels = [word for pair in self.labels.items() for word in ("--label", "=".join(pair))]
        fresh = [] if self.cached else ["--no-cache", "--pull"]
        built = await self._docker(
            "buildx", "build", "--progress=plain", "--provenance=false", "--load",
            *fresh, *labels, "--tag", self.tag, str(context),
            on_line=on_line, timeout=timeout,
        )  # fmt: skip
        if built.ok:
            await self._remove_old_images(before)
        return built

    async def image(self) -> Image:
        """The image of the tag.

        Raises:
            CouldNotFindOutError: The engine has none; a build that does not load does that.
        """
        image = await self._find_image()
        if image is None:
            raise CouldNotFindOutError(
                f"The build brought no image {self.tag} into the engine's store.",
                hint="`docker buildx use default` chooses a builder that does.",
            )
        return image

    async def run_command(
        self, words: Sequence[str], *, on_line: Callable[[str], None], timeout: float
    ) -> Completed:
        """Run words in a one-off web container."""
        done = await self._docker(
            *self._compose, "run", "--rm", "--no-TTY", "--no-deps", "web", *words,
            on_line=on_line, timeout=timeout,
        )  # fmt: skip
        return replace(done, trouble=trouble_beside(done.output))

    async def start_containers(self, count: int, *, publish: int | None = None) -> Completed:
        """Start the web containers; Compose starts them in parallel."""
        if publish is not None:
            self._write({**self.document, "services": self._publishing(publish)})
        return await self._docker(
            *self._compose, "up", "--detach", "--no-deps", "--no-build",
            "--scale", f"web={count}", "web",
        )  # fmt: skip

    async def containers(self) -> tuple[Container, ...]:
        """The web containers, without those of release commands."""
        found = await self._containers({"com.docker.compose.oneoff": "False"})
        return tuple(c for c in found if c.name.startswith("web-"))

    async def service_containers(self) -> tuple[Container, ...]:
        """The containers of the services."""
        found = await self._containers({"com.docker.compose.oneoff": "False"})
        return tuple(c for c in found if not c.name.startswith("web-"))

    async def logs(self, container: str, *, lines: int) -> tuple[str, ...]:
        """The last lines that a container wrote."""
        return await asyncio.to_thread(self.docker.logs, self._full(container), lines=lines)

    async def listeners(self, container: str) -> str:
        """The text of its /proc/net/tcp and tcp6."""
        return await asyncio.to_thread(
            self.docker.read_files, self._full(container), ("/proc/net/tcp", "/proc/net/tcp6")
        )

    def prepare(self) -> None:
        """Make the folder, for this user alone: the Compose document holds the password.

        Raises:
            CouldNotFindOutError: The disk is full, or the temporary folder cannot be written.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True)
            owner = self.folder / OWNER_FILE
            owner.write_text(str(this_process()), encoding="utf-8")
            self._write(self.document)
        except OSError as failed:
            raise CouldNotFindOutError(
                f"The folder of the rehearsal, {self.folder}, could not be written:"
                f" {failed.strerror}.",
                hint="Free some space, or set TMPDIR to a folder that has it.",
            ) from failed

    async def clear(self) -> None:
        """Remove all that carries the run's label, and the folder.

        A container that the engine was still creating when its command was ended turns up a
        moment later; so it is looked for until nothing more is found.
        """
        try:
            while await asyncio.to_thread(self.docker.remove_run, RUN_LABEL, self.name):
                pass
        finally:
            await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)

    def _write(self, document: Mapping[str, Any]) -> None:
        (self.folder / "compose.json").write_text(json.dumps(document), encoding="utf-8")

    def _publishing(self, port: int) -> dict[str, Any]:
        services = self.document["services"]
        return {**services, "web": {**services["web"], "ports": [f"127.0.0.1::{port}"]}}

    @property
    def _compose(self) -> list[str]:
        document = str(self.folder / "compose.json")
        return [
            "compose", "--progress", "plain", "--project-name", self.name, "--file", document,
        ]  # fmt: skip

    async def _containers(self, labels: Mapping[str, str]) -> tuple[Container, ...]:
        found = await asyncio.to_thread(
            self.docker.containers, {"com.docker.compose.project": self.name, **labels}
        )
        return tuple(replace(c, name=c.name.removeprefix(f"{self.name}-")) for c in found)

    def _full(self, container: str) -> str:
        return f"{self.name}-{container}"

    async def _remove_old_images(self, before: Image | None) -> None:
        if before is not None and before.id != (await self.image()).id:
            await asyncio.to_thread(self.docker.remove_image, before.id)
        project = {IMAGE_LABEL: self.labels[IMAGE_LABEL]}
        await asyncio.to_thread(self.docker.prune_images, project, keep=IMAGES_KEPT)

    async def _find_image(self) -> Image | None:
        return await asyncio.to_thread(self.docker.image, self.tag)

    async def _docker(
        self,
        *words: str,
        on_line: Callable[[str], None] | None = None,
        timeout: float | None = None,
    ) -> Completed:
        done = await run(
            ["docker", *words],
            cwd=self.folder,
            env=self.environment,
            on_line=on_line,
            timeout=timeout,
        )
        return done if done.ok else replace(done, trouble=trouble_in(done.output))
