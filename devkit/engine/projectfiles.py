"""Keeps the files that devkit makes in a project's folder up to date."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.compose.document import compose_inputs, render_compose
from devkit.compose.generated import Action, Decision, decide, is_untouched
from devkit.compose.variables import local_variables, storage_folder
from devkit.engine.compose_inputs import COMPOSE_FILE, COMPOSE_NAMES, check_compose_inputs
from devkit.engine.local_files import FOLDER, make_own_folder
from devkit.engine.reading import read_bounded
from devkit.engine.secrets_file import (
    DOCKERIGNORE,
    SECRETS_FILE,
    create_secrets,
    keep_out_of_image,
    secrets_warnings,
)
from devkit.engine.writing import create_folder, replace_file
from devkit.errors import ConfigurationError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from devkit.project import Project

DATA_FOLDER = "data"
EDITED_COPY = "docker-compose.edited.yml"


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """What was done.

    Attributes:
        compose_file: The file that Compose reads.
        adopted: Whether a person wrote it by hand, so that devkit leaves it alone.
        written: What was made or written anew, from the project's folder.
        warnings: A sentence each.
    """

    compose_file: Path
    adopted: bool
    written: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def refresh(
    project: Project,
    *,
    is_ignored: Callable[[str], bool],
    overwrite_compose: bool = False,
    is_started: bool = True,
) -> Refreshed:
    """Make what is missing, and write docker-compose.yml anew where its inputs have changed.

    Args:
        project: The project.
        is_ignored: Whether git ignores a path, given from the project's folder.
        overwrite_compose: Replace a generated file that somebody edited; a copy is kept.
        is_started: Whether it is about to be started: a person's own compose file gets what it
            speaks of then, and not before.

    Raises:
        RefusedError: Somebody edited the generated file and its inputs have changed.
        ConfigurationError: A file that Compose reads cannot be read.
        CouldNotFindOutError: A file cannot be written.
    """
    check_compose_inputs(project.root)
    compose = _look(project)
    _refuse(compose, overwrite_compose=overwrite_compose)
    is_left_alone = compose.action is Action.FOREIGN and not is_started
    written = [] if is_left_alone else _make_companions(project, compose)
    if compose.is_to_be_written(overwrite=overwrite_compose):
        _keep_copy(project.root, compose)
        replace_file(compose.path, render_compose(project), root=project.root)
        written.append(compose.path.name)
    return Refreshed(
        compose_file=compose.path,
        adopted=compose.action is Action.FOREIGN,
        written=tuple(written),
        warnings=(
            *_compose_warnings(compose, overwritten=compose.path.name in written),
            *_companion_warnings(project, compose, is_ignored),
        ),
    )


def find_compose_file(root: Path) -> Path:
    """The file that Compose would read; docker-compose.yml where there is none yet."""
    found = (root / name for name in COMPOSE_NAMES if os.path.lexists(root / name))
    return next(found, root / COMPOSE_FILE)


def has_compose_file(root: Path) -> bool:
    """Whether there is a file that Compose would read, whoever wrote it."""
    return os.path.lexists(find_compose_file(root))


@dataclass(frozen=True, kw_only=True)
class _Compose:
    """The compose file as it is."""

    path: Path
    text: str
    action: Action
    diff: str

    def is_to_be_written(self, *, overwrite: bool) -> bool:
        always = {Action.CREATE, Action.REGENERATE}
        if overwrite:
            always |= {Action.EDITED_BUT_CURRENT, Action.REFUSE}
        return self.action in always

    def speaks_of(self, name: str) -> bool:
        """Whether the application is given this file or folder of the project's."""
        return self.action is not Action.FOREIGN or name in self.text


def _look(project: Project) -> _Compose:
    path = find_compose_file(project.root)
    text = _read(path, project.root)
    # Rendering would import jinja2, 60 ms that an unchanged project need not wait for.
    if text is not None and is_untouched(text, inputs=compose_inputs(project)):
        decision = Decision(action=Action.CURRENT)
    else:
        decision = decide(text, render_compose(project))
    return _Compose(path=path, text=text or "", action=decision.action, diff=decision.diff)


