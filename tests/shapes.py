"""Small projects after real ones, as data, with what `devkit init` has to make of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

POSTGRES = "postgres:15-bookworm"
MARIADB = "mariadb:10.11"
REDIS = "redis:7-bookworm"
RABBITMQ = "rabbitmq:3"

MANAGE = "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n"
MIGRATE = "python manage.py migrate --noinput"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A project.

    Attributes:
        name: What people would call it.
        dockerfile: Its Dockerfile.
        files: Path to text of its other files.
        services: Which devkit.yaml has.
        release: The release command; None for none.
        suggestion: The release command that stands in a comment only; None for none.
        command: The local command; None for the image's.
        more: Further keys of devkit.yaml.
    """

    name: str
    dockerfile: str
    files: dict[str, str]
    services: dict[str, str] = field(default_factory=dict)
    release: str | None = None
    suggestion: str | None = None
    command: str | None = None
    more: dict[str, Any] = field(default_factory=dict)


def image(
    *lines: str,
    base: str = "python:3.13-slim-bookworm",
    port: int | None = 8000,
    workdir: str = "/app",
) -> str:
    """A Dockerfile that copies all of the project."""
    expose = (f"EXPOSE {port}",) if port else ()
    return "\n".join([f"FROM {base}", f"WORKDIR {workdir}", "COPY . .", *expose, *lines, ""])


GUNICORN = 'CMD ["gunicorn", "-b", "0.0.0.0:8000", "app:app"]'
RAILS = {
    "Gemfile": 'source "https://example.com"\ngem "rails", "~> 8.0"\ngem "pg"\n',
    "bin/rails": "#!/usr/bin/env ruby\n",
    "db/migrate/20260101000000_create_notes.rb": "class CreateNotes\nend\n",
}
ALEMBIC = {"alembic.ini": "[alembic]\nscript_location = alembic\n", "alembic/env.py": ""}
STAND_IN = "only-for-local-work-and-rehearsals-" + "0" * 64
LARAVEL_KEY = "base64:ZGV2a2l0LXJlaGVhcnNhbC1vbmx5LW5vdC1zZWNyZXQ="


def everywhere(**env: str) -> dict[str, Any]:
    """Variables of all environments."""
    return {"environments": {name: {"env": env} for name in ("local", "test", "live")}}


