"""Remembers of what files the local image was built, to tell when it is out of date.

In ``.devkit/``, with a digest of each file: a file that was checked out anew is no change.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.config.sources import DOCKERFILE, read_dockerfile
from devkit.dockerfile.context import is_ignored
from devkit.dockerfile.inputs import Inputs, age, changed, inputs, outdated
from devkit.engine.commands import ask
from devkit.engine.local_files import FOLDER
from devkit.engine.reading import read_bounded
from devkit.engine.secrets_file import DOCKERIGNORE
from devkit.engine.writing import replace_file
from devkit.errors import DevkitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from devkit.project import Project

NOTE = "image.json"
MOST_FILES = 5000
"""Of a folder that is copied; a larger one is not looked through."""
LARGEST = 1024 * 1024
"""Bytes of a file whose content counts; of a larger one its size and time do."""
SKIPPED = frozenset({".git", FOLDER, "__pycache__", "node_modules", ".venv"})


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """A file as it was seen.

    Attributes:
        size: In bytes.
        modified: In nanoseconds since the epoch.
        digest: Of its content.
    """

    size: int
    modified: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class BuiltFrom:
    """What an image was built from.

    Attributes:
        image: Its ID; empty until a container of it has been seen.
        built: When, in seconds since the epoch.
        files: By their paths, from the project's folder.
    """

    image: str
    built: float
    files: Mapping[str, Stamp]


@dataclass(frozen=True, kw_only=True)
class ImageState:
    """The image of web beside the working tree.

    Attributes:
        built: When it was built, in seconds since the epoch.
        changed: The files that have changed since.
    """

    built: float
    changed: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What a person is told; empty where the image is up to date."""
        return outdated(self.changed, seconds=time.time() - self.built) if self.changed else ""

    @property
    def up_to_date(self) -> str:
        """What a person is told who asked."""
        return f"The image is of {age(time.time() - self.built)} ago, and up to date."


def look(project: Project, known: Mapping[str, Stamp] | None = None) -> dict[str, Stamp]:
    """The files that the image would be built from now.

    Args:
        project: The project.
        known: As they were seen before: what has its size and time still is not read again.
    """
    text = read_dockerfile(project.root, needed=False)
    wanted = inputs(text, mounted=project.web.mount is not None)
    found: dict[str, Stamp] = {}
    for name in sorted(set(_names(project.root, wanted))):
        with contextlib.suppress(OSError):
            found[name] = _stamp(project.root / name, (known or {}).get(name))
    return found


def is_noted(root: Path) -> bool:
    """Whether devkit has built an image here."""
    return (root / FOLDER / NOTE).is_file()


def keep(project: Project, files: Mapping[str, Stamp], *, image: str = "") -> None:
    """Remember that an image has just been built from these files."""
    _write(project.root, BuiltFrom(image=image, built=time.time(), files=files))


def image_state(
    project: Project, image: str, *, environment: Mapping[str, str]
) -> ImageState | None:
    """How the image of a container stands to the working tree; None where that cannot be told.

    Args:
        project: The project.
        image: The image's ID.
        environment: The person's environment, for docker.
    """
    kept = _read(project.root)
    if kept is not None and kept.image in {"", image}:
        if not kept.image:
            _write(project.root, replace(kept, image=image))
        then = {name: stamp.digest for name, stamp in kept.files.items()}
        now = {name: stamp.digest for name, stamp in look(project, kept.files).items()}
        return ImageState(built=kept.built, changed=changed(then, now))
    return _by_time(project, image, environment) if image else None


def _by_time(project: Project, image: str, environment: Mapping[str, str]) -> ImageState | None:
    """Of an image that somebody else has built nothing but its time is known.

    Built from cached layers it has their time, and is tagged anew.
    """
    times = "{{json .Created}} {{json .Metadata.LastTagTime}}"
    done = ask(["docker", "image", "inspect", "--format", times, image], cwd=project.root,
               env=environment)  # fmt: skip
    try:
        built = max(_seconds(json.loads(each)) for each in done.output.split())
    except ValueError:
        return None
    newer = [name for name, stamp in look(project).items() if stamp.modified / 1e9 > built]
    return ImageState(built=built, changed=tuple(newer))


def _seconds(text: str) -> float:
    from datetime import datetime  # noqa: PLC0415 - only for an image that devkit did not build

    when = datetime.fromisoformat(text)
    return when.timestamp() if when.year > 1 else 0.0  # never tagged


def _names(root: Path, wanted: Inputs) -> Iterator[str]:
    yield DOCKERFILE
    if (root / DOCKERIGNORE).is_file():
        yield DOCKERIGNORE
    ignore = _ignore_text(root)
    paths = [*wanted.paths, "."] if wanted.whole else wanted.paths
    for path in paths:
        for name in _matching(root, path):
            yield from _below(root, name, ignore)


def _ignore_text(root: Path) -> str:
    try:
        return read_bounded(root / DOCKERIGNORE, root=root).decode(errors="replace")
    except OSError:
        return ""


def _matching(root: Path, path: str) -> Iterable[str]:
    """A path, or those of its folder that match it where it is a pattern."""
    folder, _, pattern = path.rpartition("/")
    if not set("*?[") & set(path):
        return [path]
    if set("*?[") & set(folder):
        return []
    try:
        found = [each.name for each in (root / folder).iterdir()]
    except OSError:
        return []
    return [f"{folder}/{each}".lstrip("/") for each in found if fnmatchcase(each, pattern)]


def _below(root: Path, name: str, ignore: str) -> Iterator[str]:
    if not (root / name).is_dir():
        yield name
        return
    found = []
    for folder, folders, files in os.walk(root / name):
        here = Path(folder).relative_to(root).as_posix()
        is_top = here == "."
        folders[:] = [
            each
            for each in folders
            if each not in SKIPPED and not (is_top and is_ignored(ignore, each))
        ]
        kept = [each for each in files if not (is_top and is_ignored(ignore, each))]
        found += kept if is_top else [f"{here}/{each}" for each in kept]
        if len(found) > MOST_FILES:
            return
    yield from found


def _stamp(path: Path, known: Stamp | None) -> Stamp:
    seen = path.stat()
    if known and (known.size, known.modified) == (seen.st_size, seen.st_mtime_ns):
        return known
    if seen.st_size > LARGEST:
        digest = f"{seen.st_size} {seen.st_mtime_ns}"
    else:
        content = read_bounded(path, root=path.parent, limit=LARGEST)
        digest = hashlib.sha256(content).hexdigest()[:32]
    return Stamp(size=seen.st_size, modified=seen.st_mtime_ns, digest=digest)


def _read(root: Path) -> BuiltFrom | None:
    try:
        kept = json.loads(read_bounded(root / FOLDER / NOTE, root=root, limit=2 * LARGEST))
        files = {
            str(name): Stamp(size=int(size), modified=int(modified), digest=str(digest))
            for name, (size, modified, digest) in kept["files"].items()
        }
        return BuiltFrom(image=str(kept["image"]), built=float(kept["built"]), files=files)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _write(root: Path, built: BuiltFrom) -> None:
    """Where it cannot be kept, the image's time has to do."""
    files = {name: [each.size, each.modified, each.digest] for name, each in built.files.items()}
    text = json.dumps({"image": built.image, "built": built.built, "files": files})
    with contextlib.suppress(DevkitError):
        replace_file(root / FOLDER / NOTE, text, root=root)
