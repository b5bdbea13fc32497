"""``--json``: the last line is the verdict, and only lines of JSON are on stdout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.functional.programs import NO_ENGINE, devkit, environment, scripted_docker
from tests.functional.repos import make_repo
from tests.shop import CONFIG, DOCKERFILE, made, shop

if TYPE_CHECKING:
    from pathlib import Path

DOCKER = """\
echo 'WARNING: Error loading config file' >&2
case "$*" in
    *"compose"*"ps"*) echo '{"Service": "web", "State": "running", "Image": "shop-web"}' ;;
    *"label=com.docker.compose.project="*) ;;
    *"ps --all"*) printf 'other\\tother\\t/x\\tweb\\t\\tUp 5 seconds\\tc0ffee\\tFalse\\n' ;;
    *"run"*) echo 'output of the container' ;;
esac
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = shop(tmp_path)
    (folder / "devkit.yaml").write_text(CONFIG + "release: [start migrate]\n")
    return folder


@pytest.mark.parametrize("words", [["migrate"], ["build"], ["down"], ["init"]])
def test_a_command_that_did_its_work_ends_with_the_verdict(
    words: list[str], root: Path, tmp_path: Path
) -> None:
    made(root)
    path = scripted_docker(tmp_path / "bin", DOCKER)

    done = devkit("--json", *words, cwd=root, PATH=path)

    assert done.returncode == 0, done.stderr
    verdict = [json.loads(line) for line in done.stdout.splitlines()][-1]
    assert (verdict["event"], verdict["verdict"], verdict["code"]) == ("run_finished", "passed", 0)
    assert ("output of the container" in done.stderr) is (words == ["migrate"])


def test_the_hook_s_commands_end_with_the_verdict(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "shop", {"Dockerfile": DOCKERFILE})
    for word in ("install", "uninstall"):
        done = devkit("hook", word, "--json", cwd=repo.path)
        assert json.loads(done.stdout)["event"] == "run_finished", done.stderr


def test_warnings_of_docker_are_not_taken_for_its_answer(root: Path, tmp_path: Path) -> None:
    made(root)
    kept = {"name": "shop", "publish": 8000, "wanted": 8000}
    (root / ".devkit" / "local.json").write_text(json.dumps(kept))
    done = devkit("status", "--json", cwd=root, PATH=scripted_docker(tmp_path / "bin", DOCKER))
    assert json.loads(done.stdout)["services"][0]["service"] == "web", done.stderr


def test_an_adopted_file_is_read_in_spite_of_warnings(root: Path, tmp_path: Path) -> None:
    (root / "docker-compose.yml").write_text("services: {web: {build: .}}\n")
    path = scripted_docker(
        tmp_path / "bin", 'echo "WARN {" >&2\necho \'{"name": "mine", "services": {"web": {}}}\'\n'
    )
    done = devkit("build", cwd=root, PATH=path)
    assert done.returncode == 0, done.stderr


def test_what_follows_run_is_the_command_s_own(root: Path) -> None:
    done = devkit("run", "start", "--json", cwd=root, **NO_ENGINE)
    assert (done.returncode, done.stdout) == (4, "")
    assert "does not answer" in done.stderr


def closed_pipe() -> int:
    reader, writer = os.pipe()
    os.close(reader)
    return writer


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize(
    ("words", "code"), [(["config", "schema"], 0), (["--json", "verify"], 4), (["verify"], 4)]
)
def test_a_reader_that_went_away_changes_nothing(
    words: list[str], code: int, stream: str, tmp_path: Path
) -> None:
    repo = make_repo(tmp_path / "shop", {"Dockerfile": DOCKERFILE})
    writer = closed_pipe()
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | {stream: writer}
    done = subprocess.run(
        [sys.executable, "-m", "devkit", *words], cwd=repo.path, env=environment(**NO_ENGINE),
        check=False, text=True, stdout=streams["stdout"], stderr=streams["stderr"],
    )  # fmt: skip
    os.close(writer)
    assert done.returncode == code, done.stderr
    if stream == "stdout":
        assert "BrokenPipe" not in done.stderr
