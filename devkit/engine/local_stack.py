"""The local project, ready for docker compose: files current, port and name chosen."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from devkit.adoption.application import WEB, web_service
from devkit.adoption.ports import published_ports
from devkit.compose.local import Choice, choose, host_label, is_elsewhere, is_host
from devkit.compose.words import ComposeProject, compose
from devkit.config.sources import read_config
from devkit.engine.adopted import adopted_compose, find_adoption, read_in
from devkit.engine.commands import ask
from devkit.engine.compose_inputs import OVERRIDES
from devkit.engine.container_user import (
    container_user,
    owner_of,
    ownership_note,
    roots_files,
)
from devkit.engine.engine_state import all_containers
from devkit.engine.harmless import files_key
from devkit.engine.hosts import Hosts
from devkit.engine.local_files import load_settings, store_settings
from devkit.engine.name_claims import choosing, claim, is_claimed
from devkit.engine.permission import (
    HostAccess,
    ask_permission,
    is_known_harmless,
    is_ours_alone,
)
from devkit.engine.port_holders import PortKeeper
from devkit.engine.projectfiles import Refreshed, find_compose_file, refresh
from devkit.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from devkit.compose.local import LocalSettings, RunningContainer
    from devkit.project import Project

_MISSING_FILE = re.compile(r"env file (\S.*?) not found")


OWN_NAME = "@"
"""For a host: the project's own name."""


@dataclass(frozen=True, kw_only=True)
class LocalStack:
    """What the local commands work on.

    Attributes:
        project: As devkit.yaml configures it.
        compose: What docker compose is to be told.
        name: The Compose project's name.
        publish: The port of web on 127.0.0.1; None where the compose file is not ours to know.
        target: The port inside web, to which that leads.
        web: The service that is the application.
        settings: What is remembered of this machine; None where the compose file is not ours.
        containers: All of the engine's, as they were just now; None where nobody has looked.
        notes: What a person should be told of, in sentences.
        assumed: What devkit takes for granted of a person's own compose file, in sentences; to be
            told where it is news.
        warnings: What is worth a look, in sentences.
    """

    project: Project
    compose: ComposeProject
    name: str
    publish: int | None
    target: int
    web: str = WEB
    settings: LocalSettings | None = None
    containers: tuple[RunningContainer, ...] | None = None
    notes: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def root(self) -> Path:
        """The project's folder, where docker compose runs."""
        return self.project.root


class Decide(Enum):
    """When the port and the name are chosen; it takes a question to the engine."""

    ANEW = "anew"
    ONCE = "where nothing is remembered"


def prepare(
    project: Project,
    *,
    environment: Mapping[str, str],
    is_ignored: Callable[[str], bool],
    decide: Decide = Decide.ANEW,
    access: HostAccess = HostAccess.ASK,
    host: str | None = None,
) -> LocalStack:
    """Bring the generated files up to date and decide what is this machine's own.

    Args:
        project: The project.
        environment: The person's environment, for docker.
        is_ignored: Whether git ignores a path of the project.
        decide: When to choose the port and the name.
        access: Whether the person allows what the Compose files want of the machine.
        host: What is to stand before ``.localhost`` from now on, ``OWN_NAME`` for the project's
            name, empty for no such address; None for what is remembered.

    Raises:
        UsageError: A host is asked for, and cannot be given.
        ConfigurationError: A file cannot be followed.
        RefusedError: docker-compose.yml was edited by hand and would have to be overwritten, the
            Compose files want something of the machine, or the host is another project's.
        CouldNotFindOutError: The engine does not answer.
    """
    refreshed = refresh(project, is_ignored=is_ignored)
    if refreshed.adopted:
        if host:
            raise UsageError(
                f"--host is for projects whose compose file devkit makes; {project.name} has its"
                " own."
            )
        stack = _adopted(project, refreshed, environment, access)
        # Only where it is started; to others it is nothing new.
        return stack if decide is Decide.ANEW else replace(stack, notes=())
    refreshed = _permitted(project, refreshed, environment, access)
    remembered = load_settings(project.root, name=project.name)
    if (
        remembered is not None
        and decide is Decide.ONCE
        and not _is_taken(remembered, project, environment)
    ):
        kept = replace(remembered, user=remembered.user and owner_of(project))
        return _generated(project, refreshed, Choice(settings=kept), remembered)
    containers, choice = _choose(project, remembered, environment, keep=decide is Decide.ANEW)
    user = container_user(project, environment)
    settings = replace(choice.settings, user=user, host=_host(choice.settings, host))
    if host:
        Hosts(environment=environment).refuse_taken(settings.host, project.root)
    choice = replace(choice, settings=settings)
    stack = _generated(project, refreshed, choice, remembered)
    more = roots_files(project.root, user) if user else ()
    return replace(stack, containers=containers, warnings=(*stack.warnings, *more))


