"""Projects with a compose file of their own, written after real ones, and what they come to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from textwrap import dedent
from typing import TYPE_CHECKING

from tests.adoption.app import APP, DOCKERFILE

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One project.

    Attributes:
        name: What it is.
        files: Its files beside those of the application.
        without: Files of the application that it does not have.
        config: Its devkit.yaml; empty for none.
        file: The compose file.
        web: The service that is the application.
        services: What devkit assumes that the cloud gives it.
        publish: The port that it is published on; None for none.
        said: Parts of the sentences that a person is told, all of them.
        profiles: COMPOSE_PROFILES.
        migrated: The variables that lead its release commands to a service, in local work.
        stand_ins: Services whose image is not at hand everywhere, and what tests run there.
    """

    name: str
    files: Mapping[str, str]
    without: tuple[str, ...] = ()
    config: str = ""
    file: str = "docker-compose.yml"
    web: str = "web"
    services: Mapping[str, str] = field(default_factory=dict)
    publish: int | None = 8000
    said: tuple[str, ...] = ()
    profiles: str = ""
    migrated: tuple[str, ...] = ()
    stand_ins: Mapping[str, str] = field(default_factory=dict)

    @property
    def rehearsed(self) -> dict[str, str]:
        """The services of a rehearsal, with images that are at hand everywhere."""
        return {key: AT_HAND.get(image, image) for key, image in self.services.items()}

    def tree_on(self, port: int, *, name: str) -> dict[str, str]:
        """The same for one test alone, with images that are at hand everywhere.

        Args:
            port: A free port of this machine; those after it are taken along.
            name: What the names on the engine are to begin with.
        """
        own = {"8000": f"{port}", "8001": f"{port + 1}", "8080": f"{port + 2}"}
        own |= {"adoption_": f"{name}_", "sail-8.3/": f"{name}/"}
        written = re.compile("|".join(map(re.escape, own)))
        files = {
            path: written.sub(lambda found: own[found[0]], text)
            for path, text in self.tree().items()
        }
        if self.stand_ins:
            lines = [f"  {each}: {{{RUNNING[im]}}}\n" for each, im in self.stand_ins.items()]
            files["docker-compose.override.yml"] = "services:\n" + "".join(lines)
        return files

    def tree(self) -> dict[str, str]:
        """All of its files."""
        files = {**APP, **{name: dedent(text) for name, text in self.files.items()}}
        if self.config:
            files["devkit.yaml"] = self.config
        return {name: text for name, text in files.items() if name not in self.without}


POSTGRES = "postgres:15-bookworm"
MARIADB = "mariadb:10.11"
REDIS = "redis:7.0-bookworm"
DEBIAN = "debian:bookworm-slim"
RUNNING = {
    REDIS: f"image: {REDIS}",
    MARIADB: f"image: {MARIADB}, environment: {{MARIADB_ROOT_PASSWORD: x}}, tmpfs: /var/lib/mysql",
    POSTGRES: f"image: {POSTGRES}, tmpfs: /var/lib/postgresql/data",
    DEBIAN: f"image: {DEBIAN}, command: sleep infinity, init: true, ports: !reset []",
}
AT_HAND = {
    "redis:7": REDIS,
    "redis:7.2": REDIS,
    "mysql/mysql-server:8.0": MARIADB,
    "postgis/postgis:15-3.4": POSTGRES,
}

DIVIO = Shape(
    name="Divio's own, of some years ago",
    files={
        "docker-compose.yml": """\
            version: "2.4"
            services:
              web:
                build: "."
                links:
                  - "db:postgres"
                ports:
                  - "8000:80"
                volumes:
                  - ".:/app:rw"
                  - "./data:/data:rw"
                command: python server.py
                env_file: .env-local
              db:
                image: postgres:15-bookworm
                environment:
                  POSTGRES_DB: "db"
                  POSTGRES_HOST_AUTH_METHOD: "trust"
            """,
        ".env-local": "DATABASE_URL=postgres://postgres@postgres:5432/db\nSECRET=x\n",
    },
    services={"database": POSTGRES, "storage": "file"},
    said=("the service db", "the mount /data", "Others on the network reach web at its port 8000"),
)

