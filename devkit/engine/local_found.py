"""The local project as it is, for what shows or stops it: nothing is written or decided."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.adoption.application import WEB, web_service
from devkit.adoption.ports import published_ports
from devkit.compose.generated import Action, decide
from devkit.compose.local import is_elsewhere
from devkit.compose.words import ComposeProject
from devkit.engine.adopted import adopted_compose, read_in
from devkit.engine.compose_inputs import check_compose_inputs
from devkit.engine.engine_state import all_containers
from devkit.engine.local_files import load_settings
from devkit.engine.project_cache import load_project_cached
from devkit.engine.projectfiles import find_compose_file
from devkit.engine.reading import read_bounded
from devkit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devkit.compose.local import RunningContainer

_NAME = re.compile(r"^name: *[\"']?(?P<name>[a-z0-9][a-z0-9_-]*)[\"']? *(#.*)?$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class FoundStack:
    """A Compose project that there is a file of.

    Attributes:
        root: The project's folder, where docker compose runs.
        compose: What docker compose is to be told.
        name: The Compose project's name.
        containers: Those of its services, the stopped ones included, as they were just now.
        document: What docker compose makes of a person's own file; None for a generated one.
        publish: The port at which ``devkit up`` published the page of a generated one.
    """

    root: Path
    compose: ComposeProject
    name: str
    containers: tuple[RunningContainer, ...] = ()
    document: Mapping[str, Any] | None = None
    publish: int | None = None

    def find_web(self) -> str:
        """The service that is the application.

        Raises:
            ConfigurationError: The person's own compose file does not tell, nor does devkit.yaml.
        """
        if self.document is None:
            return WEB
        return web_service(
            self.document.get("services") or {},
            wanted=load_project_cached(self.root).compose_web,
            file=find_compose_file(self.root).name,
            read=read_in(self.root),
        )

    def published_port(self, web: RunningContainer) -> int | None:
        """The port of this machine that the application answers at; None where it has none.

        The one that ``devkit up`` chose, or the first that the person's own file publishes, as for
        ``devkit up``; where the container has none of those, as with a port that the engine has
        chosen, its lowest one.

        Args:
            web: The application's container.
        """
        services = (self.document or {}).get("services") or {}
        written = published_ports(services.get(web.service) or {})
        known = (self.publish, *(each.published for each in written))
        held = (each for each in known if each in web.ports)
        return next(held, min(web.ports, default=None))


def find_stack(root: Path, *, environment: Mapping[str, str]) -> FoundStack | None:
    """The project that was started from a folder; None where there is none.

    Another checkout of it has the same name in its file: containers that were started there, and
    volumes of a project that was never started here, are not ours to show or to remove.

    One that devkit generated is known by its name alone: Compose finds containers, network and
    volumes by their labels, whatever has become of the file and of what it refers to since.

    Args:
        root: The project's folder.
        environment: The person's environment, for docker.

    Raises:
        ConfigurationError: The compose file cannot be read or followed.
        CouldNotFindOutError: The file is a person's own, and docker cannot be asked about it.
    """
    root = root.resolve()
    check_compose_inputs(root)
    text = _text(find_compose_file(root), root)
    if not text.strip():
        return None
    in_file = _NAME.search(text)
    is_foreign = decide(text, text).action is Action.FOREIGN
    if is_foreign or in_file is None:
        from devkit.engine.local_stack import compose_document  # noqa: PLC0415 - 50 ms, see above

        told = adopted_compose(root)
        document = compose_document(root, environment, told)
        name = str(document["name"])
        return FoundStack(
            root=root,
            compose=told,
            name=name,
            containers=all_containers(cwd=root, environment=environment, project=name),
            document=document,
        )
    remembered = load_settings(root, name=in_file["name"])
    name = remembered.name if remembered else in_file["name"]
    containers = all_containers(cwd=root, environment=environment, project=name)
    if is_elsewhere(containers, root) or not (remembered or containers):
        return None
    return FoundStack(
        root=root,
        compose=ComposeProject(name=name),
        name=name,
        containers=containers,
        publish=remembered.publish if remembered else None,
    )


def _text(path: Path, root: Path) -> str:
    try:
        return read_bounded(path, root=root).decode(errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        message = f"{path.name} in {path.parent} cannot be read: {problem}."
        raise ConfigurationError(message) from None
