"""What the services of an image run, and which of them take changed code up by themselves."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from devkit.adoption.pairs import environment_of
from devkit.config.detection.dependencies import read_json
from devkit.config.detection.node import scripts
from devkit.dockerfile.instructions import read_instructions
from devkit.dockerfile.intake import take
from devkit.engine.reading import read_text
from devkit.engine.watch_mounts import mounts_of
from devkit.watch.reloading import Start, reloads
from devkit.watch.scripts import names_script, resolved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from devkit.dockerfile import Dockerfile

PACKAGE = "package.json"
_MOST = 20
"""Files in one folder that set PHP up."""
_MODES = ("RAILS_ENV", "RACK_ENV")
_NOT_TOLD = "what the Dockerfile does not tell"


@dataclass(frozen=True, kw_only=True)
class Image:
    """What the services run.

    Attributes:
        root: The project's folder.
        context: The build context, from there; None where nothing is built.
        text: The Dockerfile.
        found: What that says.
    """

    root: Path
    context: str | None
    text: str
    found: Dockerfile


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Which services take changed code up by themselves.

    Attributes:
        reloader: What of the first one does so, in words; empty for nothing.
        others: Those of the rest that do not.
        by: The files of the project, beside the Dockerfile, that this was judged by.
    """

    reloader: str
    others: tuple[str, ...]
    by: frozenset[str]


def judge(services: Mapping[str, Mapping[str, Any]], image: Image) -> Judged:
    """Judge what the services of an image run.

    Args:
        services: As docker compose tells of them; the one that answers first.
        image: The image.
    """
    found: dict[str, str] = {}
    by: set[str] = set()
    for name, service in services.items():
        start, files = _start(service, image)
        found[name] = reloads(start)
        by |= files
    reloader, *_ = found.values()
    others = tuple(name for name in list(found)[1:] if not found[name])
    return Judged(reloader=reloader, others=others, by=frozenset(by))


def _start(service: Mapping[str, Any], image: Image) -> tuple[Start, set[str]]:
    """How a service starts, and the files that tell it."""
    command, files = _command(service, image.found), set()
    package = _package(service, image) if names_script(command) else None
    if package is not None:
        files.add(package)
        command = resolved(command, scripts(read_json(read_text(image.root, package))))
    base = image.found.base or ""
    settings = set(_settings(service, image)) if "php" in base else set()
    text = "\n".join([image.text, *(read_text(image.root, each) for each in sorted(settings))])
    environment = _environment(service, image)
    start = Start(
        command=command, base=base, environment=environment,
        settings="\n".join([text, *(f"{name}={value}" for name, value in environment.items())]),
    )  # fmt: skip
    return start, files | settings


def _command(service: Mapping[str, Any], found: Dockerfile) -> str:
    """All that the container runs; an entrypoint in the compose file hides the image's CMD."""
    entrypoint, command = _words(service.get("entrypoint")), _words(service.get("command"))
    if not entrypoint:
        entrypoint, command = _plain(found.entrypoint), command or _plain(found.command)
    return f"{entrypoint} {command}".strip()


def _plain(text: str) -> str:
    return text.translate(str.maketrans('[],"', "    ")).strip()


def _words(value: object) -> str:
    if isinstance(value, list):
        return " ".join(str(each) for each in value)
    return str(value or "")


def _environment(service: Mapping[str, Any], image: Image) -> dict[str, str]:
    """A service's variables; what names Rails' environment is in there even if it is not told."""
    set_in_image = " ".join(
        each.arguments for each in read_instructions(image.text) if each.keyword == "ENV"
    )
    hidden = {name: _NOT_TOLD for name in _MODES if re.search(rf"\b{name}\b", set_in_image)}
    own = environment_of(service)
    told = {name: value for name, value in own.items() if value is not None}
    return {**hidden, **image.found.environment, **told}


def _package(service: Mapping[str, Any], image: Image) -> str | None:
    """The package.json of a service's working directory, where it is the project's."""
    workdir = service.get("working_dir") or image.found.workdir
    if workdir is None:
        return None
    place = posixpath.join(str(workdir), PACKAGE)
    mounts = sorted(mounts_of(image.root, service), key=lambda each: len(each.target))
    for mount in reversed(mounts):
        if PurePosixPath(place).is_relative_to(mount.target):
            inside = posixpath.relpath(place, mount.target)
            return posixpath.normpath(posixpath.join(mount.source, inside))
    taken = [take(each, PACKAGE) for each in image.found.intake]
    is_there = any(each is not None and each.destination == place for each in taken)
    return posixpath.join(image.context or "", PACKAGE) if is_there else None


def _settings(service: Mapping[str, Any], image: Image) -> Iterator[str]:
    """The files that may set PHP up: each .ini that is copied or mounted, by itself or within."""
    context = image.context or ""
    copied = [posixpath.join(context, source) for c in image.found.intake for source in c.sources]
    mounted = [mount.source for mount in mounts_of(image.root, service)]
    for each in (*copied, *mounted):
        path = image.root / each
        if path.is_dir():
            found = sorted(path.glob("*.ini"))[:_MOST]
            yield from (posixpath.normpath(posixpath.join(each, file.name)) for file in found)
        elif each.endswith(".ini"):
            yield each
