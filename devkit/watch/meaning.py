"""What one changed file means: the first rule that has something to say counts."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from devkit.dockerfile.intake import TakenAs
from devkit.dockerfile.programs import installs
from devkit.watch.ignoring import matches
from devkit.watch.names import (
    is_an_editors,
    is_manifest,
    is_migration,
    is_never_watched,
    is_run_by_nobody,
    is_unwatched,
)
from devkit.watch.places import from_context, seen, shows, taken_in
from devkit.watch.reloading import takes_up

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devkit.dockerfile.intake import Taken
    from devkit.watch.setting import Setting

SHOWN = 60
_SEEN_BY_BROWSERS = re.compile(
    r"\.(?:css|s[ac]ss|less|md|rst|svg|png|jpe?g|gif|webp|ico|woff2?|map)$", re.IGNORECASE
)
"""What no worker runs: one is not to be ended in its work for it."""
_DECIDING = (".gitignore", ".dockerignore", "Dockerfile")


class Action(IntEnum):
    """What is to be done, the greater the more of it."""

    IGNORED = 0
    """It does not concern what runs."""
    NOTHING = 1
    """It is visible at once."""
    MIGRATE = 2
    """It is visible at once, and the release commands are to run: with ``--migrate`` alone."""
    SYNC = 3
    """It is copied into the container."""
    RESTART = 4
    """Containers of the image are restarted, after it is copied in where it is not mounted."""
    REBUILD = 5
    """The image is built, and the containers are replaced once a new one answers."""
    REGENERATE = 6
    """The configuration is read anew, and what changed is recreated."""


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What a changed file means.

    Attributes:
        path: The file, from the project's folder.
        action: What is to be done.
        reason: Why, as the end of a sentence that begins with the file.
        into: Where the file has to be copied to in the container; None where it need not be.
        migration: Whether it is a migration that the release commands would run.
        services: Those that a restart is for; empty for all that run the image.
    """

    path: str
    action: Action
    reason: str
    into: str | None = None
    migration: bool = False
    services: tuple[str, ...] = ()


def meaning(path: str, setting: Setting) -> Meaning:
    """What a file that was made, changed, renamed or removed means.

    Args:
        path: From the project's folder, with slashes.
        setting: The project.
    """
    found = (
        _never(path)
        or _by_rule(path, setting)
        or _configuration(path, setting)
        or _nobodys(path, setting)
        or _built(path, setting)
        or _code(path, setting)
    )
    waits = setting.has_release and found.action > Action.IGNORED and is_migration(path)
    return replace(found, migration=True) if waits else found


def decides_meanings(paths: Iterable[str], setting: Setting) -> bool:
    """Whether what files mean may be something else since these were changed.

    Args:
        paths: From the project's folder.
        setting: As it was before.
    """
    own = {setting.dockerfile, *setting.judged_by} - {""}
    return any(path in own or path.endswith(_DECIDING) for path in paths)


def _says(path: str, action: Action, reason: str, into: str | None = None) -> Meaning:
    return Meaning(path=path, action=action, reason=reason, into=into)


def _never(path: str) -> Meaning | None:
    if is_never_watched(path):
        return _says(path, Action.IGNORED, "is git's or devkit's own, and never watched")
    return None


def _by_rule(path: str, setting: Setting) -> Meaning | None:
    rules = setting.rules
    for name, patterns, action in (
        ("ignore", rules.ignore, Action.IGNORED),
        ("rebuild", rules.rebuild, Action.REBUILD),
        ("restart", rules.restart, Action.RESTART),
        ("sync", rules.sync, Action.SYNC),
    ):
        pattern = matches(patterns, path)
        if pattern is not None:
            reason = f"matches `{pattern}` of watch.{name} in devkit.yaml"
            return _ruled(path, action, reason, setting)
    return None


def _ruled(path: str, action: Action, reason: str, setting: Setting) -> Meaning:
    if action not in {Action.SYNC, Action.RESTART}:
        return _says(path, action, reason)
    hidden = [each for each in taken_in(path, setting)
              if each.copy.final and not shows(each, path, setting)]  # fmt: skip
    into = next((each.destination for each in hidden if each.destination), None)
    if into is not None:
        return _says(path, action, f"{reason}; it is copied to {into}", into)
    if not seen(path, setting):
        return _says(path, Action.REBUILD, f"{reason}, but nothing tells where it is in the image")
    if action is Action.SYNC:
        return _says(path, Action.NOTHING, f"{reason}; it is mounted, and so visible at once")
    return _says(path, action, reason)


