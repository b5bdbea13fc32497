"""The files that docker compose reads by itself, looked at before it does."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from devkit.engine.reading import read_bounded
from devkit.engine.secrets_file import DOCKERIGNORE, OWN_DOCKERIGNORE, SECRETS_FILE
from devkit.engine.writing import inside
from devkit.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

COMPOSE_FILE = "docker-compose.yml"
# In the order in which Compose itself looks for them.
COMPOSE_NAMES = ("compose.yaml", "compose.yml", COMPOSE_FILE, "docker-compose.yaml")
OVERRIDES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)
"""In Compose's own order (compose-go, cli.DefaultOverrideFileNames); it takes the first."""
DOTENV = ".env"

_ENTRY = re.compile(
    r"""[^=:\n]*[=:][ \t]*
        (?: "(?P<double>(?:\\.|[^"\\])*)"[^\n]*
          | '(?:\\.|[^'\\])*'[^\n]*
          | (?P<plain>[^"'\s][^\n]*)? )
        (?:\n|\Z)""",
    re.VERBOSE | re.DOTALL,
)
_VARIABLE = re.compile(r"\$\{[A-Za-z_]\w*(?::?[-+][^${}]*)?\}")


def check_compose_inputs(root: Path) -> None:
    """Make sure that Compose neither hangs on a file, nor reads outside, nor quotes a secret.

    Args:
        root: The project's folder.

    Raises:
        RefusedError: A file is a link out of the project.
        ConfigurationError: A file is no ordinary one, or so large that nobody wrote it; or
            .env-local has a line that Compose would quote in an error.
    """
    ignoring = (DOCKERIGNORE, OWN_DOCKERIGNORE)
    for name in (*COMPOSE_NAMES, *OVERRIDES, DOTENV, *ignoring, SECRETS_FILE):
        if os.path.lexists(root / name):
            text = _text(root, name)
            if name == SECRETS_FILE:
                _check_secrets(text)


def _text(root: Path, name: str) -> str:
    inside(root / name, root)
    try:
        return read_bounded(root / name, root=root).decode(errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        problem = error.strerror or str(error)
        raise ConfigurationError(
            f"{name} in {root} cannot be read: {problem[0].lower()}{problem[1:]}."
        ) from None


def _check_secrets(text: str) -> None:
    place = 0
    while place < len(text):
        end = text.find("\n", place)
        line = text[place:] if end < 0 else text[place:end]
        entry = _ENTRY.match(text, place)
        if not line.strip() or line.lstrip().startswith("#") or not re.search("[=:]", line):
            place += len(line) + 1
        elif entry is None:
            _refuse(text, place, "a quote is opened and not closed")
        else:
            value = entry["double"] or entry["plain"] or ""
            if "${" in _VARIABLE.sub("", value):
                _refuse(text, place, "`${` begins a variable that Compose cannot put in")
            place = entry.end()


def _refuse(text: str, place: int, problem: str) -> None:
    line = text.count("\n", 0, place) + 1
    raise ConfigurationError(
        f"{SECRETS_FILE}:{line}: {problem}.",
        hint="Put the value in single quotes, which keep everything as it is.",
    )
