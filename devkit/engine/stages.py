"""Makes the stage of a new rehearsal: its labels, its passwords, its Compose document."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from devkit.compose.addresses import service_passwords
from devkit.compose.data_copy import with_storage_copy
from devkit.compose.looking import look_into
from devkit.compose.proxy import ANY_PORT, ProxySettings, with_proxy
from devkit.compose.rehearsal import RehearsalSettings, WebSettings, rehearsal_document
from devkit.compose.variables import cloud_variables
from devkit.deployment.choices import OnFailure
from devkit.deployment.gate_policy import Way
from devkit.engine.docker_environment import engine_environment
from devkit.engine.images import RunImage
from devkit.engine.local_variables import read_local_variables
from devkit.engine.ownership import RUN_LABEL, new_run_labels
from devkit.engine.reaping import run_folder
from devkit.engine.run_records import seconds_to_ready
from devkit.engine.shielding import to_the_end
from devkit.engine.stage import ComposeStage
from devkit.engine.stage_proxy import StageProxy
from devkit.engine.witnesses import notes_mark
from devkit.errors import DevkitError, StepFailedError
from devkit.ports import Background

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

    from devkit.engine.clearing import Cleared
    from devkit.engine.docker import Docker
    from devkit.project import Commit, Environment, Project, Service, Worker

REVISION_LABEL = "org.opencontainers.image.revision"
WEB = "web"
OLD = "old"
DATA = "data"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A commit that is to stand on a stage.

    Attributes:
        project: As the commit configures it.
        environment: The name of the one whose variables and limits the containers get.
    """

    project: Project
    commit: Commit
    environment: str

    @property
    def settings(self) -> Environment:
        """The environment's settings."""
        return self.project.environments[self.environment]


@dataclass(frozen=True, kw_only=True)
class RehearsalStages:
    """The stage of the new version, and of the old one where there is one.

    Attributes:
        way: How the containers are reached from here.
        empty_image: A reference of the run's, for what its data is copied through.
    """

    new: ComposeStage
    old: ComposeStage | None
    way: Way
    empty_image: str = ""

    @property
    def proxy(self) -> StageProxy:
        """What stands before both versions."""
        return StageProxy(stage=self.new, way=self.way)


@dataclass(frozen=True, kw_only=True)
class RunSecrets:
    """A password and a secret key that nobody has had before; both versions get the same."""

    database_password: str = field(default_factory=lambda: token_urlsafe(16))
    secret_key: str = field(default_factory=lambda: token_urlsafe(48))

    @property
    def values(self) -> frozenset[str]:
        """What nobody is to be shown."""
        return frozenset({self.database_password, self.secret_key})


def new_stages(
    new: Candidate,
    old: Candidate | None,
    *,
    cached: bool,
    copied: bool = False,
    way: Way,
    docker: Docker,
    process_environment: Mapping[str, str],
) -> RehearsalStages:
    """A Compose project of its own for one rehearsal; nothing of it exists yet.

    Args:
        new: What is rehearsed.
        old: What is deployed now; None to leave it out.
        cached: Whether the build may use the layer cache.
        copied: Whether there is data to be copied into its services.
        way: How the containers are reached from here.
        docker: The engine.
        process_environment: The person's environment; only what finds the engine is used.
    """
    labels = new_run_labels(new.project.name, notes=notes_mark(process_environment))
    name = labels[RUN_LABEL]
    tag = name.removeprefix("devkit-")
    image = _run_image(new, tag)
    old_image = _run_image(old, f"{tag}-{OLD}") if old else None
    secrets = RunSecrets()
    webs = {WEB: replace(_web(new, image, secrets), workers=worker_services(new.project.workers))}
    if old and old_image:
        webs[OLD] = _web(old, old_image, secrets)
    services = _services(new.project, *([old.project] if old else []))
    settings = RehearsalSettings(
        labels=labels,
        services=services,
        database_password=secrets.database_password,
        webs=webs,
    )
    document = rehearsal_document(settings)
    empty_image = f"{image.reference}-{DATA}"
    if copied:
        document = _with_copy(document, new.project, image=empty_image, labels=labels)
    stage = ComposeStage(
        name=name,
        run=name,
        folder=run_folder(name),
        document=_with_proxy(document, labels, way) if old else document,
        web=WEB,
        others=service_names(services),
        workers=worker_counts(new.project.workers),
        worker_run=name,
        run_image=image,
        further_images=(
            *([old_image.reference] if old_image else []),
            *([empty_image] if copied else []),
        ),
        labels=image_labels(new, cached=cached),
        cached=cached,
        environment=engine_environment(process_environment),
        docker=docker,
        background=background(new, webs[WEB].variables),
        secrets=secrets.values
        | service_passwords(services, secrets.database_password)
        | local_secrets(new, webs[WEB].variables),
    )
    return RehearsalStages(
        new=stage, old=_old_stage(stage, old, old_image), way=way, empty_image=empty_image
    )


def _old_stage(
    stage: ComposeStage, old: Candidate | None, image: RunImage | None
) -> ComposeStage | None:
    """The old version on the same Compose project; its image may come from the cache."""
    if old is None or image is None:
        return None
    labels = image_labels(old, cached=True)
    return replace(
        stage,
        web=OLD,
        run_image=image,
        further_images=(),
        labels=labels,
        cached=True,
        # The switch is about requests, and nobody asks a worker anything.
        workers={},
        worker_run="",
    )


