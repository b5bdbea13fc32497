"""What local commands tell of a project that is up, beside a docker that is a script."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from devkit.compose.local import LocalSettings
from devkit.config.load import load_project
from devkit.engine.local_files import store_settings
from tests.functional.programs import devkit, scripted_docker
from tests.shop import made, shop

if TYPE_CHECKING:
    from pathlib import Path

WEB = "shop-web-1\tshop\t{root}\tweb\t{ports}\tUp 5 seconds\t0a1b\tFalse\tsha256:2c"
UP = """case $* in "ps --all"*) printf '{web}';; compose*) echo '{compose}';; *) exit 1;; esac\n"""


def up_at(root: Path, folder: Path, *ports: int, config: str = "") -> str:
    """A PATH with a docker whose only container is web, on the ports."""
    published = ", ".join(f"127.0.0.1:{each}->{each}/tcp" for each in ports)
    web = WEB.format(root=root, ports=published).replace("\t", "\\t") + "\\n"
    compose = config or json.dumps({"Service": "web", "State": "running"})
    return scripted_docker(folder, UP.format(web=web, compose=compose))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return shop(tmp_path)


def remember(root: Path) -> None:
    made(root)
    settings = LocalSettings(name="shop", publish=8000, wanted=8000)
    store_settings(load_project(root), settings, remembered=None)


def test_the_page_is_shown_and_not_the_debugger(root: Path, tmp_path: Path) -> None:
    remember(root)
    path = up_at(root, tmp_path / "bin", 5678, 8000)

    opened = devkit("open", "--print", cwd=root, PATH=path)
    shown = devkit("status", cwd=root, PATH=path)

    assert opened.stdout == "http://127.0.0.1:8000/\n", opened.stderr
    assert "shop is up at http://127.0.0.1:8000/\n" in shown.stdout


def test_the_page_of_a_file_of_ones_own_is_shown(root: Path, tmp_path: Path) -> None:
    (root / "docker-compose.yml").write_text("services: {web: {build: .}}\n")
    web = {"build": ".", "ports": ["8000:80", "5678:5678"]}
    config = json.dumps({"name": "shop", "services": {"web": web}})
    path = up_at(root, tmp_path / "bin", 5678, 8000, config=config)

    opened = devkit("open", "--print", cwd=root, PATH=path)

    assert opened.stdout == "http://127.0.0.1:8000/\n", opened.stderr


@pytest.mark.parametrize(
    ("services", "kept"),
    [
        ("{database: 'postgres:15'}", "; the database's volume is kept."),
        ("{database: 'postgres:15', mail: 'axllent/mailpit:v1.27'}",
         "; the database's volume is kept."),
        ("{mail: 'axllent/mailpit:v1.27'}", "."),
        ("{mail: 'axllent/mailpit:v1.27', storage: file}", "; ./data is kept."),
        ("{search: {image: 'x:1', port: 70}}", "."),
        ("{search: {image: 'x:1', port: 70, volume: /data}}", "; the services' volumes are kept."),
    ],
)  # fmt: skip
def test_what_is_kept_is_told_of_what_has_a_volume(
    services: str, kept: str, root: Path, tmp_path: Path
) -> None:
    (root / "devkit.yaml").write_text(f"name: shop\nservices: {services}\n")
    remember(root)
    down = devkit("down", cwd=root, PATH=up_at(root, tmp_path / "bin", 8000))
    assert f"shop is down{kept}" in down.stderr.splitlines(), down.stderr
