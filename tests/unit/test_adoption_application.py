"""Which service of a person's own compose file is the application, and its ports."""

from __future__ import annotations

from typing import Any

import pytest

from devkit.adoption.application import find_application, web_service
from devkit.adoption.ports import PublishedPort, published_ports
from devkit.compose.host_access import host_access
from devkit.errors import ConfigurationError

BUILT = {"build": "."}
OPEN = {"build": ".", "ports": ["8000:80"]}


@pytest.mark.parametrize(
    ("services", "name"),
    [
        ({"web": {"image": "x"}, "app": OPEN}, "web"),
        ({"backend": BUILT, "db": {"image": "postgres:15"}}, "backend"),
        ({"site": BUILT, "nginx": {"image": "nginx", "ports": ["80:80"]}}, "site"),
        ({"one": OPEN, "two": BUILT}, "one"),
        ({"one": OPEN, "postgres": OPEN, "celeryworker": BUILT, "flower": OPEN}, "one"),
        ({"one": OPEN, "app": OPEN, "docs": OPEN}, "app"),
        ({"shop": {"image": "acme/shop:1"}, "db": {"image": "postgis/postgis:15-3.4"}}, "shop"),
        ({"laravel.test": OPEN, "mysql": {"image": "mysql/mysql-server:8.0"}}, "laravel.test"),
        ({"thing": {"image": "debian"}}, "thing"),
    ],
)
def test_the_application_is_found(services: dict[str, Any], name: str) -> None:
    found = find_application(services)
    assert (found.name, found.candidates) == (name, ())
    assert web_service(services, wanted=None, file="compose.yaml") == name


@pytest.mark.parametrize(
    ("services", "wanted", "words"),
    [
        ({"one": OPEN, "two": OPEN, "db": BUILT}, None, "one, two may all be"),
        ({"api": OPEN, "backend": OPEN}, None, "api, backend may all be"),
        ({"api": OPEN}, "shop", "`compose.web` is shop, and compose.yaml has no such service"),
        ({"db": {"image": "postgres:15"}}, None, r"no service that could be .*\(its services: db"),
        ({}, None, r"its services: none"),
        ({"one": None, "two": "text"}, None, "its services: one, two"),
    ],
)
def test_what_cannot_be_told_is_asked_for(
    services: dict[str, Any], wanted: str | None, words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        web_service(services, wanted=wanted, file="compose.yaml")
    assert caught.value.hint


def test_devkit_yaml_decides() -> None:
    services = {"one": OPEN, "two": OPEN, "web": OPEN}
    assert web_service(services, wanted="two", file="compose.yaml") == "two"


@pytest.mark.parametrize(
    ("written", "port"),
    [
        ("8000:80", PublishedPort(target=80, published=8000)),
        (80, PublishedPort(target=80)),
        ("127.0.0.1:8000:80/tcp", PublishedPort(target=80, published=8000, host="127.0.0.1")),
        ("127.0.0.1::80", PublishedPort(target=80, host="127.0.0.1")),
        ("[::1]:8000:80", PublishedPort(target=80, published=8000, host="[::1]")),
        ("8000-8002:80-82", PublishedPort(target=80, published=8000)),
        ("8000-8002:80", PublishedPort(target=80, published=8000)),
        ({"target": 80, "published": "8000", "host_ip": "0.0.0.0", "protocol": "tcp"},
         PublishedPort(target=80, published=8000, host="0.0.0.0")),
        ({"target": 80}, PublishedPort(target=80)),
    ],
)  # fmt: skip
def test_a_port_is_read_in_each_form(written: object, port: PublishedPort) -> None:
    assert published_ports({"ports": [written]}) == (port,)


@pytest.mark.parametrize(
    "written", ["53:53/udp", {"target": 53, "protocol": "udp"}, "${PORT}:80", {}, "x", None]
)
def test_what_is_no_port_of_a_page_is_left_out(written: object) -> None:
    assert published_ports({"ports": [written]}) == ()
    assert published_ports({"ports": written}) == ()


def test_only_loopback_is_closed() -> None:
    ports = published_ports({"ports": ["80:80", "127.0.0.1:81:80", "[::1]:82:80", "0.0.0.0:83:80"]})
    assert [each.is_open for each in ports] == [True, False, False, True]


def test_volumes_of_another_service_are_no_access_to_the_machine() -> None:
    services = {"web": {"volumes_from": ["files", "container:other:ro"]}, "files": {}}
    found = host_access({"services": services}, inside=lambda _: True)
    assert found == ("web has the volumes of the container other:ro",)
