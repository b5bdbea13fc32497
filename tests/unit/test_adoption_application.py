"""Which service of a person's own compose file is the application, and its ports."""

from __future__ import annotations

import posixpath
from typing import Any

import pytest

from devkit.adoption.application import Application, find_application, web_service
from devkit.adoption.document import expand
from devkit.adoption.ports import PublishedPort, published_ports
from devkit.compose.host_access import host_access
from devkit.errors import ConfigurationError

BUILT = {"build": "."}
OPEN = {"build": ".", "ports": ["8000:80"]}


NGINX = {"image": "nginx:alpine", "ports": ["80:80"]}
SHOP = {"image": "acme/shop:1"}
WEBS = {"build": "./docker/nginx", "ports": ["80:80"]}
FILES = {
    "Dockerfile": "FROM python:3.11 AS site\n",
    "docker/Dockerfile": "ARG VERSION=8.2\nFROM composer AS packages\nFROM php:${VERSION}-fpm\n",
    "docker/nginx.Dockerfile": "FROM nginx:1.27\n",
    "docker/nginx/Dockerfile": "FROM node:20 AS assets\nFROM nginx:1.27 AS last\nFROM last\n",
    "docker/php/Dockerfile": "FROM webdevops/php-nginx:8.2\n",
    "docker/store/Dockerfile": "FROM docker.io/library/postgres:15\n",
}
SITE = {"Dockerfile": "FROM node:20 AS build\nFROM nginx:1.27\n"}


def application(services: dict[str, Any], files: dict[str, str]) -> Application:
    """What both find, who read the file as it is written and as docker compose gives it."""
    found = find_application(services, read=files.get)
    whole = {f"/srv/shop/{name}": text for name, text in files.items()}
    given = find_application(
        {name: composed(each) for name, each in services.items()}, read={**files, **whole}.get
    )
    assert given == found
    return found


def composed(service: dict[str, Any]) -> dict[str, Any]:
    build = service.get("build")
    if not build:
        return service
    told = build if isinstance(build, dict) else {"context": build}
    context = posixpath.normpath(posixpath.join("/srv/shop", told.get("context", ".")))
    return {**service, "build": {"dockerfile": "Dockerfile", **told, "context": context}}


@pytest.mark.parametrize(
    ("services", "name"),
    [
        ({"web": {"image": "x"}, "app": OPEN}, "app"),
        ({"web": {"image": "x"}, "migrate": {"build": ".", "image": "x"}}, "web"),
        ({"web": {"image": "python:3"}, "chrome": {"build": "./chrome"}}, "web"),
        ({"web": BUILT, "app": OPEN}, "web"),
        ({"web": SHOP, "worker": {"build": "./worker"}, "db": {"image": "postgres:15"}}, "web"),
        ({"web": SHOP, "worker": BUILT}, "web"),
        ({"web": NGINX, "db": {"image": "postgres:15"}}, "web"),
        ({"backend": BUILT, "db": {"image": "postgres:15"}}, "backend"),
        ({"site": BUILT, "nginx": {"image": "nginx", "ports": ["80:80"]}}, "site"),
        ({"one": OPEN, "two": BUILT}, "one"),
        ({"one": OPEN, "postgres": OPEN, "celeryworker": BUILT, "flower": OPEN}, "one"),
        ({"one": OPEN, "app": OPEN, "docs": OPEN}, "app"),
        ({"shop": SHOP, "db": {"image": "postgis/postgis:15-3.4"}}, "shop"),
        ({"laravel.test": OPEN, "mysql": {"image": "mysql/mysql-server:8.0"}}, "laravel.test"),
        ({"thing": {"image": "debian"}}, "thing"),
    ],
)
def test_the_application_is_found(services: dict[str, Any], name: str) -> None:
    found = application(services, FILES)
    assert (found.name, found.candidates) == (name, ())
    assert web_service(services, wanted=None, file="compose.yaml", read=FILES.get) == name


@pytest.mark.parametrize(
    ("services", "name"),
    [
        ({"app": BUILT, "web": NGINX}, "app"),
        ({"db": {"build": "./docker/db"}, "app": {"image": "node:20", "ports": ["3000"]}}, "app"),
        ({"nginx": {"build": "./docker/nginx"}, "php": {"image": "php:8.2-fpm"}}, "php"),
        ({"web": WEBS, "app": {"build": "./docker/php"}}, "app"),
        ({"web": WEBS, "app": {"image": "php:8.2-fpm"}}, "app"),
        ({"server": {"build": {"dockerfile": "docker/nginx.Dockerfile"}, "ports": ["80:80"]},
          "php": {"build": "docker"}}, "php"),
        ({"store": {"build": "docker/store"}, "shop": SHOP}, "shop"),
        ({"web": {"build": {"dockerfile_inline": "FROM nginx\n"}}, "app": BUILT}, "app"),
        ({"web": NGINX, "worker": BUILT}, "worker"),
        ({"web": WEBS, "db": {"build": "./docker/store"}}, "web"),
        ({"data": {"image": "bitnami/postgresql:15"}, "shop": SHOP}, "shop"),
        ({"metrics": {"image": "prom/postgres_exporter"}, "shop": SHOP}, "shop"),
        ({"site": {"image": "richarvey/nginx-php-fpm:3"}, "cache": {"image": "redis:7"}}, "site"),
    ],
)  # fmt: skip
def test_what_serves_the_application_is_not_it(services: dict[str, Any], name: str) -> None:
    assert application(services, FILES).name == name


@pytest.mark.parametrize(
    ("services", "name"),
    [
        ({"web": BUILT, "api": {"build": "./docker/php"}}, "web"),
        ({"front": BUILT, "db": {"image": "postgres:15"}, "other": SHOP}, "front"),
        ({"docs": BUILT, "other": SHOP}, "docs"),
        ({"docs": {"build": "./docker/php"}, "db": {"image": "postgres:15"}}, "docs"),
    ],
)
def test_what_the_cloud_builds_is_the_application(services: dict[str, Any], name: str) -> None:
    assert application(services, {**FILES, **SITE}).name == name


def test_an_image_is_told_with_its_variables() -> None:
    services = {"web": {"image": "${PROXY:-nginx:1}"}, "shop": {"image": "acme/shop:1"}}
    found = find_application(services, read=FILES.get, text=lambda value: expand(str(value), {}))
    assert found.name == "shop"


@pytest.mark.parametrize(
    ("services", "wanted", "words"),
    [
        ({"one": OPEN, "two": OPEN, "db": BUILT}, None, "one, two may all be"),
        ({"api": OPEN, "backend": OPEN}, None, "api, backend may all be"),
        ({"web": NGINX, "worker": BUILT, "beat": BUILT}, None, "worker, beat may all be"),
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
        web_service(services, wanted=wanted, file="compose.yaml", read=FILES.get)
    assert caught.value.hint


def test_devkit_yaml_decides() -> None:
    services = {"one": OPEN, "two": OPEN, "web": OPEN}
    assert web_service(services, wanted="two", file="compose.yaml", read=FILES.get) == "two"


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
