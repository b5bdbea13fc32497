"""Projects that never saw devkit: init, up, migrate and verify, with no edit between them."""

from __future__ import annotations

import time
import urllib.request
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from tests.e2e.apps import NAME
from tests.e2e.machine import Workspace, docker, make_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Begin = Callable[[str, dict[str, str]], Workspace]

IGNORE = ".env-local\n.devkit/\n"

ENVIRONMENT = """\
from alembic import context
{engine}
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = dedent("""\
    import sqlalchemy as sa
    from alembic import op

    revision, down_revision = "1", None

    def upgrade():
        op.create_table("note", sa.Column("text", sa.Text))
    """)

FLASK = {
    "Dockerfile": dedent("""\
        FROM python:3.11-slim-bookworm
        WORKDIR /srv
        COPY requirements.txt .
        RUN pip install --no-cache-dir -r requirements.txt
        COPY . .
        EXPOSE 5000
        CMD ["gunicorn", "--bind", "0.0.0.0:5000", "notes:create_app()"]
        """),
    "requirements.txt": "Flask==3.1.0\nFlask-SQLAlchemy==3.1.1\nFlask-Migrate==4.0.7\n"
    "gunicorn==23.0.0\npsycopg[binary]==3.2.3\n",
    "notes.py": dedent("""\
        import os
        from flask import Flask
        from flask_migrate import Migrate
        from flask_sqlalchemy import SQLAlchemy
        from sqlalchemy import text

        db = SQLAlchemy()

        def create_app():
            app = Flask(__name__)
            address = os.environ["DATABASE_URL"].replace("postgres://", "postgresql+psycopg://")
            app.config["SQLALCHEMY_DATABASE_URI"] = address
            db.init_app(app)
            Migrate(app, db)

            @app.get("/")
            def home():
                count = db.session.execute(text("select count(*) from note")).scalar()
                return f"{count} notes"

            return app
        """),
    "migrations/alembic.ini": "[alembic]\n",
    "migrations/env.py": ENVIRONMENT.format(
        engine="from flask import current_app\n"
        "engine = current_app.extensions['migrate'].db.engine\n"
    ),
    "migrations/versions/1_notes.py": REVISION,
}
DJANGO = {
    "Dockerfile": dedent("""\
        FROM python:3.11-slim-bookworm
        WORKDIR /srv
        COPY requirements.txt .
        RUN pip install --no-cache-dir -r requirements.txt
        COPY . .
        ENTRYPOINT ["sh", "/srv/docker/entrypoint.sh"]
        CMD python manage.py check && exec gunicorn --bind 0.0.0.0:8000 config.wsgi
        """),
    "docker/entrypoint.sh": 'export NAME=notes\nexec "$@"\n',
    "requirements.txt": "Django==5.1.4\ndj-database-url==2.3.0\ngunicorn==23.0.0\n"
    "psycopg[binary]==3.2.3\n",
    "manage.py": dedent("""\
        import os
        import sys
        from django.core.management import execute_from_command_line

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        execute_from_command_line(sys.argv)
        """),
    "config/__init__.py": "",
    "config/settings.py": dedent("""\
        import dj_database_url

        SECRET_KEY = "for these tests only"
        ALLOWED_HOSTS = ["*"]
        INSTALLED_APPS = ["notes"]
        ROOT_URLCONF = "config.urls"
        DATABASES = {"default": dj_database_url.config()}
        """),
    "config/urls.py": dedent("""\
        import os
        from django.http import HttpResponse
        from django.urls import path
        from notes.models import Note

        def home(request):
            return HttpResponse(f"{Note.objects.count()} {os.environ['NAME']}")

        urlpatterns = [path("", home)]
        """),
    "config/wsgi.py": dedent("""\
        import os
        from django.core.wsgi import get_wsgi_application

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        application = get_wsgi_application()
        """),
    "notes/__init__.py": "",
    "notes/models.py": dedent("""\
        from django.db import models

        class Note(models.Model):
            id = models.AutoField(primary_key=True)
        """),
    "notes/migrations/__init__.py": "",
    "notes/migrations/0001_initial.py": dedent("""\
        from django.db import migrations, models

        class Migration(migrations.Migration):
            operations = [
                migrations.CreateModel("Note", [("id", models.AutoField(primary_key=True))])
            ]
        """),
}
FASTAPI = {
    ".python-version": "3.11\n",
    "requirements.txt": "fastapi==0.115.6\nuvicorn==0.34.0\nalembic==1.14.0\n",
    "main.py": dedent("""\
        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/")
        def home():
            return "first"
        """),
    "alembic.ini": "[alembic]\nscript_location = alembic\n",
    "alembic/env.py": ENVIRONMENT.format(
        engine="from sqlalchemy import create_engine\n"
        "engine = create_engine('sqlite:////tmp/notes.db')\n"
    ),
    "alembic/versions/1_notes.py": REVISION,
}
BUILD = '"build": "echo built > built.txt"'
EXPRESS = {
    "package.json": '{"name": "notes", "version": "1.0.0", "dependencies": {"express": "4.21.2"},'
    ' "scripts": {"start": "node server.js", '
    f"{BUILD}}}}}\n",
    "server.js": dedent("""\
        const fs = require("fs");
        const app = require("express")();
        app.get("/", (request, response) => response.send(fs.readFileSync("built.txt")));
        app.listen(process.env.PORT || 3000);
        """),
}


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Make a repository of a project, under a name of its own; it is taken down afterwards."""
    begun: list[Workspace] = []

    def make(name: str, files: dict[str, str]) -> Workspace:
        folder = tmp_path / f"{NAME}-{name}"
        begun.append(make_workspace(folder, {**files, ".gitignore": IGNORE}))
        return begun[-1]

    yield make
    for workspace in begun:
        workspace.devkit("down", "--volumes", "--yes")
        name = workspace.path.name
        found = docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", f"devkit/{name}")
        for reference in (f"{name}-web", *found.split()):
            docker("image", "rm", "--force", reference)


