"""The stand-ins' documents and addresses, and the services of every kind."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import yaml

from devkit.compose.addresses import service_password, service_passwords, variable_names
from devkit.compose.document import render_compose
from devkit.compose.rehearsal import RehearsalSettings, WebSettings, rehearsal_document
from devkit.compose.stand_ins import rehearsed_service
from devkit.compose.variables import local_variables, service_variables
from devkit.config.load import project_from_text
from devkit.config.resolve import as_mapping
from devkit.engine.data_copy import DevelopmentData
from devkit.engine.development import Development, _is_left_out
from devkit.engine.project_cache import load_project_cached
from devkit.project import (
    Environment,
    Project,
    Service,
    ServiceKind,
    Software,
    Worker,
    software_of,
)
from tests.files import build_file_tree

if TYPE_CHECKING:
    from devkit.engine.stage import ComposeStage

DOCKERFILE = "FROM python:3.11\nWORKDIR /app\nCOPY . .\nEXPOSE 80\n"
ALL = """\
name: shop
services:
  database: mariadb:11
  database_old: mysql:8.4
  database_reporting: postgres:15
  cache: redis:7
  cache_sessions: valkey/valkey:8
  broker: rabbitmq:3
  storage: file
  storage_private: s3
  mail: axllent/mailpit:v1.27
  mail_other: maildev/maildev:2.2.1
  search:
    image: elasticsearch:8.19.0
    port: 9200
    env: {discovery.type: single-node, ELASTIC_PASSWORD: "{password}$"}
    variables: {SEARCH_URL: "http://elastic:{password}@{host}:{port}"}
    volume: /usr/share/elasticsearch/data/
    command: elasticsearch -p "a b"
    healthcheck: curl --fail "http://127.0.0.1:9200/$X"
workers:
  queue: celery -A app worker
  beat: {command: "celery beat '$x'", containers: 2, memory: 64m}
