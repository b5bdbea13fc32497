"""Which files of a project detection wants to see."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_FACT_DEPTH = 3

_SKIPPED_FOLDERS = re.compile(r"(?:^|/)(?:\.[^/]*|node_modules|venv|env|tests?|data|static)/")
REQUIREMENTS = re.compile(
    r"(?:requirements[\w.-]*\.(?:txt|in)|requirements/[\w.-]+\.(?:txt|in)"
    r"|pyproject\.toml|Pipfile|setup\.(?:py|cfg)|package\.json|Gemfile|go\.mod|composer\.json)"
)
SETTINGS = re.compile(r"(?:[^/]+/){0,2}settings\.py|(?:[^/]+/){1,2}settings/[^/]+\.py")
_NAMES = {
    *("start", "Procfile", "app.py", "wsgi.py", "main.py", "alembic.ini"),
    *(
        "config/database.php",
        "poetry.lock",
        "uv.lock",
        "Pipfile.lock",
        ".python-version",
        ".flaskenv",
    ),
    *("src/index.js", "src/server.js", "app.js"),
    *("package-lock.json", "yarn.lock", "pnpm-lock.yaml", ".nvmrc", "server.js", "index.js"),
    *("knexfile.js", "knexfile.ts", ".sequelizerc", "ormconfig.json", "prisma/schema.prisma"),
    *("prisma/migrations/migration_lock.toml", "bin/rails", "artisan", "bin/console"),
    *("config/packages/doctrine_migrations.yaml", "config/database.yml"),
}
_PLACES = re.compile(
    r"""
      (?:[^/]+/){0,2}manage\.py
    | (?:app|src|api|backend)/(?:main|app|asgi|wsgi|__init__)\.py
    | (?:[^/]+/){1,2}env\.py
    | (?:[^/]+/){0,2}[\w.-]*entry-?point(?:\.\w+)?
    | (?:(?:bin|docker|scripts?)/)?[\w.-]+\.sh
    """,
    re.VERBOSE,
)
_MIGRATIONS = re.compile(
    r"db/(?:migrate|migrations)/[^/]+\.\w+|database/migrations/[^/]+\.php|migrations/[^/]+\.[jt]s"
    r"|migrations/Version[^/]+\.php|(?:src/)?migrations?/[^/]+\.[jt]s"
)
"""One of such a folder's files says all that detection asks: that there are some."""


def is_fact(path: str) -> bool:
    """Whether detection wants a file.

    Args:
        path: Relative to the project's folder, with ``/``.
    """
    if path in _NAMES or REQUIREMENTS.fullmatch(path):
        return True
    wanted = any(each.fullmatch(path) for each in (SETTINGS, _PLACES, _MIGRATIONS))
    return wanted and not is_skipped(path)


def is_skipped(path: str) -> bool:
    """Whether a file lies in a folder that detection does not look into."""
    return bool(_SKIPPED_FOLDERS.search(path))


def choose(paths: Iterable[str]) -> tuple[str, ...]:
    """The files that detection wants, with one alone of a folder of migrations.

    Args:
        paths: Of all files, relative to the project's folder.
    """
    chosen: dict[str, None] = {}
    seen: set[str] = set()
    for path in sorted(paths):
        if path.count("/") >= MAX_FACT_DEPTH or not is_fact(path):
            continue
        folder = posixpath.dirname(path)
        is_one_of_many = bool(_MIGRATIONS.fullmatch(path))
        if not (is_one_of_many and folder in seen):
            chosen[path] = None
        if is_one_of_many:
            seen.add(folder)
    return tuple(chosen)
