"""What a type alone cannot say about a value in devkit.yaml, with the words for it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Both a Compose project name and a component of an image name.
NAME_PATTERN = r"^[a-z0-9]+(?:(?:_{1,2}|-+)[a-z0-9]+)*$"
MOUNT_PATTERN = r"^(?:/[A-Za-z0-9_][^/:]*)+/?$"
MEMORY_PATTERN = r"^[0-9]+(?:\.[0-9]+)?[bkmgBKMG]?[bB]?$"
ENV_NAME_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*$"
COMPOSE_SERVICE_PATTERN = r"^[a-zA-Z0-9._-]+$"
# Elasticsearch, for one, takes its settings as variables with dots.
SERVICE_ENV_NAME_PATTERN = r"^[A-Za-z_][A-Za-z0-9_.-]*$"
SERVICE_PATTERN = r"^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$"
WORKER_PATTERN = r"^[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*$"
IMAGE_PATTERN = r"^[a-z0-9][\w./:@-]*$"

CUSTOM_ERROR = "devkit"
SMALLEST_MEMORY = 6 * 1024**2
_UNITS = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_SHELL_WORDS = {"&&", "||", "|", ";", "&", ">", ">>", "<", "2>&1"}


def problem(text: str, *, hint: str = "", key: str = "") -> PydanticCustomError:
    """An error that goes on after the key's name: ```` `web.command` ```` + ``text``.

    Args:
        text: The rest of the sentence, without its full stop.
        hint: The way out.
        key: The key inside the value that was checked, where it is not the value itself.
    """
    return PydanticCustomError(CUSTOM_ERROR, "{text}", {"text": text, "hint": hint, "key": key})


def check_command(command: str) -> str:
    """Refuse what only a shell would understand: Compose splits into words and no more."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise problem(f"cannot be split into words: {str(error).lower()}") from None
    if not words:
        raise problem("is empty")
    operator = next((word for word in _as_written(command) if word in _SHELL_WORDS), None)
    if operator is not None:
        raise problem(
            f"has the shell's `{operator}`, but commands run without a shell",
            hint=f"Write it as: sh -c {shlex.quote(command)}",
        )
    return command


def check_pattern(pattern: str) -> str:
    """Refuse what is no pattern of .gitignore's kind, or no single one."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - for those who have such a section

    if pattern.strip().startswith(("!", "#")):
        raise problem("begins with `!` or `#`, and is to be a pattern", hint="Leave it out.")
    try:
        GitIgnoreSpec.from_lines([pattern])
    except ValueError:
        raise problem(
            "is no pattern of .gitignore's kind", hint="For example `static/` or `*.md`."
        ) from None
    return pattern


def _as_written(command: str) -> list[str]:
    """The words with their quotes: ``grep '|'`` has no operator."""
    try:
        return shlex.split(command, posix=False)
    except ValueError:  # an escaped quote, which this mode does not know
        return shlex.split(command)


def check_memory(memory: str) -> str:
    """Refuse less than the engine's own minimum."""
    digits = memory.lower().rstrip("bkmg")
    unit = memory.lower()[len(digits) :][:1]
    if float(digits) * _UNITS[unit] < SMALLEST_MEMORY:
        raise problem(f"is {memory}, but Docker gives no container less than 6m")
    return memory


def check_workers(workers: Mapping[str, object]) -> Mapping[str, object]:
    """Refuse a worker of which nobody says what it runs."""
    for key, value in workers.items():
        if not isinstance(value, str) and getattr(value, "command", None) is None:
            raise problem("has no `command`", key=key)
    return workers