SHAPES = (
    Shape(
        name="Django",
        dockerfile=image(),
        files={"requirements.txt": "Django==5.2\npsycopg[binary]==3.2\n", "manage.py": MANAGE},
        services={"database": POSTGRES},
        release=MIGRATE,
        command="python manage.py runserver 0.0.0.0:8000",
    ),
    Shape(
        name="Django, with manage.py in src/ and all of it copied",
        dockerfile=image(),
        files={
            "pyproject.toml": '[project]\ndependencies = ["django>=5", "mysqlclient"]\n',
            "src/manage.py": MANAGE,
        },
        services={"database": MARIADB},
        release="python src/manage.py migrate --noinput",
        command="python src/manage.py runserver 0.0.0.0:8000",
    ),
    Shape(
        name="Django, of which src/ alone is copied",
        dockerfile="FROM python:3.13\nWORKDIR /code\nCOPY src/ /code/\nEXPOSE 80\n",
        files={"requirements/base.txt": "django\n", "src/manage.py": MANAGE},
        release=MIGRATE,
    ),
    Shape(
        name="Django, run by Poetry",
        dockerfile=image('CMD ["poetry", "run", "gunicorn", "config.wsgi"]'),
        files={
            "pyproject.toml": dedent("""\
                [tool.poetry.dependencies]
                python = "^3.12"
                wagtail = "^7"
                psycopg = {version = "^3", extras = ["binary"]}
                [tool.poetry.group.dev.dependencies]
                redis = "*"
                """),
            "poetry.lock": "",
            "manage.py": MANAGE,
        },
        services={"database": POSTGRES},
        release="poetry run python manage.py migrate --noinput",
        command="poetry run python manage.py runserver 0.0.0.0:8000",
    ),
    Shape(
        name="Django, installed by uv in a stage before",
        dockerfile=dedent("""\
            FROM python:3.13 AS build
            WORKDIR /srv
            COPY . .
            RUN uv sync --locked
            FROM python:3.13-slim
            COPY --from=build /srv /srv
            WORKDIR /srv
            EXPOSE 8080
            CMD ["/srv/.venv/bin/gunicorn", "config.wsgi"]
            """),
        files={
            "pyproject.toml": '[project]\ndependencies = ["django", "django-redis"]\n',
            "uv.lock": "",
            "manage.py": MANAGE,
        },
        services={"cache": REDIS},
        release="/srv/.venv/bin/python manage.py migrate --noinput",
    ),
    Shape(
        name="Django, from a Pipfile, with Celery and a Procfile",
        dockerfile=image(),
        files={
            "Pipfile": '[packages]\ndjango = "*"\ncelery = {extras = ["redis"], version = "*"}\n'
            '[dev-packages]\npsycopg = "*"\n',
            "manage.py": MANAGE,
            "Procfile": "web: gunicorn config.wsgi\nworker: celery -A config worker\n"
            "release: ./manage.py migrate && ./manage.py createcachetable\n",
        },
        services={"cache": REDIS},
        release="sh -c './manage.py migrate && ./manage.py createcachetable'",
        command="python manage.py runserver 0.0.0.0:8000",
        more={"workers": {"worker": "celery -A config worker"}},
    ),
    Shape(
        name="Django, behind an ENTRYPOINT that is the server",
        dockerfile=image('ENTRYPOINT ["gunicorn", "config.wsgi"]'),
        files={"requirements.txt": "django==5.2\n", "manage.py": MANAGE},
        suggestion=MIGRATE,
    ),
    Shape(
        name="Django, behind an ENTRYPOINT that hands commands on",
        dockerfile=image('ENTRYPOINT ["tini", "--", "./entrypoint.sh"]', 'CMD ["gunicorn"]'),
        files={"requirements.txt": "django==5.2\n", "manage.py": MANAGE},
        release=MIGRATE,
        command="python manage.py runserver 0.0.0.0:8000",
    ),
    Shape(
        name="Django, behind a script as ENTRYPOINT that runs what it is given",
        dockerfile=image('ENTRYPOINT ["/app/entrypoint.sh"]'),
        files={
            "requirements.txt": "django==5.2\n",
            "manage.py": MANAGE,
            "entrypoint.sh": '#!/bin/sh\n[ $# -gt 0 ] || set -- gunicorn config.wsgi\nexec "$@"\n',
        },
        release=MIGRATE,
        command="python manage.py runserver 0.0.0.0:8000",
    ),
    Shape(
        name="Django, behind a script as ENTRYPOINT that starts the server",
        dockerfile=image('ENTRYPOINT ["/app/entrypoint.sh"]'),
        files={
            "requirements.txt": "django==5.2\n",
            "manage.py": MANAGE,
            "entrypoint.sh": "#!/bin/sh\nexec gunicorn -b :8000 config.wsgi\n",
        },
        suggestion=MIGRATE,
    ),
    Shape(
        name="Flask",
        dockerfile=image(GUNICORN),
        files={"requirements.txt": "Flask==3.1\ngunicorn\n", "app.py": "app = Flask(__name__)\n"},
        command="flask run --debug --host 0.0.0.0 --port 8000",
    ),
    Shape(
        name="Flask, with Flask-Migrate",
        dockerfile=image('CMD ["gunicorn", "shop:create_app()"]'),
        files={
            "requirements.txt": "flask\nFlask-Migrate==4\npsycopg2-binary\n",
            "shop/__init__.py": "",
            "migrations/env.py": "",
        },
        services={"database": POSTGRES},
        release='flask --app "shop:create_app()" db upgrade',
        command='flask --app "shop:create_app()" run --debug --host 0.0.0.0 --port 8000',
    ),
    Shape(
        name="Flask, with Flask-Migrate and no migrations yet",
        dockerfile=image("ENV FLASK_APP=shop"),
        files={"requirements.txt": "flask\nflask-migrate\n"},
        suggestion="flask db upgrade",
        command="flask run --debug --host 0.0.0.0 --port 8000",
    ),
    Shape(
        name="FastAPI, with Alembic",
        dockerfile=image('CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8000"]'),
        files={
            "requirements.txt": "fastapi==0.115\nuvicorn[standard]\nalembic\nasyncpg\n",
            **ALEMBIC,
        },
        services={"database": POSTGRES},
        release="alembic upgrade head",
        command="uvicorn app.main:app --reload --host 0.0.0.0 --port 8000",
    ),
    Shape(
        name="FastAPI, with no EXPOSE and an alembic.ini without its folder",
        dockerfile=image("CMD exec fastapi run --port 9000 main.py", port=None),
        files={
            "pyproject.toml": '[project]\ndependencies = ["fastapi[standard]", "alembic"]\n',
            "alembic.ini": ALEMBIC["alembic.ini"],
            "main.py": "api = FastAPI()\n",
        },
        suggestion="alembic upgrade head",
        command="uvicorn main:api --reload --host 0.0.0.0 --port 9000",
        more={"web": {"port": 9000}},
    ),
    Shape(
        name="FastAPI in src/, which uvicorn is told by --app-dir",
        dockerfile=image("CMD uvicorn main:app --app-dir src --host 0.0.0.0", port=None),
        files={"requirements.txt": "fastapi\nuvicorn\n", "src/main.py": "app = FastAPI()\n"},
        command="uvicorn main:app --app-dir src --reload --host 0.0.0.0 --port 8000",
        more={"web": {"port": 8000}},
    ),
    Shape(
        name="Starlette with a RabbitMQ client",
        dockerfile=image(),
        files={"requirements.txt": "starlette\naio-pika\n"},
        services={"broker": RABBITMQ},
    ),
    Shape(
        name="Express",
        dockerfile=image("RUN npm ci", "CMD node server.js", base="node:22", port=3000),
        files={
            "package.json": '{"dependencies": {"express": "5", "ioredis": "5"},'
            ' "scripts": {"start": "node server.js", "dev": "node --watch server.js"}}'
        },
        services={"cache": REDIS},
        command="npm run dev",
    ),
    Shape(
        name="Next.js with Prisma",
        dockerfile=image("RUN npm ci && npm run build", "CMD npm start", base="node:22", port=3000),
        files={
            "package.json": '{"dependencies": {"next": "15", "prisma": "6"}}',
            "prisma/schema.prisma": 'datasource db {\n  provider = "postgresql"\n}\n',
            "prisma/migrations/migration_lock.toml": "",
        },
        services={"database": POSTGRES},
        release="npx prisma migrate deploy",
    ),
    Shape(
        name="Express with Prisma, whose migrations are not there yet",
        dockerfile=image("RUN npm ci", base="node:22", port=3000),
        files={
            "package.json": '{"dependencies": {"express": "5", "prisma": "6"}}',
            "prisma/schema.prisma": 'datasource db {\n  provider = "mysql"\n}\n',
        },
        services={"database": MARIADB},
        suggestion="npx prisma migrate deploy",
    ),
    Shape(
        name="Fastify with Knex and a script of its own",
        dockerfile=image("RUN npm ci", base="node:22", port=3000),
        files={
            "package.json": '{"dependencies": {"fastify": "5", "knex": "3", "pg": "8"},'
            ' "scripts": {"migrate": "knex migrate:latest"}}',
            "package-lock.json": "{}",
            "knexfile.js": "",
            "migrations/1_notes.js": "",
        },
        services={"database": POSTGRES},
        release="npm run migrate",
    ),
    Shape(
        name="Koa with Sequelize among the devDependencies of an image without them",
        dockerfile=image("RUN npm ci --omit=dev", base="node:22", port=3000),
        files={
            "package.json": '{"dependencies": {"koa": "2", "mysql2": "3"},'
            ' "devDependencies": {"sequelize-cli": "6"}}',
            ".sequelizerc": "",
            "migrations/1_notes.js": "",
        },
        services={"database": MARIADB},
        suggestion="npx sequelize-cli db:migrate",
    ),
    Shape(
        name="NestJS with TypeORM and RabbitMQ",
        dockerfile=image("RUN npm ci && npm run build", base="node:22", port=3000),
        files={
            "package.json": '{"dependencies": {"@nestjs/core": "11", "typeorm": "1",'
            ' "amqplib": "1"}}'
        },
        services={"broker": RABBITMQ},
        suggestion="npx typeorm migration:run -d dist/data-source.js",
    ),
    Shape(
        name="Rails for production",
        dockerfile=image("ENV RAILS_ENV=production", base="ruby:3.4-slim", port=3000),
        files=RAILS,
        services={"database": POSTGRES},
        release="bin/rails db:migrate",
        more=everywhere(SECRET_KEY_BASE=STAND_IN),
    ),
    Shape(
        name="Rails for development, with Sidekiq",
        dockerfile=image(base="ruby:3.4-slim", port=3000),
        files={**RAILS, "Gemfile": "gem 'rails'\ngem 'mysql2'\ngem 'sidekiq'\n"},
        services={"database": MARIADB, "cache": REDIS},
        release="bin/rails db:migrate",
        command="bin/rails server -b 0.0.0.0 -p 3000 -P /dev/shm/rails.pid",
    ),
    Shape(
        name="Laravel",
        dockerfile="FROM php:8.4-apache\nRUN docker-php-ext-install pdo_mysql\n"
        "WORKDIR /var/www\nCOPY . .\nRUN composer install\n",
        files={
            "composer.json": '{"require": {"laravel/framework": "^12", "predis/predis": "^3"}}',
            "artisan": "",
            "config/database.php": "'url' => env('DATABASE_URL'),",
            "database/migrations/2026_create_notes.php": "",
        },
        services={"database": MARIADB, "cache": REDIS},
        release="php artisan migrate --force",
        more=everywhere(APP_KEY=LARAVEL_KEY),
    ),
    Shape(
        name="Symfony",
        dockerfile="FROM php:8.4-apache\nRUN docker-php-ext-install pdo_pgsql\n"
        "WORKDIR /app\nCOPY . .\nRUN composer install\n",
        files={
            "composer.json": '{"require": {"symfony/framework-bundle": "^7",'
            ' "doctrine/doctrine-migrations-bundle": "^3"}}',
            "bin/console": "",
            "migrations/Version20260101000000.php": "",
        },
        services={"database": POSTGRES},
        release="php bin/console doctrine:migrations:migrate --no-interaction --allow-no-migration",
    ),
    Shape(
        name="PHP without a framework",
        dockerfile="FROM php:8.4-apache\nCOPY . /var/www/html\n",
        files={"index.php": "<?php echo 'Hello';\n"},
    ),
    Shape(
        name="A site of files that nginx serves",
        dockerfile="FROM nginx:1.27\nCOPY . /usr/share/nginx/html\n",
        files={"index.html": "Hello\n"},
        more={"web": {"user": "image"}},
    ),
    Shape(
        name="Go",
        dockerfile="FROM golang:1.25\nWORKDIR /src\nCOPY . .\nRUN go build -o /app\nEXPOSE 8080\n",
        files={"go.mod": "module x\n\nrequire (\n\tgithub.com/jackc/pgx/v5 v5.7.0\n)\n"},
        services={"database": POSTGRES},
    ),
)
