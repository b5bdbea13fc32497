"""Ctrl-C in ``devkit up`` as a terminal sends it, and containers that are none of its business."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.apps import NAME, server, tiny
from tests.e2e.machine import Workspace, checked, docker, environment, make_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SLEEPER = (
    "services: {other: {image: 'python:3.11-slim-bookworm', command: sleep 600, init: true}}\n"
)
PROJECT = f"label=com.docker.compose.project={NAME}"


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Workspace]:
    """An application that never answers, with its image built, taken down afterwards."""
    files = tiny(server__py=server(port=8080), devkit__yaml=f"name: {NAME}\n")
    made = make_workspace(tmp_path / "local", files)
    made.write({"docker-compose.override.yml": SLEEPER})
    assert made.devkit("build").code == 0
    yield made
    docker_ids = docker("ps", "--all", "--quiet", "--filter", PROJECT).split()
    if docker_ids:
        docker("rm", "--force", *docker_ids)
    made.devkit("down", "--volumes", "--yes")


def interrupt(
    workspace: Workspace, *, after: float, path: str = "", service: str = "web"
) -> tuple[int, str]:
    """Press Ctrl-C some time after a service was started: the whole process group is told."""
    env = environment()
    env["PATH"] = f"{path}{os.pathsep}{env['PATH']}" if path else env["PATH"]
    process = subprocess.Popen(
        [sys.executable, "-m", "devkit", "up"], cwd=workspace.path, env=env,
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    only = ("--filter", PROJECT, "--filter", f"label=com.docker.compose.service={service}")
    deadline = time.monotonic() + 30
    while service not in docker("ps", *only, "--format", "{{.Names}}"):
        assert time.monotonic() < deadline
    threading.Event().wait(after)
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)
    return process.returncode, told


def states() -> dict[str, str]:
    """The containers of the project, each with its state."""
    lines = docker("ps", "--all", "--filter", PROJECT, "--format", "{{.Names}} {{.State}}")
    return dict(line.split() for line in lines.splitlines())


@pytest.mark.parametrize("after", [0.0, 0.3, 2.5])
def test_a_ctrl_c_of_the_terminal_leaves_nothing(after: float, local: Workspace) -> None:
    code, told = interrupt(local, after=after)
    assert code == 130, told
    assert "Traceback" not in told
    assert states() == {}


def test_a_ctrl_c_while_the_engine_is_asked(local: Workspace, tmp_path: Path) -> None:
    slow = tmp_path / "bin" / "docker"
    slow.parent.mkdir()
    real = shutil.which("docker")
    slow.write_text(f'#!/bin/sh\n[ "$1" != ps ] || sleep 3\nexec {real} "$@"\n')
    slow.chmod(0o755)

    code, told = interrupt(local, after=1.5, path=str(slow.parent))

    assert code == 130, told
    assert states() == {}


def test_a_ctrl_c_takes_back_what_up_did_and_no_more(local: Workspace) -> None:
    checked("docker", "compose", "up", "--detach", "other", cwd=local.path)
    checked("docker", "compose", "stop", "other", cwd=local.path)
    one_off = [
        "docker", "compose", "run", "--detach", "--no-deps", "--name", f"{NAME}-shell", "other",
    ]  # fmt: skip
    checked(*one_off, cwd=local.path)

    code, told = interrupt(local, after=0.5)

    assert code == 130, told
    assert states() == {f"{NAME}-other-1": "exited", f"{NAME}-shell": "running"}


def test_a_ctrl_c_leaves_what_ran_already(local: Workspace) -> None:
    checked("docker", "compose", "up", "--detach", "other", cwd=local.path)
    code, told = interrupt(local, after=0.5)
    assert code == 130, told
    assert states() == {f"{NAME}-other-1": "running"}


def psql(local: Workspace, sql: str) -> str:
    done = local.devkit("db", "shell", "--", "-Atc", sql)
    assert done.code == 0, done.err
    return done.out.strip()


NEVER_READY = """
services:
  database_default:
    healthcheck: {test: [CMD, "false"], start_period: 120s}
"""
"""However quick the machine is, the signal meets a database that is still coming up."""


def test_a_ctrl_c_leaves_no_database_that_was_begun_and_keeps_one_that_is_whole(
    local: Workspace,
) -> None:
    config = f"name: {NAME}\nservices: {{database: 'postgres:15-bookworm'}}\n"
    override = local.path / "docker-compose.override.yml"
    local.write({"devkit.yaml": config, "server.py": server(), override.name: NEVER_READY})

    code, told = interrupt(local, after=0.4, service="database_default")
    assert code == 130, told
    assert states() == {}
    assert docker("volume", "ls", "--quiet", "--filter", PROJECT) == ""

    override.unlink()
    done = local.devkit("up", "--build")
    assert done.code == 0, done.err
    psql(local, "create table visits (who text); insert into visits values ('Ada')")
    assert local.devkit("down").code == 0

    override.write_text(NEVER_READY)
    code, told = interrupt(local, after=0.0, service="database_default")
    assert code == 130, told
    override.unlink()
    assert local.devkit("up").code == 0
    assert psql(local, "select who from visits") == "Ada"


def test_a_one_off_that_failed_does_not_count(local: Workspace) -> None:
    local.write({"server.py": server()})
    subprocess.run(
        ["docker", "compose", "run", "--no-TTY", "web", "false"], cwd=local.path, check=False,
        env=environment(), capture_output=True,
    )  # fmt: skip
    assert "exited" in states().values()
    done = local.devkit("up", "--build")
    assert done.code == 0, done.err


RELEASE = "import time; print('running', flush=True); time.sleep(40)"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_migration_does_not_run_on(number: int, tmp_path: Path) -> None:
    config = f"name: {NAME}\nrelease: ['python release.py', 'echo later']\n"
    workspace = make_workspace(tmp_path / "app", tiny(devkit__yaml=config, release__py=RELEASE))
    assert workspace.devkit("build").code == 0
    process = subprocess.Popen(
        [sys.executable, "-m", "devkit", "migrate"], cwd=workspace.path, env=environment(),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"

    process.send_signal(number)
    out, err = process.communicate(timeout=60)

    assert process.returncode == 128 + number, err
    assert "later" not in out
    assert docker("ps", "--all", "--quiet", "--filter", PROJECT) == ""
    workspace.devkit("down")
