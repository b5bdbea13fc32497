"""devkit init and devkit config, as a person calls them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
import yaml

from devkit.cli.boundary import run_app
from devkit.config.load import load_project
from devkit.config.schema import SHIPPED
from devkit.errors import ExitCode
from tests.files import build_file_tree, file_tree

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "Dockerfile": "FROM python:3.11\nWORKDIR /app\nCOPY . .\nEXPOSE 80\n",
    "requirements.txt": "psycopg==3\n",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # A repository above the temporary folder is not this project's.
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.setenv(name, os.environ[name])  # devkit takes them out; give them back
    return build_file_tree(tmp_path / "shop", FILES)


def devkit(root: Path, *arguments: str) -> int:
    return run_app(["--project", str(root), *arguments])


def test_init_writes_what_is_needed_and_says_why(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without = load_project(root)
    assert devkit(root, "init") == ExitCode.OK
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "Port 80: the Dockerfile exposes it.",
        "Mounted at /app: the Dockerfile copies this folder there.",
        "A PostgreSQL database: requirements.txt names psycopg.",
        "Written: devkit.yaml, .env-local, .dockerignore, docker-compose.yml.",
        "Next: devkit up, then devkit hook install",
    ]
    assert file_tree(root) == {
        *FILES, "devkit.yaml", ".env-local", ".dockerignore", "docker-compose.yml",
        ".devkit/.gitignore",
    }  # fmt: skip
    assert load_project(root) == without


def test_init_again_writes_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    devkit(root, "init")
    capsys.readouterr()
    assert devkit(root, "init") == ExitCode.OK
    assert capsys.readouterr().err.splitlines() == [
        "Everything is there already.",
        "Next: devkit up, then devkit hook install",
    ]


def test_init_leaves_an_existing_devkit_yaml_alone(root: Path) -> None:
    build_file_tree(root, {"devkit.yaml": "name: mine\n"})
    assert devkit(root, "init", "--quiet") == ExitCode.OK
    assert (root / "devkit.yaml").read_text("utf-8") == "name: mine\n"


def test_init_adopts_a_compose_file_written_by_hand(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build_file_tree(root, {"compose.yaml": "services: {}\n"})
    assert devkit(root, "init") == ExitCode.OK
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "compose.yaml is yours: devkit uses it and leaves it alone.",
        "Next: devkit up, then devkit hook install",
    ]


def test_init_for_a_program(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert devkit(root, "--json", "init") == ExitCode.OK
    said = capsys.readouterr()
    event, verdict = map(json.loads, said.out.splitlines())
    assert (verdict["event"], verdict["verdict"]) == ("run_finished", "passed")
    assert event["event"] == "initialised"
    assert event["written"] == ["devkit.yaml", ".env-local", ".dockerignore", "docker-compose.yml"]
    assert event["found"][0] == "Port 80: the Dockerfile exposes it."
    assert (event["compose_file"], event["adopted"]) == ("docker-compose.yml", False)


def test_init_without_a_dockerfile_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert devkit(tmp_path, "init") == ExitCode.CONFIGURATION
    assert f"There is no Dockerfile in {tmp_path}" in capsys.readouterr().err
    assert file_tree(tmp_path) == set()


def test_an_edited_compose_file_is_refused_and_then_overwritten_on_request(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    devkit(root, "init")
    compose = root / "docker-compose.yml"
    compose.write_text(compose.read_text("utf-8") + "# mine\n", encoding="utf-8")
    build_file_tree(root, {"devkit.yaml": "name: other\n"})
    assert devkit(root, "init") == ExitCode.REFUSED
    assert "-# mine" in capsys.readouterr().err
    assert devkit(root, "init", "--overwrite-compose") == ExitCode.OK
    assert "# mine" not in compose.read_text("utf-8")
    assert "# mine" in (root / ".devkit/docker-compose.edited.yml").read_text("utf-8")


def test_config_show_prints_yaml(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build_file_tree(root, {"devkit.yaml": "name: shop\nrelease: [start migrate]\n"})
    assert devkit(root, "config", "show") == ExitCode.OK
    said = capsys.readouterr()
    assert said.err == ""
    assert yaml.safe_load(said.out) == {
        "name": "shop",
        "web": {"port": 80, "publish": 8000, "mount": "/app", "user": "owner", "paths": ["/"]},
        "services": {},
        "release": ["start migrate"],
        "environments": {
            "local": {"containers": 1, "env": {}},
            "test": {"containers": 1, "env": {}},
            "live": {"containers": 2, "env": {}},
        },
        "receipts": {"days": 7},
    }


def test_config_show_for_a_program(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert devkit(root, "config", "show", "--json") == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["name"] == "shop"


def test_config_show_warns_about_the_port(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build_file_tree(root, {"Dockerfile": "FROM x\n"})
    assert devkit(root, "config", "show") == ExitCode.OK
    assert capsys.readouterr().err == (
        "warning: The image has no EXPOSE; the default, port 80, is used.\n"
    )


def test_config_show_with_a_mistake(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build_file_tree(root, {"devkit.yaml": "name: shop\nrelase: []\n"})
    assert devkit(root, "config", "show") == ExitCode.CONFIGURATION
    said = capsys.readouterr()
    assert said.out == ""
    assert "devkit.yaml:2: unknown key `relase`; did you mean `release`?" in said.err


def test_config_schema_is_the_shipped_one(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert devkit(root, "config", "schema") == ExitCode.OK
    assert capsys.readouterr().out == SHIPPED.read_text("utf-8")
