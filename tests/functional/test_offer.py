"""devkit init where there is no Dockerfile, as a person calls it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from devkit.cli.boundary import run_app
from devkit.errors import ExitCode
from tests.files import build_file_tree, file_tree

if TYPE_CHECKING:
    from pathlib import Path

FLASK = {"requirements.txt": "flask==3.1\ngunicorn==23\n", "app.py": "app = Flask(__name__)\n"}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # A repository above the temporary folder is not this project's.
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    return build_file_tree(tmp_path / "shop", FLASK)


def devkit(root: Path, *arguments: str) -> int:
    return run_app(["--project", str(root), *arguments])


def answered(root: Path, answer: str) -> tuple[int, str]:
    """Run devkit init on a terminal of its own, and answer its question."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "devkit", "--project", str(root), "init"]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs) as child:
        os.close(theirs)
        os.write(ours, f"{answer}\n".encode())
        said = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # how Linux says that the other end is closed
                break
            if not part:
                break
            said += part
    os.close(ours)
    return child.returncode, said.decode()


def test_nothing_is_written_without_consent(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert devkit(root, "init") == ExitCode.CONFIGURATION
    said = capsys.readouterr().err
    assert f"There is no Dockerfile in {root}" in said
    assert "`devkit init --dockerfile` writes one for this Python project." in said
    assert file_tree(root) == set(FLASK)


@pytest.mark.parametrize(("answer", "code"), [("y", ExitCode.OK), ("", ExitCode.CONFIGURATION)])
def test_the_question_on_a_terminal(root: Path, answer: str, code: ExitCode) -> None:
    ended, said = answered(root, answer)
    assert "Write this one, for Flask, and a .dockerignore? [y/N]" in said
    assert "FROM python:3.13-slim-bookworm" in said
    assert ended == code
    assert (root / "Dockerfile").exists() is (code == ExitCode.OK)


def test_all_of_it_with_the_option(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build_file_tree(root, {".dockerignore": "mine\n.env-local\n"})
    assert devkit(root, "init", "--dockerfile", "--json") == ExitCode.OK
    event = json.loads(capsys.readouterr().out.splitlines()[0])
    assert {"Dockerfile", "devkit.yaml", "docker-compose.yml"} <= set(event["written"])
    assert len(event["checks"]) >= 2
    assert event["next"] == ["devkit up", "devkit hook install"]
    assert (root / ".dockerignore").read_text("utf-8") == "mine\n.env-local\n"
    before = (root / "Dockerfile").read_text("utf-8")
    (root / "Dockerfile").write_text(before + "# mine\n", encoding="utf-8")
    assert devkit(root, "init", "--dockerfile") == ExitCode.OK
    assert (root / "Dockerfile").read_text("utf-8") == before + "# mine\n"


def test_another_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = build_file_tree(tmp_path / "site", {"go.mod": "module x\n"})
    assert devkit(root, "init", "--dockerfile") == ExitCode.CONFIGURATION
    assert "is no Python and no Node project" in capsys.readouterr().err
    assert devkit(root, "init") == ExitCode.CONFIGURATION
    assert "a first Dockerfile to Python and Node projects only" in capsys.readouterr().err
    assert file_tree(root) == {"go.mod"}