FIRST = Shape(
    name="Compose v1, without `services:`",
    files={
        "docker-compose.yml": """\
            web:
              build: .
              dockerfile: docker/local.Dockerfile
              links:
                - db:postgres
              ports:
                - "127.0.0.1:8000:80"
              volumes_from:
                - files
              environment:
                - DATABASE_URL=postgres://postgres@postgres:5432/postgres
                - DEBUG=on
              log_driver: json-file
            db:
              extends:
                file: common.yml
                service: postgres
              volumes:
                - dbdata:/var/lib/postgresql/data
            files:
              image: debian:bookworm-slim
              command: "true"
              volumes:
                - /srv/files
            """,
        "common.yml": """\
            postgres:
              image: postgres:15-bookworm
              environment:
                POSTGRES_HOST_AUTH_METHOD: trust
            """,
        "docker/local.Dockerfile": DOCKERFILE,
    },
    config="release: [python release.py]\n",
    services={"database": POSTGRES},
    said=(
        "the service db",
        "Local work builds docker/local.Dockerfile for web",
        "goes without files",
    ),
    migrated=("DATABASE_URL",),
)

FLASK = Shape(
    name="Flask with Redis, its version a number",
    files={
        "docker-compose.yml": """\
            version: 2.1
            services:
              flask:
                build: .
                ports: ["8000-8001:80-81"]
                environment:
                  - CACHE_URL=redis://redis:6379/0
                  - FLASK_ENV=development
                  - SENTRY_DSN
                depends_on: [redis]
                restart: always
              redis:
                image: redis:alpine
            """,
    },
    web="flask",
    services={"cache": "redis:7"},
    said=(
        "The application is the service flask",
        "its image redis:alpine names no version",
        "Only docker-compose.yml sets FLASK_ENV, SENTRY_DSN",
        "Others on the network",
    ),
    config="release: [python release.py]\n",
    migrated=("CACHE_URL",),
    stand_ins={"redis": REDIS},
)

RAILS = Shape(
    name="Rails with Sidekiq",
    files={
        "docker-compose.yml": """\
            version: '3.9'
            services:
              db:
                image: postgres:15-bookworm
                volumes:
                  - postgres:/var/lib/postgresql/data
                environment:
                  POSTGRES_PASSWORD: password
                healthcheck:
                  test: pg_isready -U postgres
                  interval: 2s
                  retries: 30
              redis:
                image: redis:7.2
              app:
                build:
                  context: .
                  args:
                    RUBY_VERSION: '3.2.2'
                command: bash -c "rm -f tmp/pids/server.pid && python server.py 3000"
                ports:
                  - target: 3000
                    published: 8000
                    host_ip: 127.0.0.1
                environment: &environment
                  DATABASE_URL: postgres://postgres:password@db:5432/shop_development
                  REDIS_URL: redis://redis:6379/1
                depends_on:
                  db:
                    condition: service_healthy
                  redis:
                    condition: service_started
              sidekiq:
                build: .
                command: python server.py
                environment: *environment
            volumes:
              postgres:
            """,
    },
    config="release: [python release.py]\n",
    web="app",
    services={"database": POSTGRES, "cache": "redis:7.2"},
    said=(
        "The application is the service app",
        "the service db",
        "the service redis",
        "built with the arguments RUBY_VERSION",
        "goes without sidekiq",
        "sets REDIS_URL",
    ),
    migrated=("DATABASE_URL", "REDIS_URL"),
    stand_ins={"redis": REDIS},
)