def _is_taken(remembered: LocalSettings, project: Project, environment: Mapping[str, str]) -> bool:
    """Whether another folder's containers have come to be called as ours were."""
    named = all_containers(cwd=project.root, environment=environment, project=remembered.name)
    return is_elsewhere(named, project.root)


def with_settings(stack: LocalStack, settings: LocalSettings) -> LocalStack:
    """The stack with other settings, which are remembered.

    Raises:
        CouldNotFindOutError: A file cannot be written.
    """
    refreshed = Refreshed(compose_file=find_compose_file(stack.root), adopted=False)
    choice = Choice(settings=settings)
    again = _generated(stack.project, refreshed, choice, stack.settings)
    return replace(again, containers=stack.containers, notes=stack.notes, warnings=stack.warnings)


def _host(settings: LocalSettings, wanted: str | None) -> str:
    if wanted is None:
        return settings.host
    host = host_label(settings.name) if wanted == OWN_NAME else wanted.removesuffix(".localhost")
    if host and not is_host(host):
        raise UsageError(
            f"{host!r} cannot stand before .localhost.",
            hint="Small letters, digits, and hyphens and dots between them: --host=shop",
        )
    return host


def at_another_port(stack: LocalStack, environment: Mapping[str, str]) -> LocalStack:
    """The stack once more, after its port turned out to be taken when it was to be published.

    Raises:
        CouldNotFindOutError: The engine does not answer, or a file cannot be written.
    """
    project, taken = stack.project, frozenset(filter(None, [stack.publish]))
    remembered = stack.settings
    _, choice = _choose(project, remembered, environment, keep=True, avoid=taken)
    refreshed = Refreshed(compose_file=find_compose_file(project.root), adopted=False)
    again = _generated(project, refreshed, choice, remembered)
    return replace(again, containers=stack.containers, warnings=stack.warnings)


def _choose(
    project: Project,
    remembered: LocalSettings | None,
    environment: Mapping[str, str],
    *,
    keep: bool,
    avoid: frozenset[int] = frozenset(),
) -> tuple[tuple[RunningContainer, ...], Choice]:
    """All containers, and what was decided; the name is ours from then on.

    Args:
        project: The project.
        remembered: What was decided before.
        environment: The person's environment.
        keep: Whether the port is about to be published, and to be kept from other devkits.
        avoid: Ports that are not to be chosen.
    """
    root = project.root
    with choosing(environment):
        containers = all_containers(cwd=root, environment=environment)
        keeper = PortKeeper(containers=containers, environment=environment, avoid=avoid)
        choice = choose(
            name=project.name,
            wanted=project.web.publish,
            root=root,
            remembered=remembered,
            containers=containers,
            holder=keeper.holder,
            claimed=lambda name: is_claimed(name, root, environment),
        )
        claim(choice.settings.name, root, environment)
    keeper.keep_only(choice.settings.publish if keep else None)
    return containers, choice


