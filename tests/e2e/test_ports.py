"""Several checkouts of one project at once, and a port that somebody takes at the last moment."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.e2e.apps import CONFIG, polite_server, tiny
from tests.e2e.machine import Result, Workspace, free_port, make_workspace
from tests.e2e.test_up import address_of

if TYPE_CHECKING:
    from collections.abc import Iterator

import pytest

THIEF = """\
#!/bin/sh
case " $* " in *" up "*) if mkdir {flag} 2>/dev/null; then
    {python} {server} {told} >/dev/null 2>&1 &
    until [ -e {flag}/listens ] || ! kill -0 $! 2>/dev/null; do sleep 0.05; done
fi;; esac
exec {docker} "$@"
"""
LISTENS = """\
import json, os, pathlib, socket, sys, time
here, told = pathlib.Path(__file__).parent, pathlib.Path(sys.argv[1])
with socket.create_server(("127.0.0.1", json.loads(told.read_text())["publish"])) as server:
    (here / "pid").write_text(str(os.getpid()))
    (here / "port").write_text(str(server.getsockname()[1]))
    (here / "flag" / "listens").touch()
    time.sleep(120)
"""


@contextlib.contextmanager
def thief(folder: Path, told: Path) -> Iterator[dict[str, str]]:
    """An environment in which somebody takes the port that a file names, just before it is used."""
    folder.mkdir()
    (folder / "server.py").write_text(LISTENS)
    script = THIEF.format(
        flag=folder / "flag", python=sys.executable, server=folder / "server.py", told=told,
        docker=shutil.which("docker"),
    )  # fmt: skip
    (folder / "docker").write_text(script)
    (folder / "docker").chmod(0o755)
    path = os.pathsep.join([str(folder), str(Path(sys.executable).parent), os.environ["PATH"]])
    try:
        yield {"PATH": path}
    finally:
        subprocess.run(["kill", (folder / "pid").read_text()], check=False)


def page(workspace: Workspace) -> str:
    with urllib.request.urlopen(address_of(workspace), timeout=20) as answer:
        return str(answer.read().decode().strip())


def told(done: Result) -> dict[str, Any]:
    return next(each for each in done.events if each["event"] == "up")


@pytest.fixture
def checkouts(tmp_path: Path) -> Iterator[tuple[Workspace, Workspace]]:
    """Two git worktrees of one project, each with a page of its own."""
    config = f"{CONFIG}web: {{publish: {free_port()}}}\n"
    first = make_workspace(tmp_path / "shop", tiny(devkit__yaml=config))
    first.git("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "other"))
    both = first, Workspace(tmp_path / "other")
    for each in both:
        each.write({"server.py": polite_server(text=each.path.name)})
    yield both
    for each in both:
        each.devkit("down", "--volumes", "--yes")


def test_two_worktrees_that_start_at_the_same_moment(
    checkouts: tuple[Workspace, Workspace],
) -> None:
    with ThreadPoolExecutor() as pool:
        started = list(pool.map(lambda each: each.devkit("--json", "up"), checkouts))

    assert [each.code for each in started] == [0, 0], started
    assert len({told(each)["project"] for each in started}) == 2
    addresses = [told(each)["address"] for each in started]
    assert len(set(addresses)) == 2
    assert [page(each) for each in checkouts] == ["shop", "other"]

    # Down and up in the other order: each is where it was.
    for each in checkouts:
        assert each.devkit("down").code == 0
    again = [each.devkit("--json", "up") for each in reversed(checkouts)]
    assert [told(each)["address"] for each in reversed(again)] == addresses


def test_a_port_that_is_taken_at_the_last_moment(
    checkouts: tuple[Workspace, Workspace], tmp_path: Path
) -> None:
    local, _ = checkouts
    port = free_port()
    local.write({"devkit.yaml": f"{CONFIG}web: {{publish: {port}}}\n"})
    with thief(tmp_path / "thief", local.path / ".devkit" / "local.json") as env:
        done = local.devkit("up", env=env)
        assert done.code == 0, done.err
        assert f"Port {port} is taken by somebody who took it just now" in done.err
        assert page(local) == "shop"
        assert f":{port}/" not in address_of(local)
        shown = local.devkit("config", "show")
        assert f"publish: {port}\n" in shown.out
        assert f"# In effect here: {address_of(local).rstrip('/')}" in shown.out
        shown_to_program = json.loads(local.devkit("--json", "config", "show").out)
        assert shown_to_program["in_effect"]["address"] == address_of(local)


def test_an_environment_s_port_that_is_taken_at_the_last_moment(tmp_path: Path) -> None:
    local = make_workspace(tmp_path / "shop", tiny(server__py=polite_server()))
    state = local.path / ".devkit" / "environments" / "test" / "state.json"
    try:
        with thief(tmp_path / "thief", state) as env:
            done = local.devkit("--json", "deploy", "test", env=env)
        assert done.code == 0, done.err
        assert "Once more, at another port." in done.out
        taken = int((tmp_path / "thief" / "port").read_text())
        assert json.loads(state.read_text())["publish"] != taken
    finally:
        local.devkit("deploy", "stop", "test", "--volumes", "--yes")
