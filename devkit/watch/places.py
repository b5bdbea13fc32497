"""Where a file of the project is in the image, and where the container sees it."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from devkit.dockerfile.intake import Taken, TakenAs, take

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devkit.watch.setting import Setting


def from_context(path: str, setting: Setting) -> str | None:
    """The path from the build context; None where it is not in it."""
    if setting.context is None:
        return None
    if not setting.context:
        return path
    inner = path.removeprefix(f"{setting.context}/")
    return inner if inner != path else None


def taken_in(path: str, setting: Setting) -> Iterable[Taken]:
    """How the image takes the file in, once for each instruction that does."""
    inner = from_context(path, setting)
    if inner is None or setting.dockerignore.leaves_out(inner):
        return ()
    return [taken for copy in setting.copies if (taken := take(copy, inner)) is not None]


def seen(path: str, setting: Setting) -> str | None:
    """Where the container sees the file itself, by the mount that is nearest; None for nowhere."""
    places = _places(path, setting)
    return places[max(places)] if places else None


def _places(path: str, setting: Setting) -> dict[int, str]:
    """All places where the container sees the file, by the length of what is mounted there."""
    found = {}
    for mount in setting.mounts:
        if mount.source in {"", path} or path.startswith(f"{mount.source}/"):
            rest = path.removeprefix(mount.source).lstrip("/")
            found[len(mount.source)] = posixpath.join(mount.target, rest) if rest else mount.target
    return found


def shows(taken: Taken, path: str, setting: Setting) -> bool:
    """Whether a mount lies over the file's place in the image, and shows the file there."""
    places = _places(path, setting)
    if taken.destination is None:
        return bool(places) and taken.kind is TakenAs.ROOT
    return taken.destination in places.values()
