"""What to do about the pre-push hook: observed state in, a plan as data out.

devkit.engine.hookfiles observes, and carries the plan out.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from devkit.errors import RefusedError
from devkit.hooks.prepush import FORMER_NAME

if TYPE_CHECKING:
    from pathlib import Path

HOOK_NAME = "pre-push"
ASIDE_NAME = "pre-push.set-aside-by-devkit"
MARKER = "# Installed by devkit"

_PLACEHOLDER = re.compile(r"@(EXECUTABLE|PROJECT)@")
_PROJECT_LINE = re.compile(r"^project=", re.MULTILINE)


class FormerHook(Enum):
    """The hook that was there before devkit's."""

    NONE = "none"
    RUNS = "runs before devkit's"
    IGNORED = "is not executable, so git would have ignored it, and so does devkit"


class HookStatus(Enum):
    """How things stand for one project."""

    NOT_INSTALLED = "not installed"
    INSTALLED = "installed"
    INSTALLED_WITH_CHAIN = "installed, running the former hook first"
    FOREIGN = "not installed: the hook there is somebody else's"
    OUTDATED = "installed by another devkit, or no longer executable: install it again"


class Scope(Enum):
    """Whose hooks a folder holds."""

    REPOSITORY = "this repository's"
    SHARED = "every repository's of this person or machine"


@dataclass(frozen=True, kw_only=True)
class ObservedHooks:
    """What is in a hooks folder.

    Attributes:
        folder: The folder; need not exist.
        hook: The text of the pre-push hook; None where there is none.
        is_executable: Whether git would run that hook.
        former: The hook that was there before devkit's.
        scope: Whose hooks these are.
    """

    folder: Path
    hook: str | None = None
    is_executable: bool = True
    former: FormerHook = FormerHook.NONE
    scope: Scope = Scope.REPOSITORY


@dataclass(frozen=True, kw_only=True)
class WantedHook:
    """The hook that ``devkit hook install`` writes.

    Attributes:
        project: The project's folder from the top level, with ``/``; ``.`` for the top level.
        text: The script.
    """

    project: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Move:
    """Rename a file, over the target where there is one."""

    source: Path
    target: Path
    cause: str


@dataclass(frozen=True, kw_only=True)
class Write:
    """Write an executable file, over the one that is there."""

    path: Path
    text: str
    cause: str


@dataclass(frozen=True, kw_only=True)
class Remove:
    """Remove a file."""

    path: Path
    cause: str


Operation = Move | Write | Remove


def wanted_hook(template: str, *, executable: str, project: str) -> WantedHook:
    """Fill the hook's template in, whatever characters the names have.

    Args:
        template: The text of ``templates/pre-push.sh``.
        executable: Absolute path of the devkit that installs.
        project: The project's folder from the top level, with ``/``; ``.`` for the top level.
    """
    values = {"EXECUTABLE": shlex.quote(executable), "PROJECT": shlex.quote(project)}
    text = _PLACEHOLDER.sub(lambda found: values[found[1]], template)
    return WantedHook(project=project, text=text)


def hook_status(observed: ObservedHooks, wanted: WantedHook) -> HookStatus:
    """Say how things stand; a hook of another project's devkit counts as somebody else's."""
    if observed.hook is None:
        return HookStatus.NOT_INSTALLED
    if hook_project(observed) != wanted.project:
        return HookStatus.FOREIGN
    if observed.hook != wanted.text or not observed.is_executable:
        return HookStatus.OUTDATED
    if observed.former is FormerHook.RUNS:
        return HookStatus.INSTALLED_WITH_CHAIN
    return HookStatus.INSTALLED


def hook_project(observed: ObservedHooks) -> str | None:
    """The project that an installed devkit hook is for; None where the hook is not devkit's."""
    if observed.hook is None or MARKER not in observed.hook:
        return None
    line = _PROJECT_LINE.search(observed.hook)
    if line is None:
        return None
    words = shlex.shlex(observed.hook[line.end() :], posix=True)
    words.whitespace_split = True
    words.commenters = ""
    try:
        return words.get_token()
    except ValueError:  # a quote that does not end: somebody edited it
        return None


