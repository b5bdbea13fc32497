"""How the application finds the services that run in containers: addresses and passwords."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote

from devkit.project import DEFAULT_PREFIX, ServiceKind, Software

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from devkit.project import Custom, Service

DATABASE_NAME = "db"
DATABASE_USER = "postgres"
"""PostgreSQL's own."""
USER = "devkit"
"""Of all software that knows users and has none of its own."""
BUCKET = "media"
REGION = "us-east-1"
LOCAL_PASSWORD = "postgres"  # noqa: S105 - the local database asks nobody for one
LOCAL_SERVICE_PASSWORD = "local-only"  # noqa: S105 - only the project's containers may come to it
_PASSWORD_LENGTH = 32


def service_password(service: Service, secret: str) -> str:
    """The password of a service.

    PostgreSQL's is the secret itself; each other service has one of its own, of digits and
    letters, so that it may stand in any address, option and file.

    Args:
        service: The service.
        secret: What the passwords of an environment are made from.
    """
    if service.software is Software.POSTGRES:
        return secret
    if secret == LOCAL_PASSWORD:
        return LOCAL_SERVICE_PASSWORD
    made = hmac.new(secret.encode(), service.name.encode(), hashlib.sha256)
    return made.hexdigest()[:_PASSWORD_LENGTH]


def service_passwords(services: Iterable[Service], secret: str) -> frozenset[str]:
    """The passwords of all that run in containers."""
    return frozenset(service_password(each, secret) for each in services if each.image)


def contained_variables(service: Service, password: str) -> dict[str, str]:
    """The variables that tell the application of a service."""
    if service.custom is not None:
        return filled(service, service.custom.variables, password)
    address = address_of(service, password)
    return dict.fromkeys(variable_names(service), address)


def variable_names(service: Service) -> tuple[str, ...]:
    """The names of a service's variables."""
    if service.custom is not None:
        return tuple(service.custom.variables)
    is_default = service.prefix == DEFAULT_PREFIX
    match service.kind:
        case ServiceKind.DATABASE:
            also = ("DATABASE_URL",) if is_default else ()
            return (f"{service.prefix}_DATABASE_DSN", *also)
        case ServiceKind.BROKER:
            return (f"{service.prefix}_AMQP_BROKER_URL",)
        case ServiceKind.CACHE:
            return ("CACHE_URL",) if is_default else (f"{service.prefix}_CACHE_URL",)
        case ServiceKind.MAIL:
            return ("EMAIL_URL",) if is_default else (f"{service.prefix}_EMAIL_URL",)
        case _:
            return (f"{service.prefix}_STORAGE_DSN",)


def filled(service: Service, values: Mapping[str, str], password: str) -> dict[str, str]:
    """The values with the service's host, port and password in their places."""
    custom: Custom | None = service.custom
    known = {
        "{host}": service.name,
        "{port}": str((custom and custom.port) or ""),
        "{password}": password,
    }
    return {name: _replaced(value, known) for name, value in values.items()}


def _replaced(value: str, known: Mapping[str, str]) -> str:
    for place, text in known.items():
        value = value.replace(place, text)
    return value


def address_of(service: Service, password: str) -> str:
    """The address of a service, with user and password."""
    return _ADDRESSES[service.software](service, quote(password, safe=""))


def store_host(service: Service) -> str:
    """The host of an object store, of three labels as S3's own are."""
    return f"{service.host}.s3.internal"


def _postgres(service: Service, password: str) -> str:
    return f"postgres://{DATABASE_USER}:{password}@{service.name}:5432/{DATABASE_NAME}"


def _mysql(service: Service, password: str) -> str:
    return f"mysql://{USER}:{password}@{service.name}:3306/{DATABASE_NAME}"


def _redis(service: Service, password: str) -> str:
    return f"redis://:{password}@{service.name}:6379/0"


def _rabbitmq(service: Service, password: str) -> str:
    # %2F is the virtual host of the beginning, /.
    return f"amqp://{USER}:{password}@{service.name}:5672/%2F"


def _minio(service: Service, password: str) -> str:
    """As django-storage-url reads it: the bucket is the first label, the store the other three."""
    options = f"addressing_style=path&auth=s3v4&region_name={REGION}"
    return f"s3://{USER}:{password}@{BUCKET}.{store_host(service)}:9000/?{options}"


def _mail(service: Service, _: str) -> str:
    return f"smtp://{service.name}:1025"


_ADDRESSES: Mapping[Software, Callable[[Service, str], str]] = {
    Software.POSTGRES: _postgres,
    Software.MARIADB: _mysql,
    Software.MYSQL: _mysql,
    Software.REDIS: _redis,
    Software.VALKEY: _redis,
    Software.RABBITMQ: _rabbitmq,
    Software.MINIO: _minio,
    Software.MAILPIT: _mail,
    Software.MAILDEV: _mail,
}