def _with_proxy(document: dict[str, Any], labels: Mapping[str, str], way: Way) -> dict[str, Any]:
    publish = ANY_PORT if way is Way.PUBLISHED else None
    return with_proxy(document, ProxySettings(), labels=labels, publish=publish)


def _with_copy(
    document: dict[str, Any], project: Project, *, image: str, labels: Mapping[str, str]
) -> dict[str, Any]:
    volumes = [service.name for service in project.storages][:1]
    for volume in volumes:
        return with_storage_copy(document, image=image, volume=volume, labels=labels)
    return document


def _run_image(candidate: Candidate, tag: str) -> RunImage:
    return RunImage(
        repository=f"devkit/{candidate.project.name}",
        run_tag=tag,
        commit_tag=candidate.commit.short,
    )


def image_labels(candidate: Candidate, *, cached: bool) -> dict[str, str]:
    """The labels of the image that is built of a commit."""
    return {
        REVISION_LABEL: candidate.commit.sha,
        "io.devkit.image": candidate.project.name,
        "io.devkit.tree": candidate.commit.tree,
        "io.devkit.cache": "used" if cached else "none",
    }


def service_names(services: Iterable[Service]) -> tuple[str, ...]:
    """The Compose services of those that run in a container of their own."""
    return tuple(each.name for each in services if each.image is not None)


def worker_services(workers: Iterable[Worker], suffix: str = "") -> dict[str, Worker]:
    """The workers by the names of their Compose services."""
    return {f"{each.name}{suffix}": each for each in workers}


def worker_counts(workers: Iterable[Worker], suffix: str = "") -> dict[str, int]:
    """How many containers of each there are, by the same names."""
    named = worker_services(workers, suffix)
    return {name: each.containers for name, each in named.items()}


def _services(*projects: Project) -> tuple[Service, ...]:
    """What the versions need between them; the first version's word counts."""
    found = {
        service.name: service for project in reversed(projects) for service in project.services
    }
    return tuple(found.values())


def _web(candidate: Candidate, image: RunImage, secrets: RunSecrets) -> WebSettings:
    return WebSettings(
        image=image.reference,
        environment=candidate.settings,
        variables=cloud_variables(
            candidate.project,
            environment=candidate.settings,
            commit=candidate.commit,
            database_password=secrets.database_password,
            secret_key=secrets.secret_key,
        ),
        mounts_storage=bool(candidate.project.storages),
    )


def background(candidate: Candidate, variables: Mapping[str, str]) -> Background:
    """What is known of a candidate's environment; names of variables, never values."""
    project = candidate.project
    local = read_local_variables(project.root, web=project.compose_web)
    return Background(
        environment=candidate.environment,
        memory=candidate.settings.memory,
        only_local=tuple(name for name in local.names if name not in variables),
        only_compose=tuple(n for n in local.in_compose if n not in {*variables, *local.names}),
        seconds_to_ready=seconds_to_ready(project.root),
    )


def local_secrets(candidate: Candidate, variables: Mapping[str, str]) -> frozenset[str]:
    """The values of local work that are nobody's to see.

    What the commit's own devkit.yaml says is no secret, and is what most messages are about.

    Args:
        candidate: What is to stand on a stage.
        variables: Those that it gets there.
    """
    project = candidate.project
    public = {project.name, *variables.values()}
    for service in project.services:
        public |= {service.name, service.image or ""}
        public |= set(service.custom.env.values() if service.custom else ())
    for environment in project.environments.values():
        public |= set(environment.env.values())
    return read_local_variables(project.root, web=project.compose_web).values - public


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A rehearsal that was left standing.

    Attributes:
        run: Its name, by which ``devkit clean`` removes it.
        look: Commands that look into it.
    """

    run: str
    look: tuple[str, ...]


@asynccontextmanager
async def standing(
    stage: ComposeStage,
    *,
    warn: Callable[[str], None],
    on_failure: OnFailure = OnFailure.REMOVE,
    on_kept: Callable[[Kept], None] = lambda _: None,
) -> AsyncIterator[None]:
    """The stage while it stands: all of it is removed at the end, whatever happens.

    Args:
        stage: The stage.
        warn: Told of what could not be removed; it never decides how the run ends.
        on_failure: What becomes of it where a step has failed. What says nothing of the commit,
            and an interruption above all, leaves nothing standing.
        on_kept: Told where it was left standing.
    """
    passed = False
    kept: Kept | None = None
    try:
        stage.prepare()
        yield
        passed = True
    except StepFailedError:
        if on_failure is OnFailure.KEEP:
            kept = await _kept(stage, warn)
        raise
    finally:
        if kept is not None:
            on_kept(kept)
        else:
            cleared = await _cleared(stage, passed=passed)
            if cleared.sentence:
                warn(cleared.sentence)


async def _cleared(stage: ComposeStage, *, passed: bool) -> Cleared:
    if not passed:
        return await stage.clear()

    async def both() -> Cleared:
        # No command was cut short, so that nothing turns up late.
        cleared, _ = await asyncio.gather(stage.clear(settling=0.0), stage.let_oldest_go())
        return cleared

    # A cancelled gather ends with the first of the two that is, and leaves the other alone.
    return await to_the_end(both())


async def _kept(stage: ComposeStage, warn: Callable[[str], None]) -> Kept | None:
    """Leave it standing; None where that could not be noted, so that it would be reaped."""
    try:
        look = look_into(await stage.standing())
        if await stage.keep():
            return Kept(run=stage.name, look=look)
    except DevkitError as failed:
        warn(f"The rehearsal could not be kept: {failed.message}")
        return None
    warn("The rehearsal could not be kept: the note that says so could not be written.")
    return None
