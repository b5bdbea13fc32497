"""Several checkouts of one project at once, and a port that somebody takes at the last moment."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.e2e.apps import CONFIG, polite_server, tiny
from tests.e2e.machine import Result, Workspace, make_workspace
from tests.e2e.test_up import address_of

if TYPE_CHECKING:
    from collections.abc import Iterator

import pytest

THIEF = """\
#!/bin/sh
case " $* " in *" up "*) if mkdir {flag} 2>/dev/null; then
    {python} {server} {port} >/dev/null 2>&1 &
    until [ -e {flag}/listens ]; do sleep 0.05; done
fi;; esac
exec {docker} "$@"
"""
LISTENS = """\
import pathlib, socket, sys, time
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    (pathlib.Path(__file__).parent / "flag" / "listens").touch()
    (pathlib.Path(__file__).parent / "pid").write_text(str(__import__("os").getpid()))
    time.sleep(120)
"""


def page(workspace: Workspace) -> str:
    with urllib.request.urlopen(address_of(workspace), timeout=20) as answer:
        return str(answer.read().decode().strip())


def told(done: Result) -> dict[str, Any]:
    return next(each for each in done.events if each["event"] == "up")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
    thief, docker = tmp_path / "thief", shutil.which("docker")
    thief.mkdir()
    (thief / "server.py").write_text(LISTENS)
    script = THIEF.format(
        flag=thief / "flag", python=sys.executable, server=thief / "server.py", port=port,
        docker=docker,
    )  # fmt: skip
    (thief / "docker").write_text(script)
    (thief / "docker").chmod(0o755)

    bin_folder = Path(sys.executable).parent
    path = os.pathsep.join([str(thief), str(bin_folder), os.environ["PATH"]])
    try:
        done = local.devkit("up", env={"PATH": path})
        assert done.code == 0, done.err
        assert f"Port {port} is taken by somebody who took it just now" in done.err
        assert page(local) == "shop"
        assert f":{port}/" not in address_of(local)
        shown = local.devkit("config", "show")
        assert f"publish: {port}\n" in shown.out
        assert f"# In effect here: {address_of(local).rstrip('/')}" in shown.out
        shown_to_program = json.loads(local.devkit("--json", "config", "show").out)
        assert shown_to_program["in_effect"]["address"] == address_of(local)
    finally:
        subprocess.run(["kill", (thief / "pid").read_text()], check=False)
