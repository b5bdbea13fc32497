"""What a project needs, told from a few of its files; pure, and with a reason for each finding."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.config.defaults import DEFAULT_PORT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devkit.dockerfile import Dockerfile

DATABASE_IMAGE = "postgres:15-bookworm"
MAX_FACT_DEPTH = 3

_SKIPPED_FOLDERS = re.compile(r"(?:^|/)(?:\.[^/]*|node_modules|venv|env|tests?|data|static)/")
_REQUIREMENTS = re.compile(
    r"(?:requirements[\w.-]*\.(?:txt|in)|requirements/[\w.-]+\.(?:txt|in)"
    r"|pyproject\.toml|Pipfile|setup\.(?:py|cfg)|package\.json|Gemfile|go\.mod|composer\.json)"
)
_SETTINGS = re.compile(r"(?:[^/]+/){0,2}settings\.py|(?:[^/]+/){1,2}settings/[^/]+\.py")
_SCRIPTS = ("start", "manage.py")

_COMMENT = re.compile(r"(?m)(?:^|\s)#.*$")
_DATABASE_PACKAGE = re.compile(
    r"(?<![\w-])(?:psycopg(?:2|2-binary|2cffi|-binary|-c)?|asyncpg|pg8000|dj-database-url"
    r"|aldryn-django|pg|pg-promise|lib/pq|jackc/pgx(?:/v\d)?|ext-pdo_pgsql)(?![\w-])"
)
_OTHER_DATABASE_PACKAGE = re.compile(
    r"(?i)(?<![\w-])(?:mysqlclient|pymysql|mysql-connector-python|mysql2|pymongo|mongoose)(?![\w-])"
)
_STORAGE_PACKAGE = re.compile(r"(?<![\w-])(?:django-storage-url|aldryn-django)(?![\w-])")
_DJANGO = re.compile(r"(?i)(?<![\w-])(?:aldryn-)?django(?![\w-])")
_DATABASE_VARIABLE = re.compile(r"\b(?:DATABASE_URL|([A-Z][A-Z0-9]*)_DATABASE_DSN)\b")
_START_ON_PATH = re.compile(
    r"(?mi)^[ \t]*(?:CMD[ \t]+(?:\[[ \t]*)?[\"']?start\b|(?:COPY|ADD)\s.*\bstart\s+/\S*bin\b)"
)
_STORAGE_VARIABLE = re.compile(r"\b([A-Z][A-Z0-9]*)_STORAGE_DSN\b")


@dataclass(frozen=True, kw_only=True)
class Detected:
    """What was found.

    Attributes:
        services: As devkit.yaml has them: key and image, or ``file``.
        release: The release commands.
        command: The command for local work.
        reasons: One sentence for each of them: what, and where it was seen.
    """

    services: Mapping[str, str]
    release: tuple[str, ...] = ()
    command: str | None = None
    reasons: tuple[str, ...] = ()

    def as_mapping(self) -> dict[str, Any]:
        """The same as devkit.yaml would say it."""
        web = {"command": self.command} if self.command else {}
        return {"web": web, "services": dict(self.services), "release": list(self.release)}


def is_fact(path: str) -> bool:
    """Whether detection wants the text of a file.

    Args:
        path: Relative to the project's folder, with ``/``.
    """
    if path in _SCRIPTS or _REQUIREMENTS.fullmatch(path):
        return True
    return bool(_SETTINGS.fullmatch(path)) and not is_skipped(path)


def is_skipped(path: str) -> bool:
    """Whether a file lies in a folder that detection does not look into."""
    return bool(_SKIPPED_FOLDERS.search(path))


def detect(facts: Mapping[str, str], *, dockerfile: Dockerfile, dockerfile_text: str) -> Detected:
    """Tell what a project needs.

    Args:
        facts: Path to text of the files that ``is_fact`` wants; others do no harm.
        dockerfile: What the Dockerfile says.
        dockerfile_text: How it says it.
    """
    texts = {path: _COMMENT.sub("", facts[path]) for path in sorted(facts) if is_fact(path)}
    requirements = {p: t for p, t in texts.items() if _REQUIREMENTS.fullmatch(p)}
    settings = {p: t for p, t in texts.items() if _SETTINGS.fullmatch(p)}
    services: dict[str, tuple[str, str]] = {}
    for key, reason in _databases(requirements, settings):
        services.setdefault(key, (DATABASE_IMAGE, f"A PostgreSQL database: {reason}."))
    for key, reason in _storages(requirements, settings):
        services.setdefault(key, ("file", f"File storage: {reason}."))
    is_django = "manage.py" in texts and any(_DJANGO.search(t) for t in requirements.values())
    release = _release(_start_reason(texts, dockerfile_text), is_django=is_django)
    command = _command(dockerfile) if is_django else ()
    return Detected(
        services={key: value for key, (value, _) in services.items()},
        release=release[:1],
        command=command[0] if command else None,
        reasons=(*(reason for _, reason in services.values()), *release[1:], *command[1:]),
    )


def _databases(
    requirements: Mapping[str, str], settings: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    found = list(_packages("database", _DATABASE_PACKAGE, requirements))
    yield from found
    if found or not any(_OTHER_DATABASE_PACKAGE.search(t) for t in requirements.values()):
        yield from _variables("database", _DATABASE_VARIABLE, settings)


def _packages(
    kind: str, pattern: re.Pattern[str], requirements: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for path, text in requirements.items():
        if match := pattern.search(text):
            yield kind, f"{path} names {match[0]}"


def _storages(
    requirements: Mapping[str, str], settings: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    yield from _packages("storage", _STORAGE_PACKAGE, requirements)
    yield from _variables("storage", _STORAGE_VARIABLE, settings)


def _variables(
    kind: str, pattern: re.Pattern[str], settings: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for path, text in settings.items():
        for match in pattern.finditer(text):
            prefix = (match[1] or "DEFAULT").lower()
            key = kind if prefix == "default" else f"{kind}_{prefix}"
            yield key, f"{path} reads {match[0]}"


def _start_reason(texts: Mapping[str, str], dockerfile_text: str) -> str:
    """Where it is seen that the image has a ``start migrate``; empty where it is not seen."""
    if not _START_ON_PATH.search(dockerfile_text):
        return ""
    if "migrate" in texts.get("start", ""):
        return "the script `start` knows it"
    lists = (path for path, text in texts.items() if "MIGRATION_COMMANDS" in text)
    return next((f"{path} lists its commands" for path in lists), "")


def _release(start_reason: str, *, is_django: bool) -> tuple[str, ...]:
    """The release command and the sentence on it; a wrong guess would fail good deployments."""
    if start_reason:
        return "start migrate", f"Release command `start migrate`: {start_reason}."
    if is_django:
        command = "python manage.py migrate --noinput"
        return command, f"Release command `{command}`: it is a Django project."
    return ()


def _command(dockerfile: Dockerfile) -> tuple[str, ...]:
    """Django's own server, which reloads; only where the sources are mounted for it to see."""
    mount = dockerfile.source_folder
    if mount is None or mount != dockerfile.workdir or dockerfile.has_entrypoint:
        return ()
    port = dockerfile.ports[0] if len(dockerfile.ports) == 1 else DEFAULT_PORT
    command = f"python manage.py runserver 0.0.0.0:{port}"
    return command, "Local command `manage.py runserver`: it reloads the code that it serves."