def plan_install(observed: ObservedHooks, wanted: WantedHook) -> tuple[Operation, ...]:
    """Decide what makes the hook be there, and a hook of somebody else run first.

    Returns:
        The operations, in order; none where it is there already.

    Raises:
        RefusedError: The hook is another project's, or there are two former hooks, or the folder
            is not this repository's own.
    """
    _refuse_shared(observed)
    _refuse_other_project(observed, wanted)
    status = hook_status(observed, wanted)
    hook = observed.folder / HOOK_NAME
    if status in {HookStatus.INSTALLED, HookStatus.INSTALLED_WITH_CHAIN}:
        return ()
    if status is HookStatus.FOREIGN:
        return (
            _make_way(observed),
            Write(path=hook, text=wanted.text, cause="it runs the former hook first"),
        )
    if status is HookStatus.OUTDATED:
        return (
            *_set_aside(observed, wanted),
            Write(path=hook, text=wanted.text, cause="the one there is outdated"),
        )
    return (Write(path=hook, text=wanted.text, cause=_cause_of_new(observed)),)


def plan_uninstall(observed: ObservedHooks, wanted: WantedHook) -> tuple[Operation, ...]:
    """Decide what takes the hook out, and gives the former one back.

    Returns:
        The operations; none where the hook is not there, or is somebody else's.

    Raises:
        RefusedError: The hook is another project's.
    """
    _refuse_other_project(observed, wanted)
    if hook_status(observed, wanted) in {HookStatus.NOT_INSTALLED, HookStatus.FOREIGN}:
        return ()
    hook, former = observed.folder / HOOK_NAME, observed.folder / FORMER_NAME
    aside = _set_aside(observed, wanted)
    if observed.former is not FormerHook.NONE:
        return (*aside, Move(source=former, target=hook, cause="it was there before devkit's"))
    return aside or (Remove(path=hook, cause="it is devkit's"),)


def _set_aside(observed: ObservedHooks, wanted: WantedHook) -> tuple[Operation, ...]:
    """Keep a copy of a hook of devkit's that is not as devkit would write it: somebody may have."""
    if observed.hook == wanted.text:
        return ()
    hook, aside = observed.folder / HOOK_NAME, observed.folder / ASIDE_NAME
    return (Move(source=hook, target=aside, cause="it may have been edited"),)


def _make_way(observed: ObservedHooks) -> Move:
    hook, former = observed.folder / HOOK_NAME, observed.folder / FORMER_NAME
    if observed.former is not FormerHook.NONE:
        raise RefusedError(
            f"There are two former hooks, {hook} and {former}, and devkit can keep one.",
            hint="Make one of the two, or remove one, and run again.",
        )
    return Move(source=hook, target=former, cause="it is somebody else's, and is kept")


def _cause_of_new(observed: ObservedHooks) -> str:
    if observed.former is FormerHook.RUNS:
        return f"there is none yet; {FORMER_NAME} is there, and runs first"
    return "there is none yet"


def _refuse_shared(observed: ObservedHooks) -> None:
    if observed.scope is Scope.SHARED:
        raise RefusedError(
            f"core.hooksPath leads to {observed.folder}, whose hooks run in every repository.",
            hint='For this one alone: git config core.hooksPath "$(git rev-parse --git-common-dir)'
            '/hooks" - or let the pre-push hook there run `devkit hook run "$@"`.',
        )


def _refuse_other_project(observed: ObservedHooks, wanted: WantedHook) -> None:
    project = hook_project(observed)
    if project is not None and project != wanted.project:
        raise RefusedError(
            f"The pre-push hook in {observed.folder} is devkit's for another project of this"
            f" repository, {project!r}.",
            hint=f"devkit --project {shlex.quote(project)} hook uninstall",
        )
