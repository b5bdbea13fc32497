"""What the name of a file alone tells."""

from __future__ import annotations

import re

NEVER = frozenset({".git", ".devkit"})
"""Folders that are never watched, wherever they are."""
UNWATCHED = NEVER | {"node_modules", "__pycache__", ".venv", "venv", ".tox", ".mypy_cache",
                     ".pytest_cache", ".ruff_cache", ".hg", ".svn"}  # fmt: skip
"""Folders that cost many watches, and hold nothing that a person saves."""

_EDITORS = re.compile(
    r"""(?:^|/)(?:
        \.?[^/]*\.sw[a-z]      # Vim
      | 4913                   # Vim asks whether it may write here
      | [^/]*~
      | \#[^/]*\# | \.\#[^/]*  # Emacs
      | [^/]*___jb_(?:tmp|old)___
      | \.goutputstream-[^/]*
      | \.DS_Store | Thumbs\.db
      | [^/]*\.(?:pyc|pyo)
      | [^/]*\.(?:log|pid|sock)         # what programs write as they run
      | [^/]*\.(?:sqlite3?|db)(?:-journal|-wal|-shm)?
      | celerybeat-schedule[^/]* | dump\.rdb
    )$""",
    re.VERBOSE,
)
_NOBODY_RUNS = re.compile(
    r"""^(?:
        (?:.*/)?\.git(?:ignore|attributes|modules|keep)
      | \.git(?:hub|lab)/.* | \.gitlab-ci\.yml | \.circleci/.*
      | (?:.*/)?\.editorconfig | \.pre-commit-config\.yaml
      | \.idea/.* | \.vscode/.*
      | LICEN[CS]E[^/]*
    )$""",
    re.VERBOSE,
)
_MIGRATION = re.compile(
    r"""(?:^|/)(?:
        migrations/(?:versions/)?\w*\d\w*\.(?:py|sql|js|ts|cjs|mjs|php|rb)   # Django, Flask
      | (?:alembic|versions)/(?:versions/)?[0-9a-f]{4,}_\w+\.py
      | db/migrate/\d+\w*\.rb                                              # Rails
      | db/migrations?/\w*\d\w*\.\w+
      | prisma/migrations/[^/]+/migration\.sql
    )$""",
    re.VERBOSE,
)
_MANIFEST = re.compile(
    r"""(?:^|/)(?:
        [\w.-]*requirements[\w.-]*\.(?:txt|in) | requirements/[^/]+\.(?:txt|in)
      | constraints[\w.-]*\.txt
      | pyproject\.toml | setup\.(?:py|cfg) | Pipfile(?:\.lock)? | poetry\.lock | uv\.lock
      | pdm\.lock | environment\.ya?ml
      | package(?:-lock)?\.json | npm-shrinkwrap\.json | yarn\.lock | \.yarnrc(?:\.yml)?
      | pnpm-(?:lock|workspace)\.yaml | bun\.lockb? | \.npmrc
      | Gemfile(?:\.lock)? | \w+\.gemspec | composer\.(?:json|lock)
      | go\.(?:mod|sum) | Cargo\.(?:toml|lock) | pom\.xml | build\.gradle(?:\.kts)?
    )$""",
    re.VERBOSE,
)


def is_never_watched(path: str) -> bool:
    """Whether a file is git's or devkit's own."""
    return not NEVER.isdisjoint(path.split("/")[:-1]) or path in NEVER


def is_unwatched(path: str) -> bool:
    """Whether a file is in a folder that no code is edited in."""
    return not UNWATCHED.isdisjoint(path.split("/")[:-1])


def is_an_editors(path: str) -> bool:
    """Whether an editor, the system or a program made it for itself."""
    return _EDITORS.search(path) is not None


def is_run_by_nobody(path: str) -> bool:
    """Whether it is for git, for another service or for lawyers."""
    return _NOBODY_RUNS.match(path) is not None


def is_migration(path: str) -> bool:
    """Whether it is a step of a database's schema, by where it is and how it is called."""
    return _MIGRATION.search(path) is not None


def is_manifest(path: str) -> bool:
    """Whether it says what an installer is to install."""
    return _MANIFEST.search(path) is not None
