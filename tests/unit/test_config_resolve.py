"""Defaults, the gate's port, and the digest."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from devkit.config.defaults import name_from_folder
from devkit.config.load import project_from_text
from devkit.config.resolve import as_mapping
from devkit.project import Environment, Project, Service, ServiceKind, Web

FULL = """\
name: sample-app
web: {port: 80, publish: 8001, command: "python -m x", mount: /srv/, user: image}
services:
  storage_x: file
  database_reporting: postgres:16
  storage: file
  database: postgres:15-bookworm
release: [start migrate, "sh -c 'a && b'"]
environments:
  local: {env: {A: "1"}}
  test: {containers: 3}
  live: {containers: 4, memory: 512m, cpus: 0.25, env: {DEBUG: "False"}}
"""


def project(
    text: str | None = "", dockerfile: str = "FROM x\nEXPOSE 80", root: str = "/work/Sample App"
) -> Project:
    return project_from_text(text, root=Path(root), dockerfile_text=dockerfile, facts={})


def test_every_default() -> None:
    found = project()
    assert found == Project(
        name="sample-app",
        root=Path("/work/Sample App"),
        web=Web(port=80, publish=8000, home="/tmp"),
        services=(),
        release=(),
        environments={
            "local": Environment(name="local", containers=1),
            "test": Environment(name="test", containers=1),
            "live": Environment(name="live", containers=2),
        },
    )


def test_every_key() -> None:
    found = project(FULL)
    assert found.web == Web(
        port=80,
        configured_port=80,
        publish=8001,
        command="python -m x",
        mount="/srv",
        user="image",
        home="/tmp",
    )
    assert found.services == (
        Service(kind=ServiceKind.DATABASE, prefix="REPORTING", image="postgres:16"),
        Service(kind=ServiceKind.DATABASE, image="postgres:15-bookworm"),
        Service(kind=ServiceKind.STORAGE, prefix="X"),
        Service(kind=ServiceKind.STORAGE),
    )
    assert [service.name for service in found.services] == [
        "database_reporting",
        "database_default",
        "storage_x",
        "storage_default",
    ]
    assert found.release == ("start migrate", "sh -c 'a && b'")
    assert found.environments["live"] == Environment(
        name="live", containers=4, memory="512m", cpus=0.25, env={"DEBUG": "False"}
    )
    assert found.environments["test"].containers == 3
    assert found.environments["local"].env == {"A": "1"}


@pytest.mark.parametrize(
    "text",
    [
        "name:\nweb:\nservices:\nrelease:\nenvironments:\n",
        "web: {port: , publish: , command: , mount: }\n",
        "environments: {local: , test: {containers: , env: }, live: {memory: , cpus: }}\n",
        "services: {database: , storage: false}\n",
        "services: {}\nrelease: []\nweb: {}\n",
    ],
)
def test_a_key_without_a_value_means_the_default(text: str) -> None:
    assert project(text) == project("")


@pytest.mark.parametrize(
    ("expose", "configured", "port", "warning"),
    [
        ("EXPOSE 80", "", 80, ""),
        ("EXPOSE 8000", "", 8000, ""),
        ("EXPOSE 8000", "web: {port: 8000}", 8000, ""),
        (
            "EXPOSE 80",
            "web: {port: 8000}",
            80,
            (
                "`web.port` is 8000, but the image exposes 80, and that is the port that the"
                " gate tests."
            ),
        ),
        ("", "", 80, "The image has no EXPOSE; the default, port 80, is used."),
        (
            "",
            "web: {port: 5000}",
            5000,
            "The image has no EXPOSE; `web.port`, port 5000, is used.",
        ),
        (
            "EXPOSE 80 443",
            "",
            80,
            "The image exposes several ports (80, 443); the default, port 80, is used.",
        ),
        (
            "EXPOSE 80 443",
            "web: {port: 443}",
            443,
            "The image exposes several ports (80, 443); `web.port`, port 443, is used.",
        ),
    ],
)
def test_the_port_of_the_gate(expose: str, configured: str, port: int, warning: str) -> None:
    web = project(configured, dockerfile=f"FROM x\n{expose}").web
    assert (web.port, web.port_warning) == (port, warning)


@pytest.mark.parametrize(
    ("instructions", "configured", "mount"),
    [
        ("COPY . /app", "", "/app"),
        ("WORKDIR /srv\nCOPY . .", "", "/srv"),
        ("COPY . .", "", None),
        ("COPY src /app", "", None),
        ("COPY . /app\nRUN cd /app", "web: {mount: false}", None),
        ("COPY . /app", "web: {mount: /other}", "/other"),
        ("WORKDIR /app\nCOPY . .\nRUN npm ci", "", None),
        ("WORKDIR /app\nCOPY . .\nRUN npm ci", "web: {mount: /app}", "/app"),
        ("COPY --from=a /x /app/dist\nCOPY . /app", "", None),
        ("COPY --from=a /x /app/dist\nCOPY . /app", "web: {command: x}", None),
        ("COPY --from=a /x /app/vendor\nCOPY . /app", "", None),
        ("COPY --from=a /x /app/vendor\nCOPY . /app", "web: {command: x}", "/app"),
    ],
)
def test_where_the_sources_are_mounted(
    instructions: str, configured: str, mount: str | None
) -> None:
    assert project(configured, dockerfile=f"FROM x\n{instructions}").web.mount == mount


@pytest.mark.parametrize("configured", ["web: {command: x}", "web: {mount: /app}"])
def test_packages_of_another_stage_are_kept_from_the_mount(configured: str) -> None:
    copies = "COPY --from=a /x/node_modules node_modules\nCOPY --from=a /x/.venv .venv\nCOPY . ."
    web = project(configured, dockerfile=f"FROM x\nWORKDIR /app\n{copies}").web
    assert (web.mount, web.keep) == ("/app", ("/app/node_modules", "/app/.venv"))


def test_how_long_receipts_are_good() -> None:
    assert project("").receipt_days == 7
    assert project("receipts: {days: 30}").receipt_days == 30


@pytest.mark.parametrize(
    "text", ["", FULL, "receipts: {days: 30}", "web: {command: a 'b c', mount: false}"]
)
def test_the_resolved_configuration_is_a_devkit_yaml_of_the_same_project(text: str) -> None:
    found = project(text, dockerfile="FROM x\nEXPOSE 80\nCOPY . /app")
    again = project(yaml.safe_dump(as_mapping(found)), dockerfile="FROM x\nEXPOSE 80")
    assert as_mapping(again) == as_mapping(found)


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("sample-app", "sample-app"),
        ("Sample App", "sample-app"),
        ("my.site_2", "my-site_2"),
        ("__x--y__", "x-y"),
        ("a_-b", "a-b"),
        ("Zürich", "zurich"),
        ("日本", "app"),
        ("", "app"),
        ("x" * 80, "x" * 63),
        ("x" * 62 + "-yz", "x" * 62),
    ],
)
def test_a_name_from_the_folder(folder: str, name: str) -> None:
    assert name_from_folder(folder) == name
    assert project(f"name: {name}").name == name
