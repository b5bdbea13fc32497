"""What a project needs, told from a few of its files; pure, and with a reason for each finding."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from devkit.config.detection.asgi import find_asgi, find_other_sqlalchemy
from devkit.config.detection.django import find_django
from devkit.config.detection.entry import takes_commands
from devkit.config.detection.files import MAX_FACT_DEPTH, choose, is_fact, is_skipped
from devkit.config.detection.findings import Framework, Guess, Sources
from devkit.config.detection.flask import find_flask
from devkit.config.detection.image import server_for_root
from devkit.config.detection.node import find_node
from devkit.config.detection.php import find_php
from devkit.config.detection.ports import listening_port
from devkit.config.detection.procfile import is_sound, release_of, worker_of, workers_of
from devkit.config.detection.rails import find_rails
from devkit.config.detection.services import DATABASE_IMAGE, find_services

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.dockerfile import Dockerfile

__all__ = [
    "DATABASE_IMAGE",
    "MAX_FACT_DEPTH",
    "Detected",
    "choose",
    "detect",
    "find_framework",
    "is_fact",
    "is_skipped",
]

_START_ON_PATH = re.compile(
    r"(?mi)^[ \t]*(?:CMD[ \t]+(?:\[[ \t]*)?[\"']?start\b|(?:COPY|ADD)\s.*\bstart\s+/\S*bin\b)"
)
# A project with several is what the first of them says: Node often only makes the assets.
_FRAMEWORKS = (find_django, find_flask, find_asgi, find_rails, find_php, find_node)


@dataclass(frozen=True, kw_only=True)
class Detected:
    """What was found.

    Attributes:
        services: As devkit.yaml has them: key and image, or ``file``.
        release: The release commands.
        command: The command for local work.
        port: Where the application listens; None where EXPOSE says it, or nothing does.
        port_reason: What speaks for it, to follow a "but".
        for_root: What in the image cannot start as the owner of the mounted folder; empty for
            nothing.
        env: Variables that each environment needs to be given.
        workers: The commands of further processes, by a name of letters, digits and dashes.
        worker: The command of a worker that a package speaks of, and no file says for sure.
        framework: What the project is built with; empty where nothing is known.
        suggestion: A release command for which not all of the evidence is there.
        reasons: One sentence for each of them: what, and where it was seen.
        local_reasons: The same for the command for local work and the further processes.
        notes: One sentence on each thing to look after.
    """

    services: Mapping[str, str]
    release: tuple[str, ...] = ()
    command: str | None = None
    port: int | None = None
    port_reason: str = ""
    for_root: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    workers: Mapping[str, str] = field(default_factory=dict)
    worker: str = ""
    framework: str = ""
    suggestion: Guess | None = None
    reasons: tuple[str, ...] = ()
    local_reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def as_mapping(self) -> dict[str, Any]:
        """The same as devkit.yaml would say it."""
        user = "image" if self.for_root else None
        web = {"command": self.command, "port": self.port, "user": user}
        found = {
            "web": {key: value for key, value in web.items() if value is not None},
            "services": dict(self.services),
            "release": list(self.release),
        }
        if self.workers:
            found["workers"] = dict(self.workers)
        if self.env:
            each = {"env": dict(self.env)}
            found["environments"] = {"local": each, "test": each, "live": each}
        return found


def detect(facts: Mapping[str, str], *, dockerfile: Dockerfile, dockerfile_text: str) -> Detected:
    """Tell what a project needs.

    Args:
        facts: Path to text of the files that ``is_fact`` wants; others do no harm.
        dockerfile: What the Dockerfile says.
        dockerfile_text: How it says it.
    """
    files = {path: facts[path] for path in sorted(facts) if is_fact(path)}
    sources = Sources(files, dockerfile, dockerfile_text)
    framework = _sound(find_framework(sources))
    needs = find_services(sources)
    release = _release(sources, framework)
    certain = release if release and release.certain else None
    local = framework.local if framework else None
    port = listening_port(sources)
    mount = dockerfile.mountable if local else dockerfile.source_folder
    is_mounted = mount is not None or any(need.value == "file" for need in needs)
    workers = workers_of(sources) if takes_commands(sources) else {}
    return Detected(
        services={need.key: need.value for need in needs},
        release=(certain.command,) if certain else (),
        command=local.command if local else None,
        port=port.number if port else None,
        port_reason=port.reason if port else "",
        for_root=server_for_root(dockerfile) if is_mounted else "",
        env=framework.env if framework else {},
        workers=workers,
        worker=worker_of(sources),
        framework=framework.name if framework else "",
        suggestion=None if certain else release,
        reasons=(
            *([f"{framework.name}: {framework.evidence}."] if framework else []),
            *(need.reason for need in needs),
            *_told("Release command", certain),
        ),
        local_reasons=(
            *_told("Local command", local),
            *(f"Worker `{name}`: the Procfile has its command." for name in workers),
        ),
        notes=framework.notes if framework else (),
    )


def _sound(framework: Framework | None) -> Framework | None:
    """Without commands that devkit.yaml could not have: a Dockerfile may hold odd names."""
    if framework is None:
        return None
    release, local = framework.release, framework.local
    return replace(
        framework,
        release=release if release and is_sound(release.command) else None,
        local=local if local and is_sound(local.command) else None,
    )


def find_framework(sources: Sources) -> Framework | None:
    """What a project is built with."""
    found = (find(sources) for find in (*_FRAMEWORKS, find_other_sqlalchemy))
    framework = next((each for each in found if each), None)
    if framework is None or framework.release or framework.name != "Flask":
        return framework
    other = find_other_sqlalchemy(sources)  # Flask with Alembic itself
    return replace(framework, release=other.release) if other else framework


def _release(sources: Sources, framework: Framework | None) -> Guess | None:
    """The release command; a wrong guess would fail good deployments, so it needs evidence."""
    found = release_of(sources) or _start(sources) or (framework.release if framework else None)
    if found is None or takes_commands(sources):
        return found
    reason = "the image's ENTRYPOINT is not seen to run other commands"
    return replace(found, reason=reason, certain=False)


def _start(sources: Sources) -> Guess | None:
    """``start migrate``, where the image has it."""
    if not _START_ON_PATH.search(sources.dockerfile_text):
        return None
    command = "start migrate"
    if "migrate" in sources.texts.get("start", ""):
        return Guess(command=command, reason="the script `start` knows it")
    lists = (path for path, text in sources.texts.items() if "MIGRATION_COMMANDS" in text)
    path = next(lists, None)
    return Guess(command=command, reason=f"{path} lists its commands") if path else None


def _told(what: str, guess: Guess | None) -> tuple[str, ...]:
    return (f"{what} `{guess.command}`: {guess.reason}.",) if guess else ()