def _read(path: Path, root: Path) -> str | None:
    try:
        return read_bounded(path, root=root).decode(errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise ConfigurationError(
            f"{path.name} in {path.parent} cannot be read: {problem}."
        ) from None


def _refuse(compose: _Compose, *, overwrite_compose: bool) -> None:
    name = compose.path.name
    if compose.action is Action.FOREIGN and overwrite_compose:
        raise RefusedError(
            f"{name} in {compose.path.parent} was written by hand, and devkit does not replace it.",
            hint=f"Move it away first: mv {name} {name}.old",
        )
    if compose.action is Action.REFUSE and not overwrite_compose:
        raise RefusedError(
            f"{name} has been edited, and what it is made from has changed since:"
            " devkit would lose one or the other.",
            hint="Move the edit to docker-compose.override.yml and run devkit init"
            " --overwrite-compose; or delete the checksum line to keep the file as your own.",
            details=tuple(compose.diff.splitlines()),
        )


def _make_companions(project: Project, compose: _Compose) -> list[str]:
    root = project.root
    written = []
    make_own_folder(root)
    if compose.speaks_of(SECRETS_FILE) and create_secrets(root):
        written.append(SECRETS_FILE)
    # A person's own project is left as it is, unless the secrets in it are of our making.
    is_ours = compose.action is not Action.FOREIGN or SECRETS_FILE in written
    if is_ours and compose.speaks_of(SECRETS_FILE) and keep_out_of_image(root):
        written.append(DOCKERIGNORE)
    # Docker would make them as well, but as root.
    if compose.action is not Action.FOREIGN:
        written += _make_mount_points(project)
    wants_data = bool(project.storages) and compose.speaks_of(f"./{DATA_FOLDER}")
    if wants_data and create_folder(root / DATA_FOLDER, root=root):
        written.append(f"{DATA_FOLDER}/")
    if wants_data and compose.action is not Action.FOREIGN:
        for storage in project.storages:
            create_folder(root / DATA_FOLDER / storage_folder(storage), root=root)
    return written


def _make_mount_points(project: Project) -> list[str]:
    """The folders below the mount that the image's own packages are put over."""
    inside = f"{project.web.mount}/"
    names = [f.removeprefix(inside) for f in project.web.keep if f.startswith(inside)]
    plain = [name for name in names if "/" not in name]
    return [f"{n}/" for n in plain if create_folder(project.root / n, root=project.root)]


def _keep_copy(root: Path, compose: _Compose) -> None:
    """Keep what a person asked to overwrite; they may have asked too soon."""
    if compose.diff:
        # It may hold what the person kept to themselves.
        copy = root / FOLDER / EDITED_COPY
        replace_file(copy, compose.text, root=root, mode=0o600)


def _compose_warnings(compose: _Compose, *, overwritten: bool) -> tuple[str, ...]:
    name = compose.path.name
    warnings = []
    if compose.action is Action.EDITED_BUT_CURRENT and not overwritten:
        warnings.append(
            f"{name} has been edited and is used as it is; devkit will refuse to go on once"
            " devkit.yaml changes. Additions are safe in docker-compose.override.yml."
        )
    if compose.diff and overwritten:
        warnings.append(f"The edited {name} is kept as {FOLDER}/{EDITED_COPY}.")
    unread = [n for n in COMPOSE_NAMES if n != name and (compose.path.parent / n).exists()]
    warnings += [f"{other} is not used, because Compose reads {name} first." for other in unread]
    return tuple(warnings)


def _companion_warnings(
    project: Project, compose: _Compose, is_ignored: Callable[[str], bool]
) -> tuple[str, ...]:
    if not compose.speaks_of(SECRETS_FILE):
        return ()
    is_ours = compose.action is not Action.FOREIGN
    return secrets_warnings(
        project.root,
        overridden_by=local_variables(project) if is_ours else (),
        is_ignored=is_ignored,
    )
