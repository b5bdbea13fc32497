"""What is this machine's own about a local project: a free port, and a name that is not taken.

docker-compose.yml is committed and the same everywhere; what has to differ here is decided by
these pure functions and kept in ``.devkit/``.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

PORTS_TRIED = 100
PORTS_END = 65_536

_USER = re.compile(r"[1-9][0-9]{0,9}:[0-9]{1,10}", re.ASCII)
_HOST = re.compile(r"(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


@dataclass(frozen=True, kw_only=True)
class RunningContainer:
    """A container of any project on this engine.

    Attributes:
        name: Its name.
        project: Its Compose project; empty for none.
        folder: The folder that its Compose project was started from; empty for none.
        service: Its Compose service; empty for none.
        ports: The host ports that it has published and holds.
        status: As ``docker ps`` has it: ``Up 5 seconds (healthy)``, ``Exited (1) ...``.
        id: Its ID.
        one_off: Whether it is of a ``docker compose run``.
        image: The ID of its image; empty where Compose does not say.
    """

    name: str
    project: str
    folder: str
    service: str
    ports: frozenset[int]
    status: str = ""
    id: str = ""
    one_off: bool = False
    image: str = ""

    @property
    def active(self) -> bool:
        """Whether it runs, or is about to do so again."""
        return self.status.startswith(("Up", "Restarting"))

    @property
    def ready(self) -> bool:
        """Whether it runs, and is healthy where it can say so, or has done its job."""
        done = self.status.startswith("Exited (0)")
        return done or (self.status.startswith("Up") and "(health: starting)" not in self.status)

    @property
    def ended(self) -> bool:
        """Whether it has run, and does not any more; one that is made just now is ``Created``."""
        return self.status.startswith(("Exited", "Dead"))

    @property
    def failed(self) -> bool:
        """Whether it cannot become ready any more."""
        return (self.ended and not self.ready) or "(unhealthy)" in self.status

    @property
    def state(self) -> str:
        """Its state in one word."""
        if "(healthy)" in self.status:
            return "healthy"
        return "running" if self.status.startswith("Up") else self.status.lower()


@dataclass(frozen=True, kw_only=True)
class LocalSettings:
    """What was decided for this machine, and is remembered.

    Attributes:
        name: The Compose project's name.
        publish: The port on 127.0.0.1.
        wanted: The port of devkit.yaml for which ``publish`` was chosen.
        user: ``UID:GID`` that the containers of the Dockerfile's image run as; empty for whom
            the image says.
        host: The label of ``http://LABEL.localhost``; empty for none.
        host_port: Where the shared proxy is found that knows it; 0 for nowhere yet.
    """

    name: str
    publish: int
    wanted: int
    user: str = ""
    host: str = ""
    host_port: int = 0

    def is_of(self, name: str) -> bool:
        """Whether devkit decided this for a project of that name, and not somebody else."""
        own = re.fullmatch(rf"{re.escape(name)}(-[0-9a-f]{{6}})?", self.name)
        return (
            own is not None
            and all(0 < port < PORTS_END for port in (self.publish, self.wanted))
            and 0 <= self.host_port < PORTS_END
            and (not self.user or _USER.fullmatch(self.user) is not None)
            and (not self.host or is_host(self.host))
        )


def is_host(text: str) -> bool:
    """Whether this can stand before ``.localhost``: labels of letters, digits and hyphens."""
    return _HOST.fullmatch(text) is not None


def host_label(name: str) -> str:
    """What stands before ``.localhost`` for a project of this name."""
    return re.sub("-{2,}", "-", name.replace("_", "-")).strip("-")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The settings, and what a person should be told about them."""

    settings: LocalSettings
    notes: tuple[str, ...] = ()


def choose(
    *,
    name: str,
    wanted: int,
    root: Path,
    remembered: LocalSettings | None,
    containers: Iterable[RunningContainer],
    holder: Callable[[int], str | None],
    claimed: Callable[[str], bool] = lambda _: False,
) -> Choice:
    """Decide the Compose project's name and the published port for this machine.

    Args:
        name: The name of devkit.yaml.
        wanted: ``web.publish`` of devkit.yaml.
        root: The project's folder.
        remembered: What was decided before; a port that was chosen is kept.
        containers: All containers of the engine.
        holder: Who listens on a port of 127.0.0.1, in words; None where it is free.
        claimed: Whether another folder's project has a name, though it may be down just now.
    """
    known = tuple(containers)
    own = remembered.name if remembered else name
    chosen = _free_name((own, name), root, known, claimed)
    mine = _ports_of(chosen, root, known)
    kept = remembered.publish if remembered and remembered.wanted == wanted else wanted
    port = next((p for p in _candidates(kept, wanted) if p in mine or not holder(p)), wanted)
    begun = remembered or LocalSettings(name=chosen, publish=port, wanted=wanted)
    settings = replace(begun, name=chosen, publish=port, wanted=wanted)
    return Choice(settings=settings, notes=_notes(settings, name, kept, holder, remembered))


def is_elsewhere(containers: Iterable[RunningContainer], root: Path) -> bool:
    """Whether a Compose project's containers are those of another folder."""
    folders = {each.folder for each in containers if each.folder}
    return bool(folders) and str(root) not in folders


def _candidates(kept: int, wanted: int) -> list[int]:
    after = range(wanted + 1, min(wanted + PORTS_TRIED, PORTS_END))
    return list(dict.fromkeys([kept, wanted, *after]))


def _free_name(
    wanted: tuple[str, str],
    root: Path,
    containers: Iterable[RunningContainer],
    claimed: Callable[[str], bool],
) -> str:
    """The name that was used last, or the one of devkit.yaml, or that one with a suffix."""
    name = wanted[1]
    for each in dict.fromkeys(wanted):
        folders = {c.folder for c in containers if c.project == each and c.folder}
        if str(root) in folders or (not folders and not claimed(each)):
            return each
    return f"{name}-{hashlib.sha256(str(root).encode()).hexdigest()[:6]}"


def _ports_of(name: str, root: Path, containers: Iterable[RunningContainer]) -> frozenset[int]:
    mine = [c.ports for c in containers if c.project == name and c.folder == str(root)]
    return frozenset().union(*mine)


def _notes(
    settings: LocalSettings,
    name: str,
    kept: int,
    holder: Callable[[int], str | None],
    remembered: LocalSettings | None,
) -> tuple[str, ...]:
    notes = []
    if settings.name != name and not (remembered and remembered.name == settings.name):
        notes.append(
            f"Another folder's project is called {name} here, so this one is called"
            f" {settings.name}; set `name` in devkit.yaml to choose one."
        )
    if settings.publish != kept:
        taken = holder(kept) or "somebody"
        notes.append(
            f"Port {kept} is taken by {taken}, so {settings.publish} is used and remembered."
        )
    return tuple(notes)
