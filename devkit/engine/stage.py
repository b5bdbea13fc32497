"""The stage of a rehearsal on a real engine: a Compose project of its own, removed at the end."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from devkit.compose.looking import StandingRun
from devkit.compose.proxy import PROXY_SERVICE
from devkit.compose.rehearsal import WORKER_LABEL
from devkit.engine.cache_mounts import own_cache_mounts
from devkit.engine.clearing import SETTLING, Cleared, Outcome, clear_run
from devkit.engine.docker import Docker
from devkit.engine.docker_environment import copy_without_proxies
from devkit.engine.images import RunImage, forget_run_tag, keep_image, let_oldest_go, take_kept
from devkit.engine.messages import trouble_beside, trouble_in
from devkit.engine.ownership import PROJECT_LABEL, RUN_LABEL, RUN_VARIABLE, this_process
from devkit.engine.process import run
from devkit.engine.shielding import to_the_end
from devkit.engine.witnesses import Witness, forget, keep, leave
from devkit.errors import CouldNotFindOutError
from devkit.ports import Background, Stopped, Trouble

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

KILLED = 137
"""The exit code of a container that SIGKILL ended."""

SERVICE_LABEL = "com.docker.compose.service"

ANSWER_LIMIT = 20.0
"""Seconds for the engine to say that it is there."""

DOCKER_SETTINGS = "docker-settings"


@dataclass(frozen=True, kw_only=True)
class ComposeStage:
    """A stage; see devkit.ports.Stage for what it can be asked.

    Attributes:
        name: The Compose project.
        run: The value of the run label; the stage is cleared by it.
        folder: A private folder for the Compose document and the clone.
        document: The Compose document, which versions of one run share.
        web: The version's service in it.
        others: The services that the application needs.
        workers: How many containers of each worker's service start with the web containers.
        worker_run: The run label of the workers that belong to the version; empty for none.
        run_image: The references of the image to build.
        further_images: References that go with the run beside it: the old version's.
        labels: The image's labels.
        cached: Whether the build may use the layer cache and the base images already here.
        environment: The whole environment of every docker command.
        background: What is known of the cloud environment that is rehearsed.
        state: The file that names the run from when it is to stay; empty for a rehearsal.
        secrets: The values that are nobody's to see: passwords and keys.
    """

    name: str
    run: str
    folder: Path
    document: Mapping[str, Any]
    web: str = "web"
    others: tuple[str, ...] = ()
    workers: Mapping[str, int] = field(default_factory=dict)
    worker_run: str = ""
    run_image: RunImage
    labels: Mapping[str, str]
    cached: bool
    environment: Mapping[str, str]
    further_images: tuple[str, ...] = ()
    docker: Docker = field(default_factory=Docker)
    background: Background = field(default_factory=Background)
    state: str = ""
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    async def start_services(self) -> Completed:
        """Start them and wait until they are healthy."""
        return await self._docker(
            *self._compose, "up", "--detach", "--wait", "--wait-timeout", str(HEALTHY_LIMIT),
            "--quiet-pull", *self.others, timeout=SERVICES_LIMIT,
        )  # fmt: skip

    async def build(
        self, context: Path, *, on_line: Callable[[str], None], timeout: float
    ) -> Completed:
        """Build the image under the run's own tag, which no other run builds to."""
        labels = [word for pair in self.labels.items() for word in ("--label", "=".join(pair))]
        fresh = (
            [] if self.cached else ["--no-cache", "--pull", *own_cache_mounts(context, self.run)]
        )
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

    async def reuse_image(self) -> bool:
        """Give the image that was kept of this commit the run's own tag; whether there is one."""
        return await take_kept(self.run_image, self._environment)

    async def keep_image(self) -> None:
        """Tag the image so that it can be used again, as the cloud does."""
        await to_the_end(keep_image(self.run_image, self._environment, weaker=self.cached))

    async def let_oldest_go(self) -> None:
        """Leave the last few of the project's images: one that goes takes the engine a second."""
        await let_oldest_go(self.run_image, self._environment)

    async def run_command(
        self, words: Sequence[str], *, on_line: Callable[[str], None], timeout: float
    ) -> Completed:
        """Run words in a one-off web container."""
        return await self._docker(
            *self._compose, "--progress", "quiet", "run", "--rm", "--no-TTY", "--no-deps",
            self.web, *words,
            on_line=on_line, timeout=timeout, read_trouble=trouble_beside,
        )  # fmt: skip

    async def start_containers(self, count: int, *, publish: int | None = None) -> Completed:
        """Start the web containers and the workers; Compose starts them in parallel."""
        if publish is not None:
            self._write({**self.document, "services": self._publishing(publish)})
        return await self._up("--detach", count)

    async def prepare_containers(self, count: int) -> None:
        """Make the containers, where the services have brought up the network that they share.

        Two Compose commands at once would make it twice.
        """
        if self.others:
            await self._up("--no-start", count)

    async def _up(self, how: str, count: int) -> Completed:
        counts = {self.web: count, **self.workers}
        scales = [word for each in counts.items() for word in ("--scale", "{}={}".format(*each))]
        return await self._docker(
            *self._compose, "up", how, "--no-deps", "--no-build", *scales, *counts,
            timeout=COMMAND_LIMIT,
        )  # fmt: skip

    async def containers(self) -> tuple[Container, ...]:
        """The web containers, without those of release commands."""
        return await self._containers({SERVICE_LABEL: self.web})

    async def worker_containers(self) -> tuple[Container, ...]:
        """The containers of the workers."""
        if not self.worker_run:
            return ()
        return await self._containers({RUN_LABEL: self.worker_run, WORKER_LABEL: "true"})

    async def stop_containers(self) -> tuple[Stopped, ...]:
        """Tell web containers and workers to end, each with docker's usual time for it."""
        found = (*await self.containers(), *await self.worker_containers())
        running = [c.name for c in found if c.running]
        return tuple(await asyncio.gather(*map(self._stop, running)))

    async def stopped(self) -> tuple[str, ...]:
        """The web containers that have exited."""
        labels = {**self._services, SERVICE_LABEL: self.web}
        names = await asyncio.to_thread(self.docker.stopped, labels)
        return tuple(name.removeprefix(f"{self.name}-") for name in names)

    async def service_containers(self) -> tuple[Container, ...]:
        """The containers of the services."""
        found = await self._containers({})
        names = tuple(f"{service}-" for service in self.others)
        return tuple(c for c in found if c.name.startswith(names))

    async def start_service(self, name: str) -> Completed:
        """Start a service that has no health check; one that runs as it should is left alone."""
        return await self._docker(
            *self._compose, "up", "--detach", "--no-deps", "--quiet-pull", name,
            timeout=SERVICES_LIMIT,
        )  # fmt: skip

    async def create_service(self, name: str) -> Completed:
        """Make the container and the volumes of a service, and start nothing."""
        return await self._docker(*self._compose, "create", name, timeout=COMMAND_LIMIT)

    async def service_container(self, name: str) -> Container:
        """The container of a service that has one.

        Raises:
            CouldNotFindOutError: It is gone.
        """
        found = await self._containers({SERVICE_LABEL: name})
        if not found:
            raise CouldNotFindOutError(f"The container of {name} is gone: somebody removed it.")
        return found[0]

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
        one_off = {"com.docker.compose.oneoff": "True", SERVICE_LABEL: self.web}
        found = await self._containers(one_off)
        running = [each.name for each in found if each.running]
        return await self.listeners(running[-1]) if running else ""

    async def changes(self, container: str) -> Changes:
        """How the container's files differ from its image's."""
        return await asyncio.to_thread(self.docker.changes, self._full(container))

    async def all_logs(self, *, lines: int) -> dict[str, tuple[str, ...]]:
        """The last lines of each container of web and the services, by its name."""
        names = [each.name for each in await self._containers({}) if each.started]
        logs = await asyncio.gather(*(self.logs(name, lines=lines) for name in names))
        return dict(zip(names, logs, strict=True))

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the web containers' variables."""
        return tuple(self.document["services"][self.web]["environment"])

    def prepare(self) -> None:
        """Make the folder, for this user alone: the Compose document holds the password.

        Raises:
            CouldNotFindOutError: The disk is full, or the temporary folder cannot be written.
        """
        try:
            leave(self._witness, self.environment)
            copy_without_proxies(self.environment, self.folder / DOCKER_SETTINGS)
            self._write(self.document)
        except OSError as failed:
            raise CouldNotFindOutError(
                f"The folder of the rehearsal, {self.folder}, could not be written:"
                f" {failed.strerror}.",
                hint="Free some space, or set TMPDIR to a folder that has it.",
            ) from failed

    async def clear(self, *, settling: float = SETTLING) -> Cleared:
        """Remove all that carries the run's label, its image tag, the folder and the note.

        Goes on to its end where the caller is cancelled meanwhile. What the engine keeps stays
        noted, so that a later command removes it.

        Args:
            settling: See ``clear_run``.
        """
        return await to_the_end(self._clear(settling))

    async def _clear(self, settling: float) -> Cleared:
        cleared = await clear_run(self.run, self._environment, settling=settling)
        if cleared.outcome is not Outcome.NO_ENGINE:
            for reference in self._references:
                await forget_run_tag(reference, self._environment)
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)
        if cleared.outcome is Outcome.GONE:
            await asyncio.to_thread(forget, self.run, self.environment)
        return cleared

    async def keep(self) -> bool:
        """Let all of it stand for a person to look into; only the proxy is stopped.

        Returns:
            Whether it is noted that nobody is to reap it.
        """
        if PROXY_SERVICE in self.document["services"]:
            await self._docker(*self._compose, "stop", PROXY_SERVICE, timeout=COMMAND_LIMIT)
        return keep(self.run, self.environment)

    async def standing(self) -> StandingRun:
        """What of it there is to look into."""
        found, image = await asyncio.gather(
            self._containers({}), asyncio.to_thread(self.docker.image, self.run_image.reference)
        )
        return StandingRun(
            name=self.name,
            document=str(self._document_path),
            clone=str(self.folder / f"clone-{self.web}"),
            web=self.web if image else "",
            databases=tuple(filter(self._is_postgres, self.others)),
            containers=tuple(each for each in found if each.started),
        )

    def _is_postgres(self, service: str) -> bool:
        return "POSTGRES_DB" in self.document["services"][service].get("environment", {})

    def dismantle(self) -> None:
        """Remove the folder and the note, and nothing of the engine's: what stands there stays."""
        forget(self.run, self.environment)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def run_labels(self) -> Mapping[str, str]:
        """What every container of the run carries."""
        labels: Mapping[str, str] = self.document["networks"]["default"]["labels"]
        return labels

    @property
    def command_environment(self) -> dict[str, str]:
        """The whole environment of every docker command for the run."""
        return self._environment

    @property
    def _document_path(self) -> Path:
        return self.folder / "compose.json"

    @property
    def _witness(self) -> Witness:
        return Witness(
            run=self.run,
            owner=str(this_process()),
            project=self.run_labels[PROJECT_LABEL],
            image=" ".join(self._references),
            folder=str(self.folder),
            state=self.state,
        )

    @property
    def _references(self) -> tuple[str, ...]:
        return (self.run_image.reference, *self.further_images)

    @property
    def _environment(self) -> dict[str, str]:
        settings = self.folder / DOCKER_SETTINGS
        ours = {"DOCKER_CONFIG": str(settings)} if settings.is_dir() else {}
        return {**self.environment, **ours, RUN_VARIABLE: self.run}

    def _write(self, document: Mapping[str, Any]) -> None:
        self._document_path.write_text(json.dumps(document), encoding="utf-8")

    def _publishing(self, port: int) -> dict[str, Any]:
        services = self.document["services"]
        return {**services, self.web: {**services[self.web], "ports": [f"127.0.0.1::{port}"]}}

    @property
    def _compose(self) -> list[str]:
        return [
            "compose", "--progress", "plain", "--project-name", self.name,
            "--file", str(self._document_path),
        ]  # fmt: skip

    @property
    def _services(self) -> dict[str, str]:
        """The labels of what is no release command's container."""
        return {"com.docker.compose.project": self.name, "com.docker.compose.oneoff": "False"}

    async def _stop(self, container: str) -> Stopped:
        began = time.monotonic()
        await self._docker("stop", self._full(container), timeout=COMMAND_LIMIT)
        seconds = time.monotonic() - began
        found = (*await self.containers(), *await self.worker_containers())
        now = next((c for c in found if c.name == container), None)
        killed = now is not None and now.exit_code == KILLED and not now.oom_killed
        return Stopped(name=container, seconds=seconds, killed=killed)

    async def _containers(self, labels: Mapping[str, str]) -> tuple[Container, ...]:
        found = await asyncio.to_thread(self.docker.containers, {**self._services, **labels})
        return tuple(replace(c, name=c.name.removeprefix(f"{self.name}-")) for c in found)

    def _full(self, container: str) -> str:
        return f"{self.name}-{container}"

    async def _docker(
        self,
        *words: str,
        on_line: Callable[[str], None] | None = None,
        timeout: float | None = None,
        read_trouble: Callable[[str], Trouble] = trouble_in,
    ) -> Completed:
        done = await run(
            ["docker", *words],
            cwd=self.folder,
            env=self._environment,
            on_line=on_line,
            timeout=timeout,
        )
        if done.ok:
            return done
        trouble = read_trouble(done.output)
        if trouble is Trouble.NONE and not await self._engine_answers():
            trouble = Trouble.ENGINE_DOWN
        return replace(done, trouble=trouble)

    async def _engine_answers(self) -> bool:
        # A command whose engine goes away reads like one whose application failed.
        words = ["docker", "version", "--format", "{{.Server.Version}}"]
        return (await run(words, env=self._environment, timeout=ANSWER_LIMIT)).ok
