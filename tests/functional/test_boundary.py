"""The command line as a whole, without an engine: exit codes, one sentence, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from devkit.cli.boundary import run_app

if TYPE_CHECKING:
    from pathlib import Path

NO_ENGINE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}


def devkit(
    *words: str, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    done = subprocess.run(
        [sys.executable, "-m", "devkit", *words], cwd=cwd, env=kept | (env or {}),
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM python:3.11-slim-bookworm\nEXPOSE 80\n")
    return folder


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def test_the_version(tmp_path: Path) -> None:
    assert devkit("--version", cwd=tmp_path).stdout.startswith("devkit 0.")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["verify"], 11, "is in no git repository"),
        (["up"], 4, "The Docker Engine does not answer."),
        (["status"], 0, "shop is down; `devkit up` starts it."),
        (["down"], 0, "shop is down; `devkit up` starts it."),
        (["migrate"], 4, "The Docker Engine does not answer."),
        (["verify", "--environment", "prod"], 2, "no environment 'prod'"),
        (["--project", "nowhere", "status"], 2, "There is no folder"),
        (["run"], 2, "needs a command"),
        (["frobnicate"], 2, "No such command"),
    ],
)
def test_bad_input_is_one_sentence_and_a_code(
    words: list[str], code: int, sentence: str, project: Path
) -> None:
    done = devkit(*words, cwd=project, env=NO_ENGINE)
    assert done.returncode == code, done.stderr
    assert sentence in done.stderr


def test_no_dockerfile(tmp_path: Path) -> None:
    done = devkit("up", cwd=tmp_path, env=NO_ENGINE)
    assert done.returncode == 3
    assert "There is no Dockerfile" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unborn_head_and_an_unknown_revision(project: Path) -> None:
    git(project, "init", "--quiet")
    assert devkit("verify", cwd=project).returncode == 11
    git(project, "add", "Dockerfile")
    git(project, "commit", "--quiet", "--message", "First")
    done = devkit("verify", "no-such-branch", cwd=project)
    assert done.returncode == 2
    assert "'no-such-branch' names no commit" in done.stderr


def test_verify_without_an_engine_could_not_find_out(project: Path) -> None:
    git(project, "init", "--quiet")
    git(project, "add", "Dockerfile")
    git(project, "commit", "--quiet", "--message", "First")

    done = devkit("verify", "--json", cwd=project, env=NO_ENGINE)

    verdict = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, verdict["code"], verdict["verdict"]) == (4, 4, "unknown")
    assert verdict["message"] == "The Docker Engine does not answer."


def test_docker_that_is_not_installed(project: Path, tmp_path: Path) -> None:
    for tool in ("git", "sh"):
        (tmp_path / tool).symlink_to(f"/usr/bin/{tool}")
    done = devkit("up", cwd=project, env={"PATH": str(tmp_path)})
    assert done.returncode == 4
    assert "`docker` command is not on the PATH" in done.stderr


def test_a_wrong_key_in_json(project: Path) -> None:
    (project / "devkit.yaml").write_text("relase: []\n")
    done = devkit("config", "show", "--json", cwd=project)
    assert done.returncode == 3
    event = json.loads(done.stdout)
    assert (event["event"], event["code"]) == ("run_finished", 3)
    assert "release" in event["message"]


def test_a_reader_that_goes_away_is_no_error(project: Path) -> None:
    script = f"{sys.executable} -m devkit config schema | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", script], cwd=project, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"Error" not in done.stderr


def test_a_bug_leaves_its_trace_in_a_file(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("devkit.config.schema.schema_text", broken)
    assert run_app(["--project", str(project), "config", "schema"]) == 1
    told = capsys.readouterr().err
    path = told.rsplit(" ", 1)[-1].strip()
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - the path that a person was told
        assert "ZeroDivisionError" in file.read()
    os.unlink(path)  # noqa: PTH108
