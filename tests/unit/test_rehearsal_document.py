"""The cloud's limits in the Compose document of a rehearsal."""

from __future__ import annotations

from typing import Any

from devkit.compose.rehearsal import RehearsalSettings, WebSettings, rehearsal_document
from devkit.project import Environment, Service, ServiceKind

DATABASE = Service(kind=ServiceKind.DATABASE, image="postgres:15-bookworm")
STORAGE = Service(kind=ServiceKind.STORAGE)


def document(environment: Environment, *, durable: bool = False) -> dict[str, Any]:
    """The document of a project with a database and a storage."""
    web = WebSettings(
        image="devkit/app:1",
        environment=environment,
        variables={"PRICE": "$5"},
        mounts_storage=True,
    )
    settings = RehearsalSettings(
        labels={"io.devkit.run": "1"},
        services=(DATABASE, STORAGE),
        database_password="secret",
        webs={"web": web},
        durable=durable,
    )
    return rehearsal_document(settings)


def test_a_container_has_the_memory_and_the_cpus_of_its_environment_and_no_swap() -> None:
    web = document(Environment(name="live", memory="512m", cpus=0.25))["services"]["web"]

    assert (web["mem_limit"], web["memswap_limit"], web["cpus"]) == ("512m", "512m", 0.25)
    unlimited = document(Environment(name="live"))["services"]["web"]
    assert not {"mem_limit", "memswap_limit", "cpus"} & set(unlimited)


def test_a_database_takes_as_many_connections_as_the_clouds() -> None:
    database = document(Environment(name="live"))["services"]["database_default"]

    assert database["command"][:3] == ["postgres", "-c", "max_connections=60"]


def test_only_data_that_is_kept_has_to_survive_a_crash() -> None:
    thrown_away = document(Environment(name="live"))["services"]["database_default"]
    kept = document(Environment(name="live"), durable=True)["services"]["database_default"]

    assert "fsync=off" in thrown_away["command"]
    assert kept["command"] == ["postgres", "-c", "max_connections=60"]
    assert "POSTGRES_INITDB_ARGS" not in kept["environment"]


def test_nothing_of_the_host_is_mounted_or_published_and_the_images_command_runs() -> None:
    made = document(Environment(name="live"))

    mounts = [mount for service in made["services"].values() for mount in service["volumes"]]
    assert {mount.partition(":")[0] for mount in mounts} <= set(made["volumes"])
    assert not any("ports" in service for service in made["services"].values())
    assert not {"command", "env_file", "privileged"} & set(made["services"]["web"])