"""


def project(text: str = ALL) -> Project:
    return project_from_text(text, root=Path("/work/x"), dockerfile_text=DOCKERFILE, facts={})


def composed(text: str = ALL) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(render_compose(project(text)))
    return loaded


def rehearsed(text: str = ALL, *, durable: bool = False) -> dict[str, Any]:
    made = project(text)
    web = WebSettings(
        image="devkit/shop:1",
        environment=Environment(name="live", memory="512m"),
        variables={"A": "b"},
        mounts_storage=bool(made.storages),
        workers={worker.name: worker for worker in made.workers},
    )
    return rehearsal_document(
        RehearsalSettings(
            labels={"io.devkit.run": "1"},
            services=made.services,
            database_password="secret",
            webs={"web": web},
            durable=durable,
        )
    )


@pytest.mark.parametrize(
    ("kind", "image", "software"),
    [
        (ServiceKind.DATABASE, "postgres:15", Software.POSTGRES),
        (ServiceKind.DATABASE, "postgis/postgis:16-3.4", Software.POSTGRES),
        (ServiceKind.DATABASE, "timescale/timescaledb:2.1-pg15", Software.POSTGRES),
        (ServiceKind.DATABASE, "pgvector/pgvector:pg16", Software.POSTGRES),
        (ServiceKind.DATABASE, "registry.mysql.org/team/own:15", Software.POSTGRES),
        (ServiceKind.DATABASE, "mariadb:11", Software.MARIADB),
        (ServiceKind.DATABASE, "mysql:8.4", Software.MYSQL),
        (ServiceKind.DATABASE, "percona:8@sha256:00", Software.MYSQL),
        (ServiceKind.DATABASE, "mongo:8", Software.OTHER),
        (ServiceKind.CACHE, "valkey/valkey:8", Software.VALKEY),
        (ServiceKind.CACHE, "memcached:1", Software.OTHER),
    ],
)
def test_the_software_is_told_from_the_images_name(
    kind: ServiceKind, image: str, software: Software
) -> None:
    assert software_of(kind, image) is software


def test_local_addresses() -> None:
    variables = local_variables(project())
    mysql = "mysql://devkit:local-only@database_default:3306/db"
    assert {name: variables[name] for name in variables if name[0] != "D" or "_" in name} == {
        "STAGE": "local",
        "DOMAIN_ALIASES": "127.0.0.1",
        "DEFAULT_DATABASE_DSN": mysql,
        "DATABASE_URL": mysql,
        "OLD_DATABASE_DSN": "mysql://devkit:local-only@database_old:3306/db",
        "REPORTING_DATABASE_DSN": "postgres://postgres:postgres@database_reporting:5432/db",
        "CACHE_URL": "redis://:local-only@cache_default:6379/0",
        "SESSIONS_CACHE_URL": "redis://:local-only@cache_sessions:6379/0",
        "DEFAULT_AMQP_BROKER_URL": "amqp://devkit:local-only@broker_default:5672/%2F",
        "EMAIL_URL": "smtp://mail_default:1025",
        "OTHER_EMAIL_URL": "smtp://mail_other:1025",
        "SEARCH_URL": "http://elastic:local-only@search:9200",
        "PRIVATE_STORAGE_DSN": (
            "s3://devkit:local-only@media.storage-private.s3.internal:9000/"
            "?addressing_style=path&auth=s3v4&region_name=us-east-1"
        ),
        "DEFAULT_STORAGE_DSN": "file:///data/media/?url=%2Fmedia%2F",
    }


def test_each_service_has_a_password_of_its_own_in_a_rehearsal() -> None:
    made = project()
    databases = ("database_default", "database_old", "cache_default", "cache_sessions", "search")
    passwords = {service_password(s, "secret") for s in made.contained if s.name in databases}
    assert len(passwords) == len(databases)
    assert all(len(each) == 32 and each.isalnum() for each in passwords)
    values = " ".join(service_variables(made, database_password="secret").values())
    assert all(each in values for each in passwords)
    assert "local-only" not in values
    assert passwords < service_passwords(made.services, "secret")
    assert passwords.isdisjoint(service_passwords(made.services, "another"))


def test_a_service_is_the_same_in_both_documents_but_for_passwords_and_what_is_published() -> None:
    local, there = composed()["services"], rehearsed()["services"]
    names = {service.name for service in project().contained}
    assert names == set(local) - {"web", "worker_queue", "worker_beat"}
    for name in names:
        for key in ("image", "volumes", "hostname", "networks"):
            assert local[name].get(key) == there[name].get(key), (name, key)
        # A build runs beside a rehearsal's, which is looked at less often.
        pace = {"start_interval": None}
        checks = [each[name].get("healthcheck", {}) | pace for each in (local, there)]
        assert checks[0] == checks[1], name
    assert [name for name in local if "ports" in local[name]] == [
        "web",
        "mail_default",
        "mail_other",
    ]
    assert not any("ports" in service for service in there.values())


def test_what_the_images_are_told_in_a_rehearsal() -> None:
    services = rehearsed()["services"]
    password = service_password(project().databases[0], "secret")
    assert services["database_default"]["environment"] == {
        "MARIADB_DATABASE": "db",
        "MARIADB_USER": "devkit",
        "MARIADB_PASSWORD": password,
        "MARIADB_ROOT_PASSWORD": password,
    }
    for name in ("database_default", "database_old"):
        assert services[name]["command"] == ["--max-connections=60"]
    assert services["database_old"]["healthcheck"]["test"] == [
        "CMD-SHELL",
        'MYSQL_PWD="$$MYSQL_PASSWORD" mysqladmin --host=127.0.0.1 --user="$$MYSQL_USER" ping',
    ]
    assert services["cache_sessions"]["command"][0] == "--requirepass"
    assert services["broker_default"]["hostname"] == "broker-default"
    search = services["search"]
    assert search["command"] == ["elasticsearch", "-p", "a b"]
    assert search["environment"]["ELASTIC_PASSWORD"].endswith("$$")
    assert search["healthcheck"]["test"][1] == 'curl --fail "http://127.0.0.1:9200/$$X"'
    assert search["volumes"] == ["search:/usr/share/elasticsearch/data"]


def test_data_that_stay_are_written_with_care() -> None:
    reporting = project().databases[2]
    thrown = rehearsed_service(reporting, secret="s", durable=False)
    kept = rehearsed_service(reporting, secret="s", durable=True)
    assert "fsync=off" in thrown["command"]
    assert "fsync=off" not in kept["command"]
    assert "POSTGRES_INITDB_ARGS" not in kept["environment"]


def test_only_what_keeps_something_has_a_volume() -> None:
    expected = {service.name for service in project().contained if "MAIL" not in service.kind.name}
    assert set(composed()["volumes"]) == expected
    assert set(rehearsed()["volumes"]) == {*expected, "storage_default"}


def test_a_service_without_a_health_check_is_ready_once_it_runs() -> None:
    web = composed("services: {search: {image: 'a:1'}, cache: redis:7}")["services"]["web"]
    assert web["depends_on"] == {
        "search": {"condition": "service_started"},
        "cache_default": {"condition": "service_healthy"},
    }


def test_workers_share_the_image_that_is_built_once() -> None:
    services = composed()["services"]
    web, worker = services["web"], services["worker_queue"]
    assert [name for name in services if "build" in services[name]] == ["web"]
    assert web["image"] == worker["image"] == "${COMPOSE_PROJECT_NAME}-web"
    assert worker["command"] == ["celery", "-A", "app", "worker"]
    assert worker["init"] is True
    for key in ("environment", "env_file", "volumes", "depends_on"):
        assert worker[key] == web[key]
    assert "ports" not in worker


def test_workers_in_a_rehearsal_are_web_with_another_command() -> None:
    services = rehearsed()["services"]
    queue, beat = services["worker_queue"], services["worker_beat"]
    assert {**services["web"], "command": queue["command"], "labels": queue["labels"]} == queue
    assert queue["labels"] == {"io.devkit.run": "1", "io.devkit.worker": "true"}
    assert beat["command"] == ["celery", "beat", "$$x"]
    assert (queue["mem_limit"], beat["mem_limit"], beat["memswap_limit"]) == ("512m", "64m", "64m")


def test_without_workers_web_names_no_image() -> None:
    assert "image" not in composed("name: shop")["services"]["web"]


def test_what_is_in_effect_loads_to_the_same_project() -> None:
    made = project()
    again = project(yaml.safe_dump(as_mapping(made), sort_keys=False))
    assert (again.services, again.workers) == (made.services, made.workers)
    assert made.workers[1] == Worker(
        label="beat", command="celery beat '$x'", containers=2, memory="64m"
    )


def test_the_cache_gives_the_same_project(tmp_path: Path) -> None:
    root = build_file_tree(
        tmp_path / "shop", {"Dockerfile": DOCKERFILE, "devkit.yaml": ALL, ".devkit/x": ""}
    )
    first = load_project_cached(root)
    assert (root / ".devkit" / "project.json").is_file()
    assert load_project_cached(root) == first


def test_what_a_copy_of_the_data_leaves_out_is_told() -> None:
    left_out = tuple(each.name for each in project().contained if _is_left_out(each))
    assert left_out == ("database_default", "database_old", "storage_private")
    told: list[str] = []
    data = DevelopmentData(
        development=Development(left_out=left_out),
        stage=cast("ComposeStage", None),  # nothing is copied
        empty_image="",
    )
    said = asyncio.run(data.copy(on_line=told.append, warn=told.append))
    assert said == "there was nothing to copy"
    assert [each.partition(" ")[0] for each in told] == list(left_out)


def test_databases_and_storages_mean_what_they_say() -> None:
    made = project()
    assert [s.name for s in made.databases] == [
        "database_default",
        "database_old",
        "database_reporting",
    ]
    assert [s.name for s in made.storages] == ["storage_default"]
    assert all(service.image for service in made.contained)
    assert variable_names(Service(kind=ServiceKind.BROKER, prefix="P")) == ("P_AMQP_BROKER_URL",)
