"""Looks for all that carries devkit's labels, on the engine and among this person's files."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.cleaning.plan import BuiltImage, Fate, Kind, Observed, Run, Thing
from devkit.data.snapshots import LABEL as SNAPSHOT_LABEL
from devkit.engine.environment_peek import names_run
from devkit.engine.hosts_left import shared_proxies
from devkit.engine.messages import engine_error
from devkit.engine.ownership import (
    ENVIRONMENT_LABEL,
    NOTES_LABEL,
    OWNER_LABEL,
    PROJECT_LABEL,
    RUN_LABEL,
    USER_LABEL,
    Life,
    life_of,
    parse_owner,
)
from devkit.engine.process import run
from devkit.engine.witnesses import RUN_NAME, Witness, notes_mark, state_folder, witnesses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

IMAGE_LABEL = "io.devkit.image"
LIMIT = 20.0
"""Seconds for the engine to answer one question."""
SIZE_LIMIT = 30.0
"""Seconds for it to measure its volumes, which it does by reading all of them."""

_LABELS = (RUN_LABEL, OWNER_LABEL, PROJECT_LABEL, USER_LABEL, NOTES_LABEL, ENVIRONMENT_LABEL)
_FORMAT = "\t".join(["{{.%s}}", "{{.%s}}", *(f'{{{{.Label "{name}"}}}}' for name in _LABELS)])
_LISTS = {
    Kind.CONTAINER: ("ps", "--all", "--no-trunc", "--format", _FORMAT % ("ID", "Names")),
    Kind.NETWORK: ("network", "ls", "--no-trunc", "--format", _FORMAT % ("ID", "Name")),
    Kind.VOLUME: ("volume", "ls", "--format", _FORMAT % ("Name", "Name")),
}
_IMAGES = (
    "image", "ls", "--filter", f"label={IMAGE_LABEL}", "--no-trunc",
    "--format", "{{.ID}}\t{{.Repository}}\t{{.Tag}}\t{{.CreatedAt}}\t{{.Size}}",
)  # fmt: skip
_SNAPSHOTS = (
    "volume", "ls", "--filter", f"label={SNAPSHOT_LABEL}",
    "--format", f'{{{{.Label "{SNAPSHOT_LABEL}"}}}}\t{{{{.Label "{SNAPSHOT_LABEL}.project"}}}}',
)  # fmt: skip
_USED = ("ps", "--all", "--no-trunc", "--format", "{{.Image}}\t{{.Names}}")
_UNITS = {"B": 1.0, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}


@dataclass
class _Found:
    """A run while it is put together."""

    owner: str = ""
    project: str = ""
    user: str = ""
    notes: str = ""
    kept: bool = False
    environment: str = ""
    state: str | None = None
    things: list[Thing] = field(default_factory=list)


async def observe(environment: Mapping[str, str], *, measured: bool = False) -> Observed:
    """All that carries devkit's labels.

    Args:
        environment: The environment of the docker commands.
        measured: Whether sizes are wanted, and what is no rehearsal's, which takes longer.

    Raises:
        CouldNotFindOutError: The engine does not answer.
    """
    answers = await asyncio.gather(
        *(
            _docker(environment, *words, "--filter", f"label={RUN_LABEL}")
            for words in _LISTS.values()
        ),
        _docker(environment, *_IMAGES),
        _docker(environment, *_USED),
        _docker(environment, *_SNAPSHOTS),
    )
    found: dict[str, _Found] = {}
    for kind, answer in zip(_LISTS, answers, strict=False):
        _add(found, kind, answer)
    await asyncio.to_thread(_add_files, found, environment, measured=measured)
    mark = notes_mark(environment)
    runs = tuple(_run(name, found[name], mark) for name in sorted(found))
    sizes = await _volume_sizes(environment) if measured else {}
    return Observed(
        runs=tuple(_with_sizes(each, sizes) for each in runs),
        images=tuple(_images(answers[-3], answers[-2], datetime.now(UTC))),
        snapshots=tuple(_pairs(answers[-1])),
        proxies=await asyncio.to_thread(shared_proxies, environment) if measured else (),
    )


def _pairs(answer: str) -> Iterator[tuple[str, str]]:
    for line in answer.splitlines():
        name, _, project = line.partition("\t")
        yield name, project


async def _docker(environment: Mapping[str, str], *words: str) -> str:
    done = await run(["docker", *words], env=environment, timeout=LIMIT)
    if not done.ok:
        raise engine_error(done.output or f"`docker {words[0]}` gave no answer in {LIMIT:.0f} s")
    return done.output


def _add(found: dict[str, _Found], kind: Kind, answer: str) -> None:
    for line in answer.splitlines():
        identity, name, of_run, owner, project, user, notes, environment = line.split("\t")
        # A label may say anything: containers inherit those of their images.
        if RUN_NAME.fullmatch(of_run) is None:
            continue
        begun = _Found(owner=owner, project=project, user=user, notes=notes)
        each = found.setdefault(of_run, begun)
        each.environment = environment
        each.things.append(Thing(kind=kind, id=identity, name=name))


def _add_files(found: dict[str, _Found], environment: Mapping[str, str], *, measured: bool) -> None:
    """What is noted of the runs, and their folders."""
    for noted in witnesses(environment):
        each = found.setdefault(noted.run, _Found(owner=noted.owner, project=noted.project))
        # What is to stay names no owner: it outlives its own.
        each.owner = each.owner or noted.owner
        each.kept, each.state = bool(noted.kept), noted.state
        each.user, each.notes = str(os.geteuid()), ""
        each.things += _files_of(noted, environment, measured=measured)


def _files_of(noted: Witness, environment: Mapping[str, str], *, measured: bool) -> Iterator[Thing]:
    folder = Path(noted.folder)
    if is_run_folder(folder, noted.run):
        size = _folder_size(folder) if measured else None
        yield Thing(kind=Kind.FOLDER, id=str(folder), name=str(folder), size=size)
    note = state_folder(environment) / f"{noted.run}.json"
    if note.is_file():
        yield Thing(kind=Kind.NOTE, id=str(note), name=str(note))


def is_run_folder(folder: Path, name: str) -> bool:
    """Whether a path is the folder of that run, and may be removed."""
    return folder.name == name and folder.is_dir() and not folder.is_symlink()


def _run(name: str, found: _Found, mark: str) -> Run:
    fate, owner = _fate(found, mark)
    if fate is not Fate.LIVING and _stands(name, found):
        fate, owner = Fate.STANDING, found.environment or "an environment"
    return Run(name=name, project=found.project, fate=fate, owner=owner, things=tuple(found.things))


def _stands(name: str, found: _Found) -> bool:
    """Whether the run became part of an environment that stays."""
    if found.state:
        return names_run(Path(found.state), name)
    return bool(found.environment)


def _fate(found: _Found, mark: str) -> tuple[Fate, str]:
    owner = parse_owner(found.owner)
    if owner is None:
        return Fate.FOREIGN, "something that names no owner"
    process = f"process {owner.pid}"
    life = life_of(owner)
    if life is Life.LIVING:
        return Fate.LIVING, process
    if life is Life.ELSEWHERE:
        return Fate.FOREIGN, f"{process} on {owner.host or 'another machine'}"
    if found.kept:
        return Fate.KEPT, process
    whose = _noted_by(found, mark)
    return (Fate.FOREIGN, process + whose) if whose else (Fate.DEAD, process)


def _noted_by(found: _Found, mark: str) -> str:
    """Who else has noted it, and thereby knows whether it was to be kept; empty for nobody."""
    if found.user not in {"", str(os.geteuid())}:
        return f" of user {found.user}"
    if found.notes not in {"", mark}:
        return ", whose notes are in another state folder,"
    return ""


def _images(answer: str, used: str, now: datetime) -> Iterator[BuiltImage]:
    users = dict(line.split("\t") for line in used.splitlines())
    for line in answer.splitlines():
        identity, repository, tag, created, size = line.split("\t")
        yield BuiltImage(
            id=identity,
            repository=repository,
            tag=tag,
            age=(now - _time(created)).total_seconds(),
            size=parse_size(size),
            user=users.get(f"{repository}:{tag}") or users.get(identity, ""),
        )


def _time(text: str) -> datetime:
    """What docker writes: ``2026-11-23 14:20:18 +0000 UTC``."""
    return datetime.strptime(" ".join(text.split()[:3]), "%Y-%m-%d %H:%M:%S %z")


def parse_size(text: str) -> int | None:
    """Read ``128MB``; None where it says something else."""
    number = text.rstrip("kKMGTB")
    try:
        return int(float(number) * _UNITS[text[len(number) :]])
    except (KeyError, ValueError):
        return None


async def _volume_sizes(environment: Mapping[str, str]) -> dict[str, int]:
    words = ["docker", "system", "df", "--verbose", "--format", "{{json .Volumes}}"]
    done = await run(words, env=environment, timeout=SIZE_LIMIT)
    try:
        volumes = json.loads(done.output) if done.ok else []
        read = {str(each["Name"]): parse_size(str(each["Size"])) for each in volumes or []}
    except (ValueError, KeyError, TypeError):
        return {}
    return {name: size for name, size in read.items() if size is not None}


def _with_sizes(found: Run, sizes: Mapping[str, int]) -> Run:
    return replace(found, things=tuple(_with_size(thing, sizes) for thing in found.things))


def _with_size(thing: Thing, sizes: Mapping[str, int]) -> Thing:
    known = thing.kind is Kind.VOLUME and thing.id in sizes
    return replace(thing, size=sizes[thing.id]) if known else thing


def _folder_size(folder: Path) -> int:
    return sum(_size_of(path) for path in _walk(folder))


def _walk(folder: Path) -> Iterable[Path]:
    for parent, _, names in os.walk(folder):
        yield from (Path(parent) / name for name in names)


def _size_of(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0
