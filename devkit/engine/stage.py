"""The stage of a rehearsal on a real engine: a Compose project of its own, removed at the end."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from devkit.engine.clearing import clear_run, to_the_end
from devkit.engine.docker import Docker
from devkit.engine.docker_environment import copy_without_proxies
from devkit.engine.images import RunImage, forget_run_tag, keep_image
from devkit.engine.messages import trouble_beside, trouble_in
from devkit.engine.ownership import this_process
from devkit.engine.process import run
from devkit.engine.reaping import IMAGE_FILE, OWNER_FILE
from devkit.errors import CouldNotFindOutError
from devkit.ports import Background

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from devkit.ports import Changes, Completed, Container, Image

HEALTHY_LIMIT = 180
"""Seconds for the services to become healthy once they have started."""
SERVICES_LIMIT = 20 * 60.0
"""Seconds for the services step as a whole, with the pulling of images."""
COMMAND_LIMIT = 5 * 60.0
"""Seconds for starting containers."""

DOCKER_SETTINGS = "docker-settings"


@dataclass(frozen=True, kw_only=True)
class ComposeStage:
    """A stage; see devkit.ports.Stage for what it can be asked.

    Attributes:
        name: The Compose project and the value of the run label.
        folder: A private folder for the Compose document and the clone.
        document: The Compose document.
        run_image: The references of the image to build.
        labels: The image's labels.
        cached: Whether the build may use the layer cache and the base images already here.
        environment: The whole environment of every docker command.
        background: What is known of the cloud environment that is rehearsed.
        secrets: The values that are nobody's to see: passwords and keys.
    """

    name: str
    folder: Path
    document: Mapping[str, Any]
    run_image: RunImage
    labels: Mapping[str, str]
    cached: bool
    environment: Mapping[str, str]
    docker: Docker = field(default_factory=Docker)
    background: Background = field(default_factory=Background)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    async def start_services(self) -> Completed:
        """Start everything but web, and wait until it is healthy."""
        names = [name for name in self.document["services"] if name != "web"]
        return await self._docker(
            *self._compose, "up", "--detach", "--wait", "--wait-timeout", str(HEALTHY_LIMIT),
            "--quiet-pull", *names, timeout=SERVICES_LIMIT,
        )  # fmt: skip

    async def build(
        self, context: Path, *, on_line: Callable[[str], None], timeout: float
    ) -> Completed:
        """Build the image under the run's own tag, which no other run builds to."""
        labels = [word for pair in self.labels.items() for word in ("--label", "=".join(pair))]
        fresh = [] if self.cached else ["--no-cache", "--pull"]
        return await self._docker(
            "buildx", "build", "--progress=plain", "--provenance=false", "--load",
            *fresh, *labels, "--tag", self.run_image.reference, str(context),
            on_line=on_line, timeout=timeout,
        )  # fmt: skip

    async def image(self) -> Image:
        """The image that was built.

        Raises:
            CouldNotFindOutError: The engine has none; a build that does not load does that.
        """
        image = await asyncio.to_thread(self.docker.image, self.run_image.reference)
        if image is None:
            raise CouldNotFindOutError(
                "The build brought no image into the engine's store.",
                hint="`docker buildx use default` chooses a builder that does.",
            )
        return image

    async def keep_image(self) -> None:
        """Tag the image so that it can be used again, as the cloud does."""
        await to_the_end(keep_image(self.run_image, self._environment, weaker=self.cached))

    async def run_command(
        self, words: Sequence[str], *, on_line: Callable[[str], None], timeout: float
    ) -> Completed:
        """Run words in a one-off web container."""
        done = await self._docker(
            *self._compose, "--progress", "quiet", "run", "--rm", "--no-TTY", "--no-deps",
            "web", *words,
            on_line=on_line, timeout=timeout,
        )  # fmt: skip
        return replace(done, trouble=trouble_beside(done.output))

    async def start_containers(self, count: int, *, publish: int | None = None) -> Completed:
        """Start the web containers; Compose starts them in parallel."""
        if publish is not None:
            self._write({**self.document, "services": self._publishing(publish)})
        return await self._docker(
            *self._compose, "up", "--detach", "--no-deps", "--no-build",
            "--scale", f"web={count}", "web", timeout=COMMAND_LIMIT,
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

    async def command_listeners(self) -> str:
        """The same of the container that a release command runs in."""
        found = await self._containers({"com.docker.compose.oneoff": "True"})
        running = [each.name for each in found if each.running]
        return await self.listeners(running[-1]) if running else ""

    async def changes(self, container: str) -> Changes:
        """How the container's files differ from its image's."""
        return await asyncio.to_thread(self.docker.changes, self._full(container))

    async def all_logs(self, *, lines: int) -> dict[str, tuple[str, ...]]:
        """The last lines of each container of web and the services, by its name."""
        found = await self._containers({"com.docker.compose.oneoff": "False"})
        names = [each.name for each in found]
        logs = await asyncio.gather(*(self.logs(name, lines=lines) for name in names))
        return dict(zip(names, logs, strict=True))

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the web containers' variables."""
        return tuple(self.document["services"]["web"]["environment"])

    def prepare(self) -> None:
        """Make the folder, for this user alone: the Compose document holds the password.

        Raises:
            CouldNotFindOutError: The disk is full, or the temporary folder cannot be written.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True)
            owner = self.folder / OWNER_FILE
            owner.write_text(str(this_process()), encoding="utf-8")
            reference = self.folder / IMAGE_FILE
            reference.write_text(self.run_image.reference, encoding="utf-8")
            copy_without_proxies(self.environment, self.folder / DOCKER_SETTINGS)
            self._write(self.document)
        except OSError as failed:
            raise CouldNotFindOutError(
                f"The folder of the rehearsal, {self.folder}, could not be written:"
                f" {failed.strerror}.",
                hint="Free some space, or set TMPDIR to a folder that has it.",
            ) from failed

    async def clear(self) -> tuple[str, ...]:
        """Remove all that carries the run's label, its image tag and the folder.

        Goes on to its end where the caller is cancelled meanwhile.

        Returns:
            What could not be removed.
        """
        return await to_the_end(self._clear())

    async def _clear(self) -> tuple[str, ...]:
        left = await clear_run(self.name, self._environment)
        await forget_run_tag(self.run_image.reference, self._environment)
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)
        return left

    @property
    def _environment(self) -> dict[str, str]:
        settings = self.folder / DOCKER_SETTINGS
        ours = {"DOCKER_CONFIG": str(settings)} if settings.is_dir() else {}
        return {**self.environment, **ours}

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

    async def _docker(
        self,
        *words: str,
        on_line: Callable[[str], None] | None = None,
        timeout: float | None = None,
    ) -> Completed:
        done = await run(
            ["docker", *words],
            cwd=self.folder,
            env=self._environment,
            on_line=on_line,
            timeout=timeout,
        )
        return done if done.ok else replace(done, trouble=trouble_in(done.output))
