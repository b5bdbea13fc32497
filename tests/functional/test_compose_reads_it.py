"""Docker Compose itself reads what devkit writes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from devkit.compose.document import render_compose
from devkit.compose.variables import local_variables
from devkit.config.load import load_project
from tests.files import build_file_tree

if TYPE_CHECKING:
    from pathlib import Path


def _has_compose() -> bool:
    if shutil.which("docker") is None:
        return False
    asked = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return asked.returncode == 0


pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        os.environ.get("CI") != "true" and not _has_compose(), reason="needs Docker Compose"
    ),
]

DOCKERFILE = "FROM python:3.11\nWORKDIR /app\nCOPY . .\nEXPOSE 80\n"
CONFIGS = {
    "nothing": "",
    "database": "services: {database: postgres:15-bookworm}",
    "all": """\
        web: {command: "sh -c 'echo $HOME \\"$$\\"'", publish: 8001, mount: /srv}
        services: {database: postgres:15, database_x: postgres:18, storage: file, storage_x: file}
        environments: {local: {memory: 512m, cpus: 0.25}}
    """,
}
VALUES = {
    "NO": "yes",
    "PRICE": "$5 ${HOME} $$",
    "QUOTES": 'it\'s "so" \\n',
    "LINES": "one\ntwo\n",
    "NUMBER": "0123",
    "COLON": "a: b #c",
    "TEMPLATE": "{{ name }}",
    "UNICODE": "Zürich 🐘",
    "EMPTY": "",
}


def read_by_compose(root: Path) -> dict[str, Any]:
    project = load_project(root)
    (root / "docker-compose.yml").write_text(render_compose(project), encoding="utf-8")
    finished = subprocess.run(
        ["docker", "compose", "config", "--format", "json"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr == ""
    found: dict[str, Any] = json.loads(finished.stdout)
    return found


@pytest.mark.parametrize("name", CONFIGS)
def test_it_is_valid_and_nothing_is_warned_about(tmp_path: Path, name: str) -> None:
    files = {"Dockerfile": DOCKERFILE, "devkit.yaml": CONFIGS[name]}
    found = read_by_compose(build_file_tree(tmp_path / "My.App", files))
    assert found["name"] == "my-app"


def test_every_value_arrives_as_it_is_written(tmp_path: Path) -> None:
    config = yaml.safe_dump({"environments": {"local": {"env": VALUES}}})
    root = build_file_tree(tmp_path, {"Dockerfile": DOCKERFILE, "devkit.yaml": config})
    found = read_by_compose(root)["services"]["web"]["environment"]
    # Compose doubles a $ in what it prints, so that the output can be read again.
    environment = {name: value.replace("$$", "$") for name, value in found.items()}
    assert environment == local_variables(load_project(root))
    assert environment.items() >= VALUES.items()


def test_the_words_of_the_command_are_the_shell_s(tmp_path: Path) -> None:
    config = """web: {command: "sh -c 'echo \\"$HOME\\" && date' ''"}"""
    root = build_file_tree(tmp_path, {"Dockerfile": DOCKERFILE, "devkit.yaml": config})
    command = read_by_compose(root)["services"]["web"]["command"]
    assert command == ["sh", "-c", 'echo "$$HOME" && date', ""]


def test_secrets_come_from_the_file_and_what_is_set_here_wins(tmp_path: Path) -> None:
    files = {"Dockerfile": DOCKERFILE, "devkit.yaml": "", ".env-local": "SECRET_KEY=x\nSTAGE=y\n"}
    root = build_file_tree(tmp_path, files)
    environment = read_by_compose(root)["services"]["web"]["environment"]
    assert (environment["SECRET_KEY"], environment["STAGE"]) == ("x", "local")


def test_an_override_file_is_honoured(tmp_path: Path) -> None:
    override = "services:\n  web:\n    environment:\n      MORE: x\n"
    files = {"Dockerfile": DOCKERFILE, "devkit.yaml": "", "docker-compose.override.yml": override}
    found = read_by_compose(build_file_tree(tmp_path, files))
    assert found["services"]["web"]["environment"]["MORE"] == "x"
