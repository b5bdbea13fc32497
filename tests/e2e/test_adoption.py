"""Projects with a compose file of their own: read by docker compose, up, migrated and verified."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from devkit.adoption.application import web_service
from devkit.adoption.ports import published_ports
from devkit.engine.adopted import adopted_compose, read_in
from devkit.engine.local_stack import compose_document
from devkit.errors import ConfigurationError
from tests.adoption.app import APP
from tests.adoption.shapes import (
    ASKED,
    DATABASES,
    DIVIO,
    FIRST,
    FOLDERS,
    IMAGE,
    SHAPES,
    Shape,
)
from tests.e2e.apps import NAME
from tests.e2e.machine import Workspace, docker, free_port, make_workspace
from tests.files import build_file_tree, file_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Make = Callable[[dict[str, str]], Workspace]


ADOPTED = f"{NAME}-adopted"
"""No other test's, whose local image would be taken for this project's."""


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes the repository of a project, which is taken down afterwards."""

    def made(files: dict[str, str]) -> Workspace:
        return make_workspace(tmp_path / ADOPTED, files)

    yield made
    profiles = {"COMPOSE_PROFILES": "*"}
    Workspace(tmp_path / ADOPTED).devkit("down", "--volumes", "--yes", env=profiles)
    filters = [f"--filter=reference={ADOPTED}{end}" for end in ("-*", "_*", "/*")]
    images = set(docker("image", "ls", "--quiet", *filters).split())
    if images:
        docker("image", "rm", "--force", *images)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_docker_compose_takes_each_shape(shape: Shape, tmp_path: Path) -> None:
    root = build_file_tree(tmp_path / "shop", shape.tree())
    environment = {**os.environ, "COMPOSE_PROFILES": shape.profiles}

    document = compose_document(root, environment, adopted_compose(root))

    services = document["services"]
    wanted = shape.web if "compose:" in shape.config else None
    web = web_service(services, wanted=wanted, file=shape.file, read=read_in(root))
    published = [each.published for each in published_ports(services[web])]
    assert (web, next(iter(published), None)) == (shape.web, shape.publish)
    assert document["name"] == "shop"
    assert file_tree(root) - set(shape.tree()) <= {
        ".devkit/.gitignore", ".devkit/compose.converted.yml"
    }  # fmt: skip


def test_what_is_built_from_a_proxy_is_not_the_application(tmp_path: Path) -> None:
    files = {
        "compose.yaml": """\
            services:
              web: {build: docker/nginx, ports: ["8080:80"]}
              site: {build: {context: ., dockerfile: docker/site.Dockerfile}}
            """,
        "docker/nginx/Dockerfile": "FROM nginx:1.27\n",
        "docker/site.Dockerfile": "FROM php:8.3-fpm\n",
    }
    root = build_file_tree(tmp_path / "redis", {path: dedent(t) for path, t in files.items()})
    services = compose_document(root, os.environ, adopted_compose(root))["services"]
    assert web_service(services, wanted=None, file="compose.yaml", read=read_in(root)) == "site"


def test_an_env_file_that_is_missing_is_named(tmp_path: Path) -> None:
    text = "services: {web: {build: ., env_file: config/dev.env}}\n"
    root = build_file_tree(tmp_path / "shop", {"compose.yaml": text, **APP})
    with pytest.raises(ConfigurationError) as caught:
        compose_document(root, os.environ, adopted_compose(root))
    assert caught.value.message == (
        "compose.yaml names the env_file config/dev.env, which is not there."
    )


THOROUGH = (FIRST, DIVIO, DATABASES, IMAGE)


@pytest.mark.parametrize("shape", THOROUGH, ids=lambda shape: shape.name)
def test_a_shape_comes_up_migrates_and_verifies_unchanged(shape: Shape, make: Make) -> None:
    with unchanged(shape, make) as (project, port):
        comes_up_and_migrates(project, shape, port)
        states = json.loads(project.devkit("--json", "status").out)["services"]
        assert {each["service"] for each in states} >= {shape.web}
        assert project.devkit("run", "echo", "hello").out == "hello\n"
        verifies(project, shape)

    down = project.devkit("down", "--volumes", "--yes")
    assert down.code == 0, down.err
    assert json.loads(project.devkit("--json", "status").out)["services"] == []


