""".env-local: the secrets of local work. Names may be told, values never."""

from __future__ import annotations

import os
import re
import secrets
from typing import TYPE_CHECKING

from devkit.config.sources import read_dockerfile
from devkit.dockerfile.context import is_copied, is_ignored
from devkit.engine.reading import read_bounded
from devkit.engine.writing import create_file, replace_file
from devkit.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

SECRETS_FILE = ".env-local"
DOCKERIGNORE = ".dockerignore"
GITIGNORE = ".gitignore"
OWN_DOCKERIGNORE = "Dockerfile.dockerignore"
"""The one that BuildKit takes in place of the other, where it is there."""

_TEXT = """\
# Secrets for local work. devkit made this file once and does not touch it again.
# It is yours to edit, one NAME=value a line. Keep it out of git.
SECRET_KEY={secret_key}
"""
_NAME = re.compile(r"(?m)^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=")
_OTHERS = 0o077


def create_secrets(root: Path) -> bool:
    """Make the file where there is none, and say whether it was made."""
    text = _TEXT.format(secret_key=secrets.token_urlsafe(48))
    return create_file(root / SECRETS_FILE, text, root=root, mode=0o600)


def keep_out_of_image(root: Path) -> bool:
    """Make a .dockerignore where the image would get the file and there is none.

    Returns:
        Whether it was made.

    Raises:
        RefusedError: There is one, and it lets the file into the image.
    """
    if not is_copied(read_dockerfile(root), SECRETS_FILE):
        return False
    name = OWN_DOCKERIGNORE if os.path.lexists(root / OWN_DOCKERIGNORE) else DOCKERIGNORE
    if create_file(root / name, f"{SECRETS_FILE}\n.devkit\n", root=root):
        return True
    text = read_bounded(root / name, root=root).decode(errors="replace")
    if not is_ignored(text, SECRETS_FILE):
        raise RefusedError(
            f"The Dockerfile copies {SECRETS_FILE}, which holds secrets, into the image.",
            hint=f"Add the line {SECRETS_FILE} to {name} in {root}.",
        )
    return False


def keep_out_of_git(root: Path) -> None:
    """Add the file to .gitignore, which is made where there is none; all else in it stays.

    Raises:
        RefusedError: It is a link that leads out of the project, or no ordinary file.
        CouldNotFindOutError: It cannot be written.
    """
    line = f"/{SECRETS_FILE}\n"
    if create_file(root / GITIGNORE, line, root=root):
        return
    try:
        text = read_bounded(root / GITIGNORE, root=root).decode()
    except (OSError, ValueError) as error:
        raise RefusedError(
            f"{GITIGNORE} in {root} cannot be read as text: {error}.",
            hint=f"Add the line {SECRETS_FILE} to it.",
        ) from None
    end = "" if not text or text.endswith("\n") else "\n"
    replace_file(root / GITIGNORE, f"{text}{end}{line}", root=root)


def secrets_warnings(
    root: Path, *, overridden_by: Iterable[str], is_ignored: Callable[[str], bool]
) -> tuple[str, ...]:
    """What is dangerous or without effect about the file.

    Args:
        root: The project's folder.
        overridden_by: The names that docker-compose.yml itself sets.
        is_ignored: Whether git ignores a path, given from ``root``.
    """
    path = root / SECRETS_FILE
    warnings = []
    if not is_ignored(SECRETS_FILE):
        warnings.append(
            f"git does not ignore {SECRETS_FILE}, which holds secrets: `devkit init --gitignore`"
            f" adds it to {GITIGNORE}."
        )
    try:
        mode, text = path.stat().st_mode, path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        return (*warnings, f"{SECRETS_FILE} cannot be read: {problem}.")
    if mode & _OTHERS:
        warnings.append(
            f"Other users of this machine can read {SECRETS_FILE}: chmod 600 {SECRETS_FILE}"
        )
    without_effect = sorted(set(_NAME.findall(text)) & set(overridden_by))
    if without_effect:
        has, it = ("has", "it") if len(without_effect) == 1 else ("have", "them")
        warnings.append(
            f"{' and '.join(without_effect)} in {SECRETS_FILE} {has} no effect, because"
            f" docker-compose.yml sets {it}; put {it} into environments.local.env of devkit.yaml."
        )
    return tuple(warnings)