def _generated(
    project: Project, refreshed: Refreshed, choice: Choice, remembered: LocalSettings | None
) -> LocalStack:
    settings = choice.settings
    override = store_settings(project, settings, remembered=remembered)
    return LocalStack(
        project=project,
        compose=ComposeProject(
            renew=bool(project.web.keep),
            name=None if settings.name == project.name else settings.name,
            files=_files(project.root, refreshed.compose_file, override),
        ),
        name=settings.name,
        publish=settings.publish,
        target=project.web.port,
        settings=settings,
        notes=(*_written(refreshed), *choice.notes),
        warnings=refreshed.warnings,
    )


def _written(refreshed: Refreshed) -> tuple[str, ...]:
    return (f"Wrote {', '.join(refreshed.written)}.",) if refreshed.written else ()


def _files(root: Path, compose_file: Path, override: Path | None) -> tuple[str, ...]:
    # Once a file is named, Compose no longer finds any by itself. The person's own has the last
    # word over ours.
    if override is None:
        return ()
    theirs = [root / name for name in OVERRIDES if (root / name).is_file()][:1]
    return tuple(map(str, (compose_file, override, *theirs)))


def _permitted(
    project: Project, refreshed: Refreshed, environment: Mapping[str, str], access: HostAccess
) -> Refreshed:
    if is_ours_alone(project, refreshed.compose_file, environment=environment):
        return refreshed
    root = project.root
    key = files_key(root, refreshed.compose_file, environment)
    if is_known_harmless(root, key, environment=environment):
        return refreshed
    document = compose_document(root, environment)
    more = ask_permission(root, document, environment=environment, access=access, key=key)
    return replace(refreshed, warnings=(*refreshed.warnings, *more))


def compose_document(
    root: Path, environment: Mapping[str, str], project: ComposeProject | None = None
) -> dict[str, Any]:
    """What docker compose makes of the file that it finds in a folder.

    Args:
        root: The folder.
        environment: The person's environment, for docker.
        project: What docker compose is to be told; None for nothing.

    Raises:
        ConfigurationError: It cannot follow the file.
        CouldNotFindOutError: There is no docker command.
    """
    words = compose(project or ComposeProject(), "config", "--format", "json")
    done = ask(words, cwd=root, env=environment)
    if not done.ok:
        name = find_compose_file(root).name
        missing = _MISSING_FILE.search(done.output)
        if missing:
            raise ConfigurationError(
                f"{name} names the env_file {relative(missing[1], root)}, which is not there.",
                hint="Make it, most often from an example beside it; devkit does not know what"
                " belongs into it.",
            )
        raise ConfigurationError(
            f"{name} cannot be followed by docker compose.", details=done.tail(5)
        )
    document: dict[str, Any] = json.loads(done.output)
    return document


def relative(path: str, root: Path) -> str:
    """A path as a person writes it in a file of the folder."""
    return path.removeprefix(f"{root}/")


def _adopted(
    project: Project, refreshed: Refreshed, environment: Mapping[str, str], access: HostAccess
) -> LocalStack:
    root = project.root
    told = adopted_compose(root)
    document = compose_document(root, environment, told)
    more = ask_permission(root, document, environment=environment, access=access)
    services = document.get("services") or {}
    web = web_service(
        services,
        wanted=project.compose_web,
        file=refreshed.compose_file.name,
        read=read_in(root),
    )
    port = next((each for each in published_ports(services[web]) if each.published), None)
    return LocalStack(
        project=project,
        compose=told,
        name=document["name"],
        publish=port.published if port else None,
        target=port.target if port else project.web.port,
        web=web,
        notes=ownership_note(root, services[web], environment),
        assumed=_adoption_notes(project),
        warnings=(*refreshed.warnings, *more),
    )


def _adoption_notes(project: Project) -> tuple[str, ...]:
    adoption = find_adoption(
        read_in(project.root),
        wanted=project.compose_web,
        config=read_config(project.root),
        set_there=project.environments["live"].env,
    )
    if adoption is None:
        return ()
    from devkit.adoption.assumed import adopted_note  # noqa: PLC0415 - 80 ms, for such a file

    unpublished = adoption.assumed.local if adoption.assumed.publish is None else ()
    return (adopted_note(adoption.file), *adoption.cloud_sentences, *unpublished)
