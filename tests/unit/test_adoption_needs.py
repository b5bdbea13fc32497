"""Which images of a compose file hold one of the cloud's services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devkit.adoption.document import ComposeFile
from devkit.adoption.needs import find_needs

if TYPE_CHECKING:
    from devkit.adoption.needs import Need

WEB = {"build": "."}
FILES = {
    "mysql/Dockerfile": "FROM mysql:8.0\n",
    "mongo/Dockerfile": "FROM mongo:7\n",
    "plain/Dockerfile": "FROM debian:bookworm\n",
    "staged/Dockerfile": "ARG V=16\nFROM golang AS build\nFROM postgis/postgis:${V}-3.4\n",
    "backup/Dockerfile": "FROM postgres:15\n",
}


def needs(services: dict[str, Any]) -> tuple[Need, ...]:
    file = ComposeFile(name="compose.yaml", services={"web": WEB, **services})
    return find_needs(file, "web", FILES.get)


def told(services: dict[str, Any]) -> dict[str, str]:
    return {each.key: each.value for each in needs(services)}


@pytest.mark.parametrize(
    ("key", "image"),
    [
        ("database", "postgres:15"),
        ("database", "docker.io/library/postgres:15.4-alpine@sha256:0123"),
        ("database", "registry.example.com:5000/proxied/postgres:15"),
        ("database", "arm64v8/postgres:16"),
        ("database", "postgis/postgis:15-3.4"),
        ("database", "timescale/timescaledb:2.17.2-pg15"),
        ("database", "timescale/timescaledb-ha:pg15"),
        ("database", "pgvector/pgvector:pg16"),
        ("database", "mariadb:10.11"),
        ("database", "mysql:8.0"),
        ("database", "mysql/mysql-server:8.0"),
        ("database", "percona/percona-server:8.0"),
        ("cache", "redis:7.2-alpine"),
        ("cache", "valkey/valkey:8"),
        ("broker", "rabbitmq:3.13-management"),
        ("mail", "axllent/mailpit:v1.27"),
        ("mail", "maildev/maildev:2.1.0"),
    ],
)
def test_an_image_as_the_official_one_is_taken_as_it_is(key: str, image: str) -> None:
    (need,) = needs({"other": {"image": image}})
    assert (need.key, need.value, need.weakness) == (key, image, "")


@pytest.mark.parametrize(
    "image",
    [
        "prometheuscommunity/postgres-exporter:v0.15.0",
        "wrouesnel/postgres_exporter:v0.8.0",
        "prodrigestivill/postgres-backup-local:15",
        "eeshugerman/postgres-backup-s3:15",
        "postgrest/postgrest:v12.0.2",
        "graphile/postgraphile:4.13.0",
        "edoburu/pgbouncer:1.23.1",
        "dpage/pgadmin4:8.12",
        "databack/mysql-backup:1.0.0",
        "prom/mysqld-exporter:v0.15.1",
        "percona/pmm-server:2.41",
        "percona/percona-xtrabackup:8.0",
        "rediscommander/redis-commander:0.8",
        "oliver006/redis_exporter:v1.5",
        "redis/redisinsight:2.50",
        "bitnami/redis-sentinel:7.2",
        "kbudde/rabbitmq-exporter:1.0.0",
        "bitnami/postgres-exporter:0.15",
        "mongo:7",
        "",
    ],
)
def test_a_helper_of_a_server_is_no_server(image: str) -> None:
    assert told({"other": {"image": image}}) == {}


@pytest.mark.parametrize(
    ("image", "key", "official"),
    [
        ("bitnami/postgresql:15", "database", "postgres:15"),
        ("docker.io/bitnami/postgresql:15.4.0-debian-11-r45", "database", "postgres:15"),
        ("bitnamilegacy/postgresql:17", "database", "postgres:17"),
        ("bitnami/postgresql:9.6.24", "database", "postgres:9.6"),
        ("bitnami/postgresql-repmgr:16.6.0", "database", "postgres:16"),
        ("sameersbn/postgresql:15-20230628", "database", "postgres:15"),
        ("kartoza/postgis:15-3.4--v2024.03.17", "database", "postgis/postgis:15-3.4"),
        ("bitnami/mysql:8.4.3-debian-12-r0", "database", "mysql:8.4"),
        ("bitnamilegacy/mariadb:11.4", "database", "mariadb:11.4"),
        ("lscr.io/linuxserver/mariadb:10.11.8", "database", "mariadb:10.11"),
        ("bitnami/redis:7.0", "cache", "redis:7.0"),
        ("bitnami/redis:7", "cache", "redis:7"),
        ("redis/redis-stack-server:7.2.0-v10", "cache", "redis:7.2"),
        ("bitnami/valkey:8.0.2", "cache", "valkey/valkey:8.0"),
        ("bitnami/rabbitmq:3.13.7", "broker", "rabbitmq:3.13"),
    ],
)
def test_an_image_of_another_maker_is_taken_as_the_official_one(
    image: str, key: str, official: str
) -> None:
    (need,) = needs({"other": {"image": image}})
    assert (need.key, need.value, need.service) == (key, official, "other")
    assert need.weakness == (
        f"its image {image} is set up in a way of its own, so {official} is taken"
    )


NO_VERSION = "names no version"
OWN_WAY = "is set up in a way of its own"


@pytest.mark.parametrize(
    ("image", "why", "services"),
    [
        ("postgres", NO_VERSION, {"database": "postgres:15-bookworm"}),
        ("rabbitmq:management", NO_VERSION, {"broker": "rabbitmq:3"}),
        ("bitnami/postgresql:latest", OWN_WAY, {"database": "postgres:15-bookworm"}),
        ("kartoza/postgis:15", OWN_WAY, {"database": "postgres:15-bookworm"}),
        ("redis/redis-stack:latest", OWN_WAY, {"cache": "redis:7"}),
        ("bitnami/redis", OWN_WAY, {"cache": "redis:7"}),
        ("mysql:latest", "", {}),
        ("bitnami/mysql", "", {}),
        ("mysql:${MYSQL_VERSION}", "", {}),
    ],
)
def test_without_a_version_there_is_a_common_one(
    image: str, why: str, services: dict[str, str]
) -> None:
    found = needs({"other": {"image": image}})
    assert {each.key: each.value for each in found} == services
    assert [each.weakness for each in found] == [
        f"its image {image} {why}, so {taken} is taken" for taken in services.values()
    ]


@pytest.mark.parametrize(
    ("name", "build", "services"),
    [
        ("db", "mysql", {"database": "mysql:8.0"}),
        ("db", {"context": "staged"}, {"database": "postgis/postgis:16-3.4"}),
        ("db", {"dockerfile": "backup/Dockerfile"}, {"database": "postgres:15"}),
        ("db", "plain", {"database": "postgres:15-bookworm"}),
        ("database", "missing", {"database": "postgres:15-bookworm"}),
        ("db", "mongo", {}),
        ("backup", "backup", {}),
    ],
)
def test_one_that_is_built_is_what_it_is_built_from(
    name: str, build: object, services: dict[str, str]
) -> None:
    assert told({name: {"build": build}}) == services
