"""Which image a service of a compose file runs, and what is in the images that many projects have.

Servers are known by their whole names: what has a server's name in its own is most often a helper
of it, such as postgres-exporter or redis-commander.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.dockerfile import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from devkit.adoption.document import Read

DOCKERFILE = "Dockerfile"

_KINDS = (
    ("database", re.compile(
        r"postgres|postgis|timescaledb(?:-ha|-postgis)?|pgvector|pgroonga|citus"
        r"|mariadb|mysql|mysql-server|percona|percona-server"
    )),
    ("cache", re.compile(r"redis|valkey")),
    ("broker", re.compile(r"rabbitmq")),
    ("mail", re.compile(r"mailpit|maildev")),
)  # fmt: skip
"""The official images and those made after them: the same variables, folders and commands."""

_MAKERS = r"(?:.*/)?(?:bitnami\w*|linuxserver|sameersbn|wodby)/"
_MINOR = r"\d+(?:\.\d+)?"
_OTHERS = (
    # The image, the kind, the official image, and how much of the version its tags have.
    (r"(?:.*/)?postgresql(?:-repmgr)?", "database", "postgres", r"9\.\d|\d+"),
    (r"(?:.*/)?kartoza/postgis", "database", "postgis/postgis", r"\d+-\d+\.\d+"),
    (_MAKERS + r"mysql", "database", "mysql", _MINOR),
    (_MAKERS + r"mariadb(?:-galera)?", "database", "mariadb", _MINOR),
    (_MAKERS + r"redis", "cache", "redis", _MINOR),
    (r"(?:.*/)?redis/redis-stack(?:-server)?", "cache", "redis", _MINOR),
    (_MAKERS + r"valkey", "cache", "valkey/valkey", _MINOR),
    (_MAKERS + r"rabbitmq", "broker", "rabbitmq", _MINOR),
)
"""Those that are set up in a way of their own, which no template of devkit's does."""

_SERVICE = re.compile(
    r"(?:^|/)(?!nginx-php)(?:postgres(?:ql)?|postgis|timescaledb|pgvector|pgroonga|pgbouncer|mysql"
    r"|mariadb|percona|mongo(?:db)?|mssql/server|cassandra|clickhouse|influxdb|neo4j|couchdb|redis"
    r"|redisinsight|valkey|keydb|dragonfly|memcached|rabbitmq|kafka|zookeeper|nats|elasticsearch"
    r"|opensearch|kibana|logstash|minio|mailhog|mailpit|mailcatcher|maildev|mailcrab|nginx|openresty"
    r"|traefik|caddy|haproxy|envoy|httpd|selenium|adminer|phpmyadmin|pgadmin4?|flower|localstack"
    r"|varnish|solr|meilisearch|typesense|qdrant|prometheus|grafana|jaeger|soketi)"
    r"(?:[-_][\w.-]+)?(?:[:@]|$)"
)


@dataclass(frozen=True, kw_only=True)
class Known:
    """An image that holds one of the services that the cloud gives.

    Attributes:
        kind: As the keys of devkit.yaml's ``services`` begin.
        official: The official image of that version where this one is set up in a way of its own;
            empty where its version cannot be told, None where it is set up as the official one.
    """

    kind: str
    official: str | None = None


def known_image(image: str) -> Known | None:
    """What is known of an image; None for one that is no such service."""
    path, tag = _parts(image)
    for pattern, kind, official, version in _OTHERS:
        if re.fullmatch(pattern, path):
            told = re.match(version, tag)
            return Known(kind=kind, official=f"{official}:{told[0]}" if told else "")
    name = path.rpartition("/")[2]
    kinds = (kind for kind, names in _KINDS if names.fullmatch(name))
    return next((Known(kind=kind) for kind in kinds), None)


def is_service_image(image: str) -> bool:
    """Whether an image is known to serve applications, and to be none."""
    return bool(_SERVICE.search(image))


def image_of(service: Mapping[str, Any], *, read: Read, text: Callable[[object], str] = str) -> str:
    """The image that a service runs, or is built from; empty where that cannot be told.

    Args:
        service: A service of a compose file, or of what docker compose makes of it.
        read: Gives the text of a Dockerfile.
        text: Puts the variables into a value.
    """
    build = build_of(service)
    if not build:
        return text(service.get("image") or "")
    written = build.get("dockerfile_inline")
    return parse(str(written) if written else read(dockerfile_of(build, text)) or "").base or ""


def is_cloud_build(
    service: Mapping[str, Any], *, read: Read, text: Callable[[object], str] = str
) -> bool:
    """Whether a service is built from the Dockerfile in the project's folder, as in the cloud.

    Where docker compose has made the paths whole, that is told by what is in the file.
    """
    build = build_of(service)
    if not build or build.get("dockerfile_inline"):
        return False
    own = read(DOCKERFILE)
    return own is not None and read(dockerfile_of(build, text)) == own


def build_of(service: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a service says of its build, in the long form; empty where nothing is built."""
    build = service.get("build") or {}
    return build if isinstance(build, dict) else {"context": build}


def dockerfile_of(build: Mapping[str, Any], text: Callable[[object], str] = str) -> str:
    """The path of the Dockerfile that a ``build`` names."""
    folder, path = build.get("context") or ".", build.get("dockerfile") or DOCKERFILE
    return posixpath.normpath(posixpath.join(text(folder), text(path)))


def _parts(image: str) -> tuple[str, str]:
    """Its name with its registry, and its tag."""
    folder, slash, name = image.partition("@")[0].rpartition("/")
    name, _, tag = name.partition(":")
    return folder + slash + name, tag
