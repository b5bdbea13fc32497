"""What is this machine's own about a local project: a free port, and a name that is not taken.

docker-compose.yml is committed and the same everywhere; what has to differ here is decided by
these pure functions and kept in ``.devkit/``.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

PORTS_TRIED = 100
PORTS_END = 65_536


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
    """

    name: str
    project: str
    folder: str
    service: str
    ports: frozenset[int]
    status: str = ""
    id: str = ""
    one_off: bool = False

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
    def failed(self) -> bool:
        """Whether it cannot become ready any more."""
        ended = self.status.startswith(("Exited", "Dead")) and not self.ready
        return ended or "(unhealthy)" in self.status

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
    """

    name: str
    publish: int
    wanted: int

    def is_of(self, name: str) -> bool:
        """Whether devkit decided this for a project of that name, and not somebody else."""
        own = re.fullmatch(rf"{re.escape(name)}(-[0-9a-f]{{6}})?", self.name)
        return own is not None and all(0 < port < PORTS_END for port in (self.publish, self.wanted))


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
) -> Choice:
    """Decide the Compose project's name and the published port for this machine.

    Args:
        name: The name of devkit.yaml.
        wanted: ``web.publish`` of devkit.yaml.
        root: The project's folder.
        remembered: What was decided before; a port that was chosen is kept.
        containers: All containers of the engine.
        holder: Who listens on a port of 127.0.0.1, in words; None where it is free.
    """
    known = tuple(containers)
    chosen = _free_name(name, root, known)
    mine = _ports_of(chosen, root, known)
    kept = remembered.publish if remembered and remembered.wanted == wanted else wanted
    port = next((p for p in _candidates(kept, wanted) if p in mine or not holder(p)), wanted)
    settings = LocalSettings(name=chosen, publish=port, wanted=wanted)
    return Choice(settings=settings, notes=_notes(settings, name, kept, holder, remembered))


def is_elsewhere(containers: Iterable[RunningContainer], root: Path) -> bool:
    """Whether a Compose project's containers are those of another folder."""
    folders = {each.folder for each in containers if each.folder}
    return bool(folders) and str(root) not in folders


def _candidates(kept: int, wanted: int) -> list[int]:
    after = range(wanted + 1, min(wanted + PORTS_TRIED, PORTS_END))
    return list(dict.fromkeys([kept, wanted, *after]))


def _free_name(name: str, root: Path, containers: Iterable[RunningContainer]) -> str:
    folders = {c.folder for c in containers if c.project == name and c.folder}
    if not folders or str(root) in folders:
        return name
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
            f"Another folder's containers are called {name}, so these are called {settings.name};"
            " set `name` in devkit.yaml to choose one."
        )
    if settings.publish != kept:
        taken = holder(kept) or "somebody"
        notes.append(
            f"Port {kept} is taken by {taken}, so {settings.publish} is used and remembered."
        )
    return tuple(notes)
