"""The services that a project needs, told from its packages and from what its settings read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.config.detection.files import REQUIREMENTS, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devkit.config.detection.dependencies import Package
    from devkit.config.detection.findings import Sources

DATABASE_IMAGE = "postgres:15-bookworm"
MARIADB_IMAGE = "mariadb:10.11"
CACHE_IMAGE = "redis:7-bookworm"
BROKER_IMAGE = "rabbitmq:3"
MAIL_IMAGE = "axllent/mailpit:v1.27"
STORAGE = "file"

_POSTGRES = {
    "python": (
        *("psycopg", "psycopg2", "psycopg2-binary", "psycopg2cffi", "psycopg-binary"),
        *("psycopg-c", "asyncpg", "pg8000"),
    ),
    "node": ("pg", "pg-promise", "postgres", "pg-native"),
    "ruby": ("pg",),
    "php": ("ext-pdo_pgsql", "ext-pgsql"),
    "go": ("github.com/lib/pq", "github.com/jackc/pgx"),
}
_MYSQL = {
    "python": ("mysqlclient", "pymysql", "mysql-connector-python", "aiomysql", "asyncmy"),
    "node": ("mysql2", "mysql", "mariadb"),
    "ruby": ("mysql2", "trilogy"),
    "php": ("ext-pdo_mysql", "ext-mysqli"),
    "go": ("github.com/go-sql-driver/mysql",),
}
# These read DATABASE_URL; which database it is they leave to the driver.
_BY_ADDRESS = {"python": ("dj-database-url", "aldryn-django")}
_ELSEWHERE = {"python": ("pymongo", "motor", "mongoengine"), "node": ("mongoose", "mongodb")}
_CACHE = {
    "python": ("redis", "django-redis", "aioredis", "rq", "django-rq", "arq", "channels-redis"),
    "node": ("redis", "ioredis", "bull", "bullmq", "connect-redis"),
    "ruby": ("redis", "sidekiq", "resque", "redis-client"),
    "php": ("predis/predis", "ext-redis"),
    "go": ("github.com/redis/go-redis", "github.com/go-redis/redis"),
}
_BROKER = {
    "python": ("pika", "aio-pika", "amqp", "amqpstorm"),
    "node": ("amqplib", "amqp-connection-manager"),
    "ruby": ("bunny",),
    "php": ("php-amqplib/php-amqplib", "ext-amqp", "symfony/amqp-messenger"),
    "go": ("github.com/rabbitmq/amqp091-go", "github.com/streadway/amqp"),
}
_STORAGE = {"python": ("django-storage-url", "aldryn-django")}

_PHP_DATABASES = ((r"pdo_pgsql|\bpgsql\b", DATABASE_IMAGE), (r"pdo_mysql|mysqli", MARIADB_IMAGE))
_PRISMA = re.compile(r'(?s)datasource\s+\w+\s*\{[^}]*?provider\s*=\s*"(postgresql|mysql)"')
_DATABASE_VARIABLE = re.compile(r"\b(?:DATABASE_URL|([A-Z][A-Z0-9]*)_DATABASE_DSN)\b")
_STORAGE_VARIABLE = re.compile(r"\b([A-Z][A-Z0-9]*)_STORAGE_DSN\b")
_CACHE_VARIABLE = re.compile(r"\bCACHE_URL\b()")
_BROKER_VARIABLE = re.compile(r"\b([A-Z][A-Z0-9]*)_AMQP_BROKER_URL\b")
_MAIL_VARIABLE = re.compile(r"\bEMAIL_URL\b()")


@dataclass(frozen=True, kw_only=True)
class Need:
    """A service, and why.

    Attributes:
        key: As devkit.yaml has it.
        value: The image, or ``file``.
        reason: One sentence.
    """

    key: str
    value: str
    reason: str


def find_services(sources: Sources) -> tuple[Need, ...]:
    """The services, databases first; the first reason for each counts."""
    found: dict[str, Need] = {}
    for need in _needs(sources):
        found.setdefault(need.key, need)
    return tuple(found.values())


def _needs(sources: Sources) -> Iterator[Need]:
    yield from _databases(sources)
    yield from _named("cache", CACHE_IMAGE, "A Redis cache", _cache(sources))
    yield from _read(sources, "cache", CACHE_IMAGE, "A Redis cache", _CACHE_VARIABLE)
    yield from _named("broker", BROKER_IMAGE, "A RabbitMQ broker", _broker(sources))
    yield from _read(sources, "broker", BROKER_IMAGE, "A RabbitMQ broker", _BROKER_VARIABLE)
    yield from _named("storage", STORAGE, "File storage", _packages(sources, _STORAGE))
    yield from _read(sources, "storage", STORAGE, "File storage", _STORAGE_VARIABLE)
    yield from _read(sources, "mail", MAIL_IMAGE, "A mail catcher", _MAIL_VARIABLE)


def _databases(sources: Sources) -> Iterator[Need]:
    image = ""
    for value, found in _database_evidence(sources):
        image = image or value
        yield Need(key="database", value=value, reason=f"{_what(value)}: {found}.")
    if not image and next(_packages(sources, _ELSEWHERE), None):
        return
    image = image or DATABASE_IMAGE
    yield from _named("database", image, _what(image), _packages(sources, _BY_ADDRESS))
    yield from _read(sources, "database", image, _what(image), _DATABASE_VARIABLE)


def _database_evidence(sources: Sources) -> Iterator[tuple[str, str]]:
    for image, known in ((DATABASE_IMAGE, _POSTGRES), (MARIADB_IMAGE, _MYSQL)):
        for package in _packages(sources, known):
            yield image, _names(package)
    prisma = _PRISMA.search(sources.files.get("prisma/schema.prisma", ""))
    if prisma:
        image = DATABASE_IMAGE if prisma[1] == "postgresql" else MARIADB_IMAGE
        yield image, f"prisma/schema.prisma has {prisma[1]}"
    if "docker-php-ext-install" in sources.dockerfile_text:
        for pattern, image in _PHP_DATABASES:
            if match := re.search(pattern, sources.dockerfile_text):
                yield image, f"the Dockerfile installs {match[0]}"


def _what(image: str) -> str:
    return "A PostgreSQL database" if image == DATABASE_IMAGE else "A MariaDB database"


def _cache(sources: Sources) -> Iterator[Package]:
    celery = sources.dependencies.python.get("celery")
    if celery and "redis" in celery.extras:
        yield celery
    yield from _packages(sources, _CACHE)


def _broker(sources: Sources) -> Iterator[Package]:
    """Celery's own choice is RabbitMQ, where nothing else that it could use is there."""
    yield from _packages(sources, _BROKER)
    celery = sources.dependencies.python.get("celery")
    if celery and next(_cache(sources), None) is None and "sqs" not in celery.extras:
        yield celery


def _packages(sources: Sources, known: Mapping[str, tuple[str, ...]]) -> Iterator[Package]:
    for language, names in known.items():
        packages: Mapping[str, Package] = getattr(sources.dependencies, language)
        yield from (packages[name] for name in names if name in packages)


def _named(key: str, value: str, what: str, packages: Iterator[Package]) -> Iterator[Need]:
    for package in packages:
        yield Need(key=key, value=value, reason=f"{what}: {_names(package)}.")


def _names(package: Package) -> str:
    return f"{package.file} names {package.name}"


def _read(
    sources: Sources, kind: str, value: str, what: str, variable: re.Pattern[str]
) -> Iterator[Need]:
    """What the settings read from the environment, by its prefix."""
    for path, text in sorted(sources.texts.items()):
        is_read = SETTINGS.fullmatch(path) and not REQUIREMENTS.fullmatch(path)
        for match in variable.finditer(text) if is_read else ():
            prefix = (match[1] or "DEFAULT").lower()
            key = kind if prefix == "default" else f"{kind}_{prefix}"
            yield Need(key=key, value=value, reason=f"{what}: {path} reads {match[0]}.")
