"""What devkit.yaml says of each service, checked by the kind of service that its key names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from pydantic_core import PydanticCustomError

from devkit.config.checks import IMAGE_PATTERN, problem
from devkit.config.defaults import FILE, S3
from devkit.project import WORKER_PREFIX, ServiceKind, Software, software_of, tag_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.config.model import OtherService

UNKNOWN_KEY = "devkit_unknown_key"
RESERVED = frozenset({"web", "old", "proxy"})
"""The names of containers that are devkit's own."""

_EXAMPLES = {
    ServiceKind.DATABASE: "postgres:15-bookworm",
    ServiceKind.CACHE: "redis:7",
    ServiceKind.BROKER: "rabbitmq:3",
    ServiceKind.STORAGE: "minio/minio:RELEASE.2025-09-07T16-13-09Z",
    ServiceKind.MAIL: "axllent/mailpit:v1.27",
}
_KNOWN = {
    ServiceKind.DATABASE: "PostgreSQL, MariaDB and MySQL",
    ServiceKind.CACHE: "Redis and Valkey",
    ServiceKind.BROKER: "RabbitMQ",
    ServiceKind.STORAGE: "`file`, `s3` and images of MinIO",
    ServiceKind.MAIL: "Mailpit and MailDev",
}

Value = "str | OtherService | Literal[False] | None"


def kind_of(key: str) -> ServiceKind:
    """The kind of service that a key names: ``database_reporting`` is a database."""
    kind = key.partition("_")[0]
    return ServiceKind(kind) if kind in _KINDS else ServiceKind.OTHER


_KINDS = frozenset(kind.value for kind in _EXAMPLES)


def check_services(
    services: Mapping[str, str | OtherService | Literal[False] | None],
) -> Mapping[str, str | OtherService | Literal[False] | None]:
    """Check each service's value by the kind of service that its key names."""
    for key, value in services.items():
        kind, _, prefix = key.partition("_")
        if prefix == "default" and kind in services:
            raise problem(f"is the same service as `{kind}`", key=key)
        if not value:
            continue
        if isinstance(value, str):
            _check_image(kind_of(key), key, value)
        else:
            _check_other(kind_of(key), key, value)
    return services


def _check_image(kind: ServiceKind, key: str, value: str) -> None:
    if kind is ServiceKind.OTHER:
        raise PydanticCustomError(UNKNOWN_KEY, "unknown", {"key": key})
    if kind is ServiceKind.STORAGE and value in (FILE, S3):
        return
    example = (
        "`file` or `s3`" if kind is ServiceKind.STORAGE else f"an image such as {_example(kind)}"
    )
    if not re.fullmatch(IMAGE_PATTERN, value):
        raise problem(f"should be {example}, not `{value}`", key=key)
    if software_of(kind, value) is Software.OTHER:
        raise problem(
            f"is {value}, but devkit knows {_KNOWN[kind]} here",
            hint="Any other service has a name of its own, and a mapping: search: {image: ...}",
            key=key,
        )
    _check_version(key, value, _EXAMPLES[kind])


def _example(kind: ServiceKind) -> str:
    return _EXAMPLES[kind]


def _check_version(key: str, image: str, example: str) -> None:
    if not re.search(r"\d", tag_of(image)):
        raise problem(
            f"is `{image}`, which names no version",
            hint=f"What a service has written, another version may not read: {example}, say.",
            key=key,
        )


def _check_other(kind: ServiceKind, key: str, value: OtherService) -> None:
    if kind is not ServiceKind.OTHER:
        raise problem(f"should be {_inside(kind)}, not a mapping", key=key)
    if key in RESERVED or key.startswith(WORKER_PREFIX):
        raise problem("is a name that devkit itself gives a container: choose another", key=key)
    if value.image is None:
        raise problem("has no `image`", hint="Name one, with a version.", key=key)
    if not re.fullmatch(IMAGE_PATTERN, value.image):
        raise problem(f"has the image `{value.image}`, which is none", key=key)
    _check_version(key, value.image, "elasticsearch:8.19.0")


def _inside(kind: ServiceKind) -> str:
    return f"an image such as {_EXAMPLES[kind]}"