OTHERS = [each for each in SHAPES if each not in (*THOROUGH, ASKED, FOLDERS)]
"""The two left out differ in how they are read, which is tested above, and not in what they run."""


@pytest.mark.slow
@pytest.mark.parametrize("shape", OTHERS, ids=lambda shape: shape.name)
def test_each_other_shape_does_so_too(shape: Shape, make: Make) -> None:
    with unchanged(shape, make) as (project, port):
        comes_up_and_migrates(project, shape, port)
        verifies(project, shape)


@contextmanager
def unchanged(shape: Shape, make: Make) -> Iterator[tuple[Workspace, int]]:
    """A project of a shape and its port; afterwards its files are as they were."""
    port = free_port()
    project = make(shape.tree_on(port, name=ADOPTED))
    text = (project.path / shape.file).read_text(encoding="utf-8")

    yield project, port

    assert (project.path / shape.file).read_text(encoding="utf-8") == text
    assert project.git("status", "--short") == ""


def comes_up_and_migrates(project: Workspace, shape: Shape, port: int) -> None:
    env = {"COMPOSE_PROFILES": shape.profiles}
    up = project.devkit("--json", "up", env=env)
    assert up.code == 0, up.out + up.err
    assert up.verdict["verdict"] == "passed"
    address = next(each["address"] for each in up.events if each["event"] == "up")
    assert address == ("" if shape.publish is None else f"http://127.0.0.1:{port}/")

    migrated = project.devkit("migrate", env=env)
    assert migrated.code == 0, migrated.err
    found = [line for line in migrated.out.splitlines() if line.startswith("migrated ")]
    assert found == [f"migrated {name}" for name in shape.migrated]


def verifies(project: Workspace, shape: Shape) -> None:
    """A rehearsal passes, or says that there is no Dockerfile for the cloud."""
    if shape.rehearsed != shape.services:
        config = f"{shape.config}services: {json.dumps(shape.rehearsed)}\n"
        project.commit("Name the services", {"devkit.yaml": config})
    verified = project.devkit("--json", "verify", "--cached", "--no-from", "--containers", "1")
    if "Dockerfile" in shape.without:
        assert "There is no Dockerfile" in verified.out, verified.out + verified.err
        return
    assert verified.code == 0, verified.out
    told = [line for each in verified.events for line in each.get("sentences", ())]
    named = [f"`{key}: {image}`" for key, image in shape.services.items()]
    said = [each for each in named if any(line.startswith(each) for line in told)]
    assert said == (named if shape.rehearsed == shape.services else [])


def test_what_is_assumed_is_told_once_and_what_only_the_file_has_when_it_is_missed(
    make: Make,
) -> None:
    release = "import os\nprint('key', bool(os.environ['API_KEY']))\n"
    compose = f"""\
services:
  django:
    build: .
    ports: ["127.0.0.1:{free_port()}:80"]
    environment: {{API_KEY: canary, DEBUG: "True"}}
"""
    project = make({**APP, "release.py": release, "docker-compose.yml": compose})

    first = project.devkit("init")
    assert first.code == 0, first.err
    assert project.git("status", "--short") == "?? devkit.yaml"
    assert "Only docker-compose.yml sets API_KEY" in first.err
    config = (project.path / "devkit.yaml").read_text(encoding="utf-8")
    assert "compose:\n  web: django\n" in config
    project.commit("Configure", {"devkit.yaml": config + "release: [python release.py]\n"})

    said = "The application is the service django"
    up = project.devkit("up")
    assert (up.code, said in up.err) == (0, True), up.err
    assert said not in project.devkit("up").err
    assert said in project.devkit("--verbose", "up").err
    assert project.devkit("migrate").out == "key True\n"

    failed = project.devkit("verify", "--cached")
    assert failed.code == 13, failed.err
    assert "Only docker-compose.yml sets API_KEY" in failed.err
    assert "only your compose file has it" in failed.err
    assert "Only your compose file has: API_KEY." in failed.err
    again = project.devkit("--json", "verify", "--cached")
    assert [each["is_news"] for each in again.events if each["event"] == "assumed"] == [False]
    assert again.verdict["only_compose"] == ["API_KEY"]
    assert "canary" not in failed.err + failed.out + again.out + again.err
