"""What is told from a few files, and the devkit.yaml that says the same."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from devkit.config.detect import Detected, detect, is_fact
from devkit.config.load import project_from_text
from devkit.config.scaffold import FromCompose, scaffold
from devkit.dockerfile import parse

DJANGO = dedent("""\
    FROM python:3.11-slim-bookworm
    WORKDIR /app
    COPY start /usr/local/bin/start
    COPY . /app
    EXPOSE 80
    CMD ["start", "web"]
""")
POSTGRES = {"database": "postgres:15-bookworm"}

PROJECTS = {
    "nothing": ("FROM x\nEXPOSE 80", {}),
    "django": (
        DJANGO,
        {
            "requirements.txt": "django==5.2\npsycopg==3\ndjango-storage-url\n",
            "manage.py": "",
            "start": "case migrate",
        },
    ),
    "plain django": (
        "FROM python\nWORKDIR /srv\nCOPY . .\nEXPOSE 8000",
        {"requirements.txt": "Django>=5\n", "manage.py": ""},
    ),
    "node": (
        "FROM node\nWORKDIR /app\nCOPY . .\nRUN npm ci\nEXPOSE 3000 9229",
        {"package.json": '{"dependencies": {"pg": "^8"}}'},
    ),
    "several": (
        "FROM python",
        {
            "site/settings/base.py": "env['DATABASE_URL']; env['REPORTING_DATABASE_DSN'];"
            " env['DEFAULT_STORAGE_DSN']; env['BACKUP_STORAGE_DSN']"
        },
    ),
}


def found(dockerfile_text: str, facts: dict[str, str]) -> Detected:
    return detect(facts, dockerfile=parse(dockerfile_text), dockerfile_text=dockerfile_text)


@pytest.mark.parametrize(
    ("facts", "services"),
    [
        ({}, {}),
        ({"requirements.txt": "flask\n"}, {}),
        ({"requirements.txt": "psycopg[binary]==3.2\n"}, POSTGRES),
        ({"requirements.txt": "psycopg2-binary==2.9\n"}, POSTGRES),
        ({"requirements.txt": "asyncpg\n"}, POSTGRES),
        ({"requirements/base.txt": "psycopg2\n"}, POSTGRES),
        ({"pyproject.toml": 'dependencies = ["django", "psycopg>=3"]'}, POSTGRES),
        ({"package.json": '{"dependencies": {"pg": "^8.11"}}'}, POSTGRES),
        ({"go.mod": "require github.com/jackc/pgx/v5 v5.6.0"}, POSTGRES),
        ({"Gemfile": 'gem "pg"'}, POSTGRES),
        ({"requirements.txt": "six\n    # via psycopg\n"}, {}),
        ({"requirements.txt": "psycopg-pool-like-thing\n"}, {}),
        ({"requirements.txt": "django-storage-url==0.12\n"}, {"storage": "file"}),
        ({"requirements.txt": "aldryn-django==4\n"}, {**POSTGRES, "storage": "file"}),
        ({"config/settings.py": 'os.environ["DATABASE_URL"]'}, POSTGRES),
        ({"config/settings.py": "# DATABASE_URL"}, {}),
        ({"a/b/c/settings.py": "DATABASE_URL"}, {}),
        ({"tests/settings.py": "DATABASE_URL"}, {}),
        ({"README.md": "DATABASE_URL psycopg"}, {}),
        (
            {"requirements.txt": "mysqlclient\n", "config/settings.py": "DATABASE_URL"},
            {"database": "mariadb:10.11"},
        ),
        ({"requirements.txt": "pymongo\n", "config/settings.py": "DATABASE_URL"}, {}),
        ({"requirements-dev.txt": "psycopg\n"}, {}),
        ({"package.json": '{"devDependencies": {"pg": "8"}}'}, {}),
        ({"package.json": "{", "pyproject.toml": "["}, {}),
        ({"requirements.txt": "celery\n"}, {"broker": "rabbitmq:3"}),
        ({"requirements.txt": "celery\nredis\n"}, {"cache": "redis:7-bookworm"}),
        (
            {"config/settings.py": "CACHE_URL EMAIL_URL DEFAULT_AMQP_BROKER_URL"},
            {
                "cache": "redis:7-bookworm",
                "broker": "rabbitmq:3",
                "mail": "axllent/mailpit:v1.27",
            },
        ),
        (
            {"a/settings.py": "REPORTING_DATABASE_DSN BACKUP_STORAGE_DSN"},
            {"database_reporting": "postgres:15-bookworm", "storage_backup": "file"},
        ),
    ],
)
def test_services(facts: dict[str, str], services: dict[str, str]) -> None:
    assert found("FROM x", facts).services == services


@pytest.mark.parametrize(
    ("dockerfile_text", "facts", "release"),
    [
        (DJANGO, {"start": "web|migrate"}, ("start migrate",)),
        (DJANGO, {"start": "web"}, ()),
        (DJANGO, {"start": "# migrate"}, ()),
        (DJANGO, {"config/settings.py": "MIGRATION_COMMANDS = []"}, ("start migrate",)),
        ("FROM x\nCMD start web", {"settings.py": "MIGRATION_COMMANDS"}, ("start migrate",)),
        ("FROM x\nCMD npm start", {"settings.py": "MIGRATION_COMMANDS"}, ()),
        ("FROM x", {"start": "migrate", "settings.py": "MIGRATION_COMMANDS"}, ()),
        (
            "FROM x",
            {"manage.py": "", "requirements.txt": "Django==5\n"},
            ("python manage.py migrate --noinput",),
        ),
        ("FROM x", {"manage.py": "", "requirements.txt": "django-storages\n"}, ()),
        ("FROM x", {"requirements.txt": "django\n"}, ()),
    ],
)
def test_release_command(
    dockerfile_text: str, facts: dict[str, str], release: tuple[str, ...]
) -> None:
    assert found(dockerfile_text, facts).release == release


@pytest.mark.parametrize(
    ("dockerfile_text", "command"),
    [
        (DJANGO, "python manage.py runserver 0.0.0.0:80"),
        ("FROM x\nWORKDIR /app\nCOPY . .", "python manage.py runserver 0.0.0.0:80"),
        ("FROM x\nWORKDIR /a\nCOPY . .\nEXPOSE 8000", "python manage.py runserver 0.0.0.0:8000"),
        ("FROM x\nWORKDIR /a\nCOPY . .\nENTRYPOINT gunicorn", None),
        ("FROM x\nWORKDIR /a\nCOPY . .\nRUN npm ci && npm run build", None),
        ("FROM x\nWORKDIR /a\nCOPY . .\nRUN npm ci", "python manage.py runserver 0.0.0.0:80"),
        ("FROM x\nCOPY . /app", None),
    ],
)
def test_django_s_own_server_only_where_it_finds_the_sources(
    dockerfile_text: str, command: str | None
) -> None:
    facts = {"manage.py": "", "requirements.txt": "django\n"}
    assert found(dockerfile_text, facts).command == command


def test_each_finding_has_its_reason() -> None:
    dockerfile_text, facts = PROJECTS["django"]
    made = scaffold(folder="x", dockerfile_text=dockerfile_text, facts=facts)
    local = "Local command `python manage.py runserver 0.0.0.0:80`"
    assert made.reasons == (
        "Port 80: the Dockerfile exposes it.",
        "Mounted at /app: the Dockerfile copies this folder there.",
        "Django: requirements.txt names django, and there is manage.py.",
        "A PostgreSQL database: requirements.txt names psycopg.",
        "File storage: requirements.txt names django-storage-url.",
        "Release command `start migrate`: the script `start` knows it.",
        f"{local}: it reloads the code that it serves.",
    )


def test_beside_a_compose_file_nothing_is_claimed_of_the_local_command() -> None:
    """That file has its own, and devkit.yaml none."""
    dockerfile_text, facts = PROJECTS["django"]
    made = scaffold(folder="x", dockerfile_text=dockerfile_text, facts=facts, compose=FromCompose())
    assert not [each for each in made.reasons if "Local command" in each]
    assert "Release command `start migrate`: the script `start` knows it." in made.reasons


def test_why_nothing_is_mounted() -> None:
    dockerfile_text, facts = PROJECTS["node"]
    made = scaffold(folder="x", dockerfile_text=dockerfile_text, facts=facts)
    assert made.reasons[:2] == (
        "The image exposes several ports (3000, 9229); the default, port 80, is used.",
        "Not mounted: the Dockerfile builds in /app, which would be hidden.",
    )


@pytest.mark.parametrize("name", PROJECTS)
def test_the_first_devkit_yaml_is_the_same_project_as_none(name: str) -> None:
    dockerfile_text, facts = PROJECTS[name]
    root = Path("/work/My Folder")
    made = scaffold(folder=root.name, dockerfile_text=dockerfile_text, facts=facts)
    loaded = project_from_text(made.text, root=root, dockerfile_text=dockerfile_text, facts={})
    assert loaded == project_from_text(
        None, root=root, dockerfile_text=dockerfile_text, facts=facts
    )


def test_the_first_devkit_yaml_reads_well() -> None:
    dockerfile_text, facts = PROJECTS["django"]
    made = scaffold(folder="Notes", dockerfile_text=dockerfile_text, facts=facts)
    lines = made.text.splitlines()
    assert "name: notes" in lines
    assert "  database: postgres:15-bookworm # DATABASE_URL" in lines
    assert "  storage: file # DEFAULT_STORAGE_DSN, kept in ./data/media" in lines
    assert "  - start migrate" in lines
    assert max(len(line) for line in lines) <= 100
    assert "\n\n\n" not in made.text


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("requirements.txt", True),
        ("requirements-dev.in", True),
        ("requirements/live.txt", True),
        ("start", True),
        ("manage.py", True),
        ("settings.py", True),
        ("src/config/settings.py", True),
        ("config/settings/live.py", True),
        ("entrypoint.sh", True),
        ("docker/start.sh", True),
        ("bin/docker-entrypoint", True),
        ("node_modules/x/entrypoint.sh", False),
        ("src/run.sh", False),
        ("bin/start", False),
        ("a/b/c/settings.py", False),
        (".venv/x/settings.py", False),
        ("node_modules/x/settings.py", False),
        ("data/media/settings.py", False),
        ("requirements.md", False),
    ],
)
def test_which_files_are_wanted(path: str, *, wanted: bool) -> None:
    assert is_fact(path) is wanted