def get(address: str) -> str:
    """The page, without a proxy of the environment."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=10) as answer:
        text: str = answer.read().decode()
        return text


def init(workspace: Workspace, *words: str) -> str:
    """Let devkit look at it; what was said."""
    result = workspace.devkit("init", *words)
    assert result.code == 0, result.err
    return result.err


def migrate(workspace: Workspace) -> None:
    """Run the release commands."""
    result = workspace.devkit("migrate")
    assert result.code == 0, result.err


def up(workspace: Workspace) -> str:
    """Bring it up; its address."""
    result = workspace.devkit("up", "--json")
    assert result.code == 0, result.err
    address: str = next(event["address"] for event in result.events if "address" in event)
    return address


def verify(workspace: Workspace) -> str:
    """Commit all, and rehearse it; what was said."""
    workspace.commit("Use devkit")
    result = workspace.devkit("verify", "--cached")
    assert result.code == 0, result.err
    assert "web-1: 200 after" in result.err
    return result.err


def test_flask_with_its_migrations(begin: Begin) -> None:
    workspace = begin("flask", FLASK)
    said = init(workspace)
    assert "A PostgreSQL database: requirements.txt names psycopg." in said
    assert "Next: devkit up, then devkit migrate, then devkit hook install" in said
    address = up(workspace)
    migrate(workspace)
    assert get(address) == "0 notes"
    assert "flask --app notes:create_app() db upgrade" in verify(workspace).replace('"', "")


@pytest.mark.slow
def test_django_behind_a_script_and_with_no_expose(begin: Begin) -> None:
    workspace = begin("django", DJANGO)
    said = init(workspace)
    assert "Port 8000: the Dockerfile has no EXPOSE, but its CMD listens on it" in said
    assert "A PostgreSQL database: requirements.txt names psycopg." in said
    assert "Local command `python manage.py runserver 0.0.0.0:8000`" in said
    address = up(workspace)
    migrate(workspace)
    assert get(address) == "0 notes"
    assert "python manage.py migrate --noinput" in verify(workspace)


def test_fastapi_without_a_dockerfile(begin: Begin) -> None:
    workspace = begin("fastapi", FASTAPI)
    said = init(workspace, "--dockerfile")
    assert "Release command `alembic upgrade head`" in said
    address = up(workspace)
    assert get(address) == '"first"'
    assert workspace.devkit("migrate").code == 0
    workspace.write({"main.py": FASTAPI["main.py"].replace("first", "second")})
    until(address, '"second"')
    assert "alembic upgrade head" in verify(workspace)


def until(address: str, text: str) -> None:
    """Wait until the page says it: the local command reloads what is edited."""
    for _ in range(100):
        if get_or_nothing(address) == text:
            return
        time.sleep(0.2)  # noqa: TID251 - a server in a container has no clock of ours
    assert get(address) == text


def get_or_nothing(address: str) -> str:
    """The page; empty while the server starts anew."""
    try:
        return get(address)
    except OSError:
        return ""


@pytest.mark.slow
def test_express_without_a_dockerfile(begin: Begin) -> None:
    workspace = begin("express", EXPRESS)
    said = init(workspace, "--dockerfile")
    assert "Check: No lock file" in said
    assert get(up(workspace)) == "built\n"
    verify(workspace)


def test_express_reloads_with_the_packages_of_its_image(begin: Begin) -> None:
    package = EXPRESS["package.json"].replace(BUILD, '"dev": "node --watch server.js"')
    workspace = begin("reloading", {**EXPRESS, "package.json": package, "built.txt": "first"})
    said = workspace.devkit("init", "--dockerfile")
    assert "Mounted at /app, but for /app/node_modules" in said.err
    assert "Local command `npm run dev`" in said.err
    address = up(workspace)
    assert get(address) == "first"
    changed = EXPRESS["server.js"].replace('fs.readFileSync("built.txt")', '"second"')
    workspace.write({"server.js": changed})
    until(address, "second")
    assert not any((workspace.path / "node_modules").iterdir())
    volume = web_volume(workspace)
    workspace.write({"package.json": package.replace("notes", "noted")})
    assert workspace.devkit("up", "--build").code == 0
    renewed = web_volume(workspace)
    assert renewed != volume
    workspace.devkit("down")
    left = docker("volume", "ls", "--quiet").split()
    assert not {volume, renewed} & set(left)


def web_volume(workspace: Workspace) -> str:
    """The volume of the container's node_modules."""
    mounts = '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}}{{end}}{{end}}'
    return docker("inspect", "--format", mounts, f"{workspace.path.name}-web-1")
