"""The text of docker-compose.yml."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from devkit.compose.document import _fingerprint, compose_inputs, render_compose
from devkit.compose.generated import Action, decide, is_untouched
from devkit.config.load import load_project, project_from_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.project import Project

DOCKERFILE = "FROM python:3.11\nWORKDIR /app\nCOPY . .\nEXPOSE 80\n"
FULL = """\
name: sample-app
web: {command: python manage.py runserver 0.0.0.0:80, publish: 8000}
services: {database: postgres:15-bookworm, database_reporting: postgres:18, storage: file}
environments: {local: {memory: 512m, cpus: 0.5, env: {NO: "yes", PRICE: "$5", GREETING: "a: 'b'"}}}
"""


def project(text: str = FULL, dockerfile: str = DOCKERFILE) -> Project:
    return project_from_text(text, root=Path("/work/x"), dockerfile_text=dockerfile, facts={})


def document(text: str = FULL, dockerfile: str = DOCKERFILE) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(render_compose(project(text, dockerfile)))
    return loaded


def test_all_of_it() -> None:
    assert document("name: sample-app\nservices: {database: postgres:15, storage: file}") == {
        "name": "sample-app",
        "services": {
            "web": {
                "build": {"context": "."},
                "init": True,
                "ports": ["127.0.0.1:8000:80"],
                "volumes": [".:/app", "./data:/data"],
                "env_file": [{"path": ".env-local", "required": False}],
                "environment": {
                    "STAGE": "local",
                    "DEBUG": "True",
                    "DOMAIN": "localhost",
                    "DOMAIN_ALIASES": "127.0.0.1",
                    "DEFAULT_DATABASE_DSN": "postgres://postgres:postgres@database_default:5432/db",
                    "DATABASE_URL": "postgres://postgres:postgres@database_default:5432/db",
                    "DEFAULT_STORAGE_DSN": "file:///data/media/?url=%2Fmedia%2F",
                },
                "depends_on": {"database_default": {"condition": "service_healthy"}},
            },
            "database_default": {
                "image": "postgres:15",
                "environment": {
                    "POSTGRES_DB": "db",
                    "POSTGRES_USER": "postgres",
                    "POSTGRES_HOST_AUTH_METHOD": "trust",
                    "SERVICE_MANAGER": "fsm-postgres",
                },
                "volumes": ["database_default:/var/lib/postgresql/data"],
                "healthcheck": {
                    "test": [
                        "CMD",
                        "pg_isready",
                        "--host=127.0.0.1",
                        "--username=postgres",
                        "--dbname=db",
                    ],
                    "start_period": "120s",
                    "start_interval": "500ms",
                    "interval": "10s",
                    "timeout": "5s",
                    "retries": 3,
                },
            },
        },
        "volumes": {"database_default": None},
    }


def test_with_nothing_but_a_dockerfile() -> None:
    found = document("", "FROM x\nEXPOSE 3000")
    assert list(found) == ["name", "services"]
    assert list(found["services"]) == ["web"]
    web = found["services"]["web"]
    assert list(web) == ["build", "init", "ports", "env_file", "environment"]
    assert web["ports"] == ["127.0.0.1:8000:3000"]


def test_what_the_image_installs_among_the_sources_stays_its_own() -> None:
    image = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\nEXPOSE 80\n"
    mounted = document("web: {command: npm run dev}", image)["services"]["web"]
    assert mounted["volumes"] == [".:/app", "/app/node_modules"]
    asked_for = document("web: {mount: /app}", image)["services"]["web"]
    assert asked_for["volumes"] == [".:/app", "/app/node_modules"]
    assert "volumes" not in document("", image)["services"]["web"]
    built = image.replace("npm ci", "npm ci && npm run build")
    assert "volumes" not in document("web: {command: npm run dev}", built)["services"]["web"]


def test_limits_and_the_command_as_words() -> None:
    web = document()["services"]["web"]
    assert web["command"] == ["python", "manage.py", "runserver", "0.0.0.0:80"]
    assert (web["mem_limit"], web["cpus"]) == ("512m", 0.5)


def test_variables_keep_their_names_and_values_and_a_dollar_is_doubled() -> None:
    environment = document()["services"]["web"]["environment"]
    assert environment["NO"] == "yes"
    assert environment["PRICE"] == "$$5"
    assert environment["GREETING"] == "a: 'b'"


def test_no_database_is_published_on_the_host() -> None:
    services = document()["services"]
    assert set(services) == {"web", "database_default", "database_reporting"}
    assert [name for name, service in services.items() if "ports" in service] == ["web"]


def test_each_database_has_its_volume_where_its_version_keeps_the_data() -> None:
    found = document()
    volumes = {name: found["services"][name]["volumes"] for name in found["volumes"]}
    assert volumes == {
        "database_default": ["database_default:/var/lib/postgresql/data"],
        "database_reporting": ["database_reporting:/var/lib/postgresql"],
    }


def test_a_text_in_devkit_yaml_is_never_a_template() -> None:
    text = 'environments: {local: {env: {A: "{{ name }}", B: "{% if x %}"}}}'
    environment = document(text)["services"]["web"]["environment"]
    assert (environment["A"], environment["B"]) == ("{{ name }}", "{% if x %}")


def test_the_text_is_the_same_each_time_and_wherever_the_project_lies() -> None:
    here = project()
    assert render_compose(here) == render_compose(replace(here, root=Path("/elsewhere")))


def test_what_devkit_wrote_is_current_and_a_change_is_seen() -> None:
    before = render_compose(project())
    after = render_compose(project(FULL.replace("8000", "9000")))
    assert decide(before, before).action is Action.CURRENT
    assert decide(before, after).action is Action.REGENERATE


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("8000", "9000", True),
        ("512m", "513m", True),
        ("postgres:18", "postgres:17", True),
        ("sample-app", "other-app", True),
        ("name:", "release: [a]\nname:", False),
        ("{local:", "{live: {containers: 9}, local:", False),
    ],
)
def test_the_inputs_change_exactly_when_the_text_does(old: str, new: str, *, changes: bool) -> None:
    before, after = project(), project(FULL.replace(old, new))
    assert (compose_inputs(before) != compose_inputs(after)) is changes
    assert (render_compose(before) != render_compose(after)) is changes


def test_the_inputs_are_the_template_as_well() -> None:
    assert _fingerprint({"a": 1}, "one") != _fingerprint({"a": 1}, "two")


def test_it_reads_well() -> None:
    lines = render_compose(project()).splitlines()
    assert lines[0].startswith("# Generated by devkit from devkit.yaml")
    body = "\n".join(lines[4:])
    assert "\n\n\n" not in body
    assert max(len(line) for line in lines if not line.startswith("# checksum")) <= 100
    assert not any(line != line.rstrip() for line in lines)


def test_loading_and_rendering_take_less_than_30_ms_each() -> None:
    found = project()
    render_compose(found)
    assert _fastest(project) < 0.030
    assert _fastest(lambda: render_compose(found)) < 0.030


def _fastest(action: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    return min(times)


def test_the_sample_application_has_what_devkit_would_write() -> None:
    root = Path(__file__).parents[2] / "sample-app"
    found = load_project(root)
    written = (root / "docker-compose.yml").read_text(encoding="utf-8")
    assert is_untouched(written, inputs=compose_inputs(found))
    assert written == render_compose(found)
