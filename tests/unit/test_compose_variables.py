"""The variables that the application gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from devkit.compose.variables import cloud_variables, database_mount, local_variables
from devkit.project import Commit, Environment, Project, Service, ServiceKind, Web

COMMIT = Commit(sha="a" * 40, tree="b" * 40, branch="main")
DATABASE = Service(kind=ServiceKind.DATABASE, image="postgres:15-bookworm")
STORAGE = Service(kind=ServiceKind.STORAGE)


def project(*services: Service, name: str = "my_app", **env: str) -> Project:
    environments = {n: Environment(name=n) for n in ("test", "live")}
    return Project(
        name=name,
        root=Path("/work"),
        web=Web(),
        services=services,
        release=(),
        environments={**environments, "local": Environment(name="local", env=env)},
    )


def cloud(environment: Environment, *services: Service) -> dict[str, str]:
    return cloud_variables(
        project(*services),
        environment=environment,
        commit=COMMIT,
        database_password="p@ss/w:d",
        secret_key="secret",
    )


def test_local_variables_without_a_service() -> None:
    assert local_variables(project()) == {
        "STAGE": "local",
        "DEBUG": "True",
        "DOMAIN": "localhost",
        "DOMAIN_ALIASES": "127.0.0.1",
    }


def test_local_services() -> None:
    variables = local_variables(project(DATABASE, STORAGE))
    dsn = "postgres://postgres:postgres@database_default:5432/db"
    assert variables["DATABASE_URL"] == variables["DEFAULT_DATABASE_DSN"] == dsn
    assert variables["DEFAULT_STORAGE_DSN"] == "file:///data/media/?url=%2Fmedia%2F"


def test_other_prefixes() -> None:
    reporting = Service(kind=ServiceKind.DATABASE, prefix="REPORTING", image="postgres:16")
    backup = Service(kind=ServiceKind.STORAGE, prefix="BACKUP")
    variables = local_variables(project(reporting, backup))
    assert variables["REPORTING_DATABASE_DSN"] == (
        "postgres://postgres:postgres@database_reporting:5432/db"
    )
    assert variables["BACKUP_STORAGE_DSN"] == "file:///data/media-backup/?url=%2Fmedia-backup%2F"
    assert not {"DATABASE_URL", "DEFAULT_DATABASE_DSN", "DEFAULT_STORAGE_DSN"} & set(variables)


def test_the_environment_of_devkit_yaml_wins_and_secrets_are_elsewhere() -> None:
    variables = local_variables(project(DEBUG="False", MORE="x"))
    assert (variables["DEBUG"], variables["MORE"]) == ("False", "x")
    assert "SECRET_KEY" not in variables


def test_what_the_cloud_gives_live() -> None:
    assert cloud(Environment(name="live"), DATABASE, STORAGE) == {
        "STAGE": "live",
        "DEBUG": "False",
        "DOMAIN": "my-app.example.com",
        "DOMAIN_ALIASES": "www.my-app.example.com",
        "SECRET_KEY": "secret",
        "GIT_BRANCH": "main",
        "GIT_COMMIT": "a" * 40,
        "DEFAULT_DATABASE_DSN": "postgres://postgres:p%40ss%2Fw%3Ad@database_default:5432/db",
        "DATABASE_URL": "postgres://postgres:p%40ss%2Fw%3Ad@database_default:5432/db",
        "DEFAULT_STORAGE_DSN": "file:///data/media/?url=%2Fmedia%2F",
    }


def test_what_the_cloud_gives_test() -> None:
    variables = cloud(Environment(name="test"))
    assert variables["STAGE"] == "test"
    assert variables["DEBUG"] == "False"
    assert variables["DOMAIN"] == "my-app-test.example.com"


def test_the_environment_of_devkit_yaml_wins_in_the_cloud_too() -> None:
    variables = cloud(Environment(name="test", env={"DEBUG": "True", "SECRET_KEY": "mine"}))
    assert (variables["DEBUG"], variables["SECRET_KEY"]) == ("True", "mine")


@pytest.mark.parametrize(
    ("image", "mount"),
    [
        ("postgres:15-bookworm", "/var/lib/postgresql/data"),
        ("postgres:9.6", "/var/lib/postgresql/data"),
        ("postgres:17.5-alpine3.21", "/var/lib/postgresql/data"),
        ("postgres:18", "/var/lib/postgresql"),
        ("postgres:18-bookworm", "/var/lib/postgresql"),
        ("postgres:19beta1", "/var/lib/postgresql"),
        ("postgres:15@sha256:1800", "/var/lib/postgresql/data"),
        ("localhost:5000/postgres:15", "/var/lib/postgresql/data"),
        ("localhost:18/team18/postgres:15", "/var/lib/postgresql/data"),
        ("postgis/postgis:15-3.4", "/var/lib/postgresql/data"),
        ("postgis/postgis:18-3.6", "/var/lib/postgresql"),
        ("pgvector/pgvector:0.8.0-pg17", "/var/lib/postgresql/data"),
        ("pgvector/pgvector:pg18-trixie", "/var/lib/postgresql"),
        ("timescale/timescaledb:2.20.3-pg15", "/var/lib/postgresql/data"),
        ("timescale/timescaledb:2.24.0-pg18", "/var/lib/postgresql"),
    ],
)
def test_where_the_images_of_each_version_keep_their_data(image: str, mount: str) -> None:
    assert database_mount(Service(kind=ServiceKind.DATABASE, image=image)) == mount