LARAVEL = Shape(
    name="Laravel Sail",
    files={
        "docker-compose.yml": """\
            services:
                laravel.test:
                    build:
                        context: './docker/8.3'
                        dockerfile: Dockerfile
                        args:
                            WWWGROUP: '${WWWGROUP:-1000}'
                    image: 'sail-8.3/app'
                    extra_hosts:
                        - 'host.docker.internal:host-gateway'
                    ports:
                        - '127.0.0.1:${APP_PORT:-80}:80'
                    environment:
                        LARAVEL_SAIL: 1
                        DB_HOST: mysql
                    networks:
                        - sail
                    depends_on:
                        - mysql
                        - mailpit
                mysql:
                    image: 'mysql/mysql-server:8.0'
                    environment:
                        MYSQL_ROOT_PASSWORD: '${DB_PASSWORD:-secret}'
                    networks:
                        - sail
                mailpit:
                    image: 'axllent/mailpit:v1.27'
                    networks:
                        - sail
            networks:
                sail:
                    driver: bridge
            """,
        "docker/8.3/Dockerfile": DOCKERFILE,
        "docker/8.3/server.py": APP["server.py"],
        "docker/8.3/release.py": APP["release.py"],
        ".env": "APP_PORT=8000\n",
    },
    config="release: [python release.py]\n",
    web="laravel.test",
    services={"database": "mysql/mysql-server:8.0", "mail": "axllent/mailpit:v1.27"},
    said=(
        "The application is the service laravel.test",
        "the service mysql",
        "the service mailpit",
        "Local work builds Dockerfile in docker/8.3",
        "built with the arguments WWWGROUP",
        "sets LARAVEL_SAIL, DB_HOST",
    ),
    migrated=("DB_HOST",),
    stand_ins={"mysql": MARIADB},
)

COOKIECUTTER = Shape(
    name="cookiecutter-django, with Dockerfiles in compose/",
    files={
        "docker-compose.yml": """\
            volumes:
              local_postgres_data: {}
            services:
              django: &django
                build:
                  context: .
                  dockerfile: ./compose/local/django/Dockerfile
                image: adoption_local_django
                container_name: adoption_local_django
                depends_on:
                  - postgres
                volumes:
                  - .:/app:z
                env_file:
                  - ./.envs/.local/.django
                  - ./.envs/.local/.postgres
                ports:
                  - '127.0.0.1:8000:8000'
                command: python server.py 8000
              postgres:
                build:
                  context: .
                  dockerfile: ./compose/production/postgres/Dockerfile
                image: adoption_production_postgres
                volumes:
                  - local_postgres_data:/var/lib/postgresql/data
                env_file:
                  - ./.envs/.local/.postgres
              celeryworker:
                <<: *django
                image: adoption_local_celeryworker
                container_name: adoption_local_celeryworker
                ports: []
                command: python server.py
            """,
        "compose/local/django/Dockerfile": DOCKERFILE,
        "compose/production/postgres/Dockerfile": "FROM docker.io/postgres:15-bookworm\n",
        ".envs/.local/.django": "USE_DOCKER=yes\n",
        ".envs/.local/.postgres": "POSTGRES_HOST=postgres\nPOSTGRES_PASSWORD=x\n",
    },
    without=("Dockerfile",),
    config="release: [python release.py]\n",
    web="django",
    services={"database": "docker.io/postgres:15-bookworm"},
    said=(
        "The application is the service django",
        "the service postgres",
        "There is no Dockerfile in this folder",
        "goes without celeryworker",
    ),
    migrated=("POSTGRES_HOST",),
)

ANCHORS = Shape(
    name="Anchors in `x-` fields, and profiles",
    files={
        "compose.yaml": """\
            x-app: &app
              build: {context: ., target: final}
              environment: &env
                STAGE: dev
                DATABASE_URL: postgres://shop:shop@db/shop
            services:
              backend:
                <<: *app
                container_name: adoption_backend
                environment:
                  <<: *env
                  API_KEY: none
                ports: ["127.0.0.1:8000:80"]
              worker:
                <<: *app
                profiles: [jobs]
                command: python server.py
              tests:
                <<: *app
                profiles: [tests]
              db:
                image: postgres:15-bookworm
                environment: {POSTGRES_USER: shop, POSTGRES_PASSWORD: shop}
                tmpfs: /var/lib/postgresql/data
            """,
        "Dockerfile": DOCKERFILE.replace("slim-bookworm", "slim-bookworm AS final"),
    },
    config="release: [python release.py]\n",
    file="compose.yaml",
    web="backend",
    services={"database": POSTGRES},
    profiles="jobs",
    said=(
        "The application is the service backend",
        "the service db",
        "builds the stage final",
        "goes without worker, tests",
        "Only compose.yaml sets API_KEY",
    ),
    migrated=("DATABASE_URL",),
)