def _configuration(path: str, setting: Setting) -> Meaning | None:
    if path in setting.configuration:
        return _says(path, Action.REGENERATE, "decides what runs, and how")
    ignoring = {posixpath.join(setting.context or "", ".dockerignore")}
    if setting.dockerfile and path == setting.dockerfile:
        return _says(path, Action.REBUILD, "is what the image is built by")
    if setting.dockerfile and path in ignoring | {f"{setting.dockerfile}.dockerignore"}:
        return _says(path, Action.REBUILD, "decides what the build gets")
    return None


def _nobodys(path: str, setting: Setting) -> Meaning | None:
    reason = ""
    if any(path == each or path.startswith(f"{each}/") for each in setting.data):
        reason = "is data, not code"
    elif is_an_editors(path) or is_unwatched(path):
        reason = "is a tool's own"
    elif _is_ignored_by_git(path, setting):
        reason = "is ignored by git"
    elif is_run_by_nobody(path):
        reason = "is read by nothing that runs"
    return _says(path, Action.IGNORED, reason) if reason else None


def _is_ignored_by_git(path: str, setting: Setting) -> bool:
    if path in setting.tracked:
        return False
    return setting.gitignore.leaves_out(posixpath.join(setting.prefix, path))


def _built(path: str, setting: Setting) -> Meaning | None:
    """Whether the image has something of the file that no mount shows."""
    for taken in taken_in(path, setting):
        step = _step_on(taken, path)
        where = f"line {taken.copy.line} of {setting.dockerfile} (`{_short(taken.copy.text)}`)"
        hidden = taken.copy.final and not shows(taken, path, setting)
        if step is not None and (installs(step) or not hidden):
            return _says(path, Action.REBUILD, f"is copied by {where} before `{_short(step)}`")
        if hidden:
            return _unmounted(path, taken, where)
        if not taken.copy.final and _is_built_from(taken, path, setting):
            return _says(path, Action.REBUILD, f"is copied by {where}, and built from")
    return None


def _unmounted(path: str, taken: Taken, where: str) -> Meaning:
    to = f" to {taken.destination}" if taken.destination else ""
    return _says(path, Action.REBUILD, f"is copied{to} by {where}, and not mounted")


def _is_built_from(taken: Taken, path: str, setting: Setting) -> bool:
    """Whether the image has what a stage before its last made of the file.

    Where such a stage takes all there is, and the container sees the file, it may be code that is
    run as it is.
    """
    return taken.kind is not TakenAs.ROOT or seen(path, setting) is None


def _step_on(taken: Taken, path: str) -> str | None:
    """The RUN that made something of the file, as far as can be told.

    A file that is copied by itself before a RUN is copied for that RUN. A folder may be code, and
    so may be the whole context: they count where an installer reads the file.
    """
    for script in taken.copy.runs or (taken.copy.text,) * (taken.destination is None):
        if taken.kind is TakenAs.FILE:
            return script
        named = posixpath.basename(path) in script
        if installs(script) and (named or is_manifest(path)):
            return script
    return None


def _code(path: str, setting: Setting) -> Meaning:
    mount = seen(path, setting)
    context = from_context(path, setting)
    if context is not None and setting.dockerignore.leaves_out(context):
        return _says(path, Action.IGNORED, "is kept out of the image by .dockerignore")
    if mount is None:
        return _says(path, Action.IGNORED, "gets neither into the image nor into the container")
    return _mounted(path, mount, setting)


def _mounted(path: str, mount: str, setting: Setting) -> Meaning:
    reason = f"is visible at {mount} at once"
    if path in setting.judged_by or (setting.reloader and not takes_up(setting.reloader, mount)):
        return _says(path, Action.RESTART, f"{reason}, and decides what the server does")
    if not setting.reloader:
        return _says(path, Action.RESTART, f"{reason}, and the server does not reload by itself")
    reason = f"{reason}, and {setting.reloader} takes it up"
    if not setting.others or _SEEN_BY_BROWSERS.search(path):
        return _says(path, Action.NOTHING, reason)
    do = "does" if len(setting.others) == 1 else "do"
    reason = f"{reason}, but {', '.join(setting.others)} {do} not reload"
    return replace(_says(path, Action.RESTART, reason), services=setting.others)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"
