"""The override that is this machine's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from devkit.compose.local import LocalSettings, host_label, is_host
from devkit.compose.own_override import host_names, own_override
from devkit.config.load import project_from_text

if TYPE_CHECKING:
    from devkit.project import Project

DOCKERFILE = "FROM x\nWORKDIR /app\nCOPY . .\nEXPOSE 80\n"


def project(text: str = "", dockerfile: str = DOCKERFILE) -> Project:
    return project_from_text(
        text, root=Path("/home/ada/shop"), dockerfile_text=dockerfile, facts={}
    )


def settings(
    *, publish: int = 8000, user: str = "", host: str = "", host_port: int = 0
) -> LocalSettings:
    return LocalSettings(
        name="shop", publish=publish, wanted=8000, user=user, host=host, host_port=host_port
    )


def web(found: Project, kept: LocalSettings) -> dict[str, Any]:
    # Compose's own tag says that the list is not to be added to the other file's.
    document = yaml.safe_load(own_override(found, kept).replace(" !override", ""))
    services: dict[str, Any] = document["services"]
    return dict(services["web"])


def test_nothing_is_written_where_the_committed_file_serves() -> None:
    assert own_override(project(), settings()) == ""


def test_another_port() -> None:
    assert web(project(), settings(publish=8001)) == {"ports": ["127.0.0.1:8001:80"]}


def test_the_owner_of_the_folder() -> None:
    assert web(project(), settings(user="1000:1000")) == {
        "user": "1000:1000", "environment": {"HOME": "/tmp"},
    }  # fmt: skip


def test_workers_run_as_the_owner_too_and_publish_nothing() -> None:
    found = project("workers: {celery: celery worker}")
    written = own_override(found, settings(publish=8001, user="1000:1000")).replace("!override", "")
    services = yaml.safe_load(written)["services"]
    assert services["worker_celery"] == {"user": "1000:1000", "environment": {"HOME": "/tmp"}}
    assert set(services) == {"web", "worker_celery"}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("environments: {local: {env: {HOME: /srv}}}", ""),
        ("", "ENV HOME=/srv\n"),
        ("", "USER app\n"),
        ("", "ARG WHO=app\nUSER $WHO:staff\n"),
    ],
)
def test_a_home_that_somebody_chose_is_left(text: str, lines: str) -> None:
    found = web(project(text, DOCKERFILE + lines), settings(user="1000:1000"))
    assert found == {"user": "1000:1000"}


def test_root_by_name_is_no_user_of_the_images_own() -> None:
    found = web(project(dockerfile=DOCKERFILE + "USER app\nUSER root\n"), settings(user="1:1"))
    assert found["environment"] == {"HOME": "/tmp"}


@pytest.mark.parametrize(
    ("port", "aliases"),
    [
        (80, "127.0.0.1,shop.localhost"),
        (8080, "127.0.0.1,shop.localhost,shop.localhost:8080"),
    ],
)
def test_the_application_knows_its_host(port: int, aliases: str) -> None:
    found = web(project(), settings(host="shop", host_port=port))
    assert found == {"environment": {"DOMAIN_ALIASES": aliases}}
    assert ",".join(("127.0.0.1", *host_names(settings(host="shop", host_port=port)))) == aliases


def test_a_value_with_a_dollar_means_itself() -> None:
    text = "environments: {local: {env: {DOMAIN_ALIASES: '${HOME}: x'}}}"
    written = own_override(project(text), settings(host="shop"))
    assert "$${HOME}: x,shop.localhost" in written


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("shop", True), ("api.shop", True), ("shop-2", True), ("", False), ("-shop", False),
        ("shop-", False), ("Shop", False), ("sh op", False), ("a..b", False), ("a" * 64, False),
        ("shop\n", False),
    ],
)  # fmt: skip
def test_what_may_stand_before_localhost(text: str, valid: bool) -> None:
    assert is_host(text) is valid


def test_a_project_s_name_becomes_a_host() -> None:
    assert host_label("my_shop__2-") == "my-shop-2"
    assert is_host(host_label("my_shop__2-"))