DATABASES = Shape(
    name="Several databases",
    files={
        "docker-compose.yaml": """\
            version: "3"
            services:
              reports:
                image: postgres:15-bookworm
                environment: [POSTGRES_PASSWORD=secret]
                tmpfs: [/var/lib/postgresql/data]
              geo-db:
                image: postgis/postgis:15-3.4
                environment: [POSTGRES_PASSWORD=secret]
              main:
                image: postgres:15-bookworm
                environment: [POSTGRES_PASSWORD=secret]
                tmpfs: [/var/lib/postgresql/data]
              web:
                build: .
                ports: ["127.0.0.1:8000:80"]
                environment:
                  - DATABASE_URL=postgres://postgres:secret@main:5432/postgres
                  - REPORTING_DATABASE_DSN=postgres://postgres:secret@reports:5432/postgres
            """,
    },
    config="release: [python release.py]\n",
    file="docker-compose.yaml",
    services={
        "database": POSTGRES,
        "database_reporting": POSTGRES,
        "database_geo": "postgis/postgis:15-3.4",
    },
    said=("the service main", "the service reports", "the service geo-db"),
    migrated=("DATABASE_URL", "REPORTING_DATABASE_DSN"),
    stand_ins={"geo-db": POSTGRES},
)

IMAGE = Shape(
    name="An image and no build",
    files={
        "docker-compose.yml": """\
            services:
              shop:
                image: python:3.11-slim-bookworm
                working_dir: /src
                command: python server.py 5000
                volumes: [".:/src"]
                ports: ["127.0.0.1:8000:5000"]
              db:
                image: postgres:15-bookworm
                environment: {POSTGRES_PASSWORD: x}
                tmpfs: /var/lib/postgresql/data
            """,
    },
    web="shop",
    services={"database": POSTGRES},
    said=(
        "The application is the service shop",
        "the service db",
        "Local work runs the image python:3.11-slim-bookworm in shop",
    ),
)

INCLUDED = Shape(
    name="`include` and `extends`",
    files={
        "compose.yml": """\
            include:
              - infra/compose.yaml
            services:
              web:
                extends:
                  file: base.yaml
                  service: application
                ports: ["127.0.0.1:8000:80"]
                environment:
                  SITE: local
            """,
        "infra/compose.yaml": """\
            services:
              postgres:
                image: postgres:${POSTGRES_VERSION:-15-bookworm}
                environment: {POSTGRES_PASSWORD: x}
                tmpfs: /var/lib/postgresql/data
            """,
        "base.yaml": """\
            services:
              application:
                build: .
                environment:
                  DATABASE_URL: postgres://postgres:x@postgres/postgres
                volumes: ["./media:/data"]
            """,
    },
    config="release: [python release.py]\n",
    file="compose.yml",
    services={"database": POSTGRES, "storage": "file"},
    said=("the service postgres", "the mount /data", "sets SITE"),
    migrated=("DATABASE_URL",),
)

FOLDERS = Shape(
    name="The application in a subfolder, nginx in front",
    files={
        "docker-compose.yml": """\
            version: "3.8"
            services:
              proxy:
                image: nginx:1.27
                ports: ["127.0.0.1:8080:80"]
                depends_on: [api]
              api:
                build: {context: ./app, dockerfile: docker/Dockerfile}
                env_file: config/dev.env
                expose: ["80"]
            """,
        "config/dev.env": "TOKEN=x\n",
        "app/docker/Dockerfile": DOCKERFILE,
        "app/server.py": APP["server.py"],
        "app/release.py": APP["release.py"],
    },
    config="release: [python release.py]\n",
    web="api",
    publish=None,
    said=(
        "The application is the service api",
        "Local work builds docker/Dockerfile in app for api",
        "goes without proxy",
        "api publishes no port",
    ),
    stand_ins={"proxy": DEBIAN},
)

ASKED = Shape(
    name="Two that may be the application",
    files={
        "docker-compose.yml": """\
            services:
              api:
                build: .
                ports: ["127.0.0.1:8000:80"]
              frontend:
                build: .
                ports: ["127.0.0.1:8001:80"]
            """,
    },
    config="compose: {web: api}\nservices: {storage: file}\nrelease: [python release.py]\n",
    web="api",
    said=("The application is the service api: devkit.yaml names it",),
)

SHAPES = (
    DIVIO, FIRST, FLASK, RAILS, LARAVEL, COOKIECUTTER, ANCHORS, DATABASES, IMAGE, INCLUDED,
    FOLDERS, ASKED,
)  # fmt: skip
