"""Local test and live environments that stay."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from devkit.deployment.traffic import Report, Tally
from devkit.engine.load import HttpLoad
from devkit.ports import Address
from tests.e2e.apps import CONFIG, NAME, polite_server, tiny
from tests.e2e.machine import Workspace, docker, environment, make_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STORED = f"{CONFIG}services: {{storage: file}}\n"
LABEL = f"label=io.devkit.project={NAME}"

COUNTS = """
import pathlib
counter = pathlib.Path("/data/deployments")
counter.write_text(str(int(counter.read_text()) + 1 if counter.exists() else 1))
"""

TELLS_COUNT = """
        with open("/data/deployments") as file: body = file.read().encode()
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workspace]:
    """A repository with an application that heeds SIGTERM; its environments are removed."""
    files = tiny(devkit__yaml=STORED, server__py=polite_server(text="one"), release__py=COUNTS)
    workspace = make_workspace(tmp_path / "shop", files)
    yield workspace
    for name in ("test", "live"):
        workspace.devkit("deploy", "stop", name, "--volumes", "--yes")
    left = {kind: docker(*words, "--filter", LABEL).split() for kind, words in KINDS.items()}
    tags = docker("image", "ls", "--format", "{{.Tag}}", f"devkit/{NAME}").split()
    left["images"] = [tag for tag in tags if tag.startswith(("test-", "live-"))]
    assert not any(left.values()), left


KINDS = {
    "containers": ("ps", "--all", "--quiet"),
    "networks": ("network", "ls", "--quiet"),
    "volumes": ("volume", "ls", "--quiet"),
}


def deploy(workspace: Workspace, *words: str, code: int = 0) -> dict[str, Any]:
    """Deploy, and return the verdict."""
    result = workspace.devkit("deploy", *words, "--json")
    assert result.code == code, result.out + result.err
    return result.verdict


def page(verdict: dict[str, Any]) -> str:
    """What the environment answers."""
    with urllib.request.urlopen(verdict["address"], timeout=10) as answer:
        return str(answer.read().decode().strip())


def web_containers() -> list[str]:
    """The names of the application's containers that run."""
    names = docker("ps", "--filter", LABEL, "--format", "{{.Names}}").split()
    return [name for name in names if "-web-" in name]


def history(workspace: Workspace) -> list[dict[str, Any]]:
    """The lines of the history."""
    lines = workspace.devkit("deploy", "history", "--json").out.splitlines()
    return [json.loads(line) for line in lines]


def test_an_environment_is_switched_without_a_lost_request_and_keeps_its_data(
    shop: Workspace,
) -> None:
    first = deploy(shop, "test")
    assert page(first) == "one"
    shop.commit("Two", {"server.py": polite_server(in_get=TELLS_COUNT)})

    report = asyncio.run(_deploy_under_load(shop, first["address"]))

    assert report.failed == 0, report.examples
    assert report.sent > 20
    assert page(first) == "2"  # what the first deployment stored was there for the second
    assert len(web_containers()) == 1
    told = history(shop)
    assert [(line["number"], line["verdict"]) for line in told] == [(1, "passed"), (2, "passed")]
    assert (shop.path / told[-1]["record"] / "events.jsonl").is_file()
    stays = shop.devkit("clean", "--dry-run").out
    assert f"Stays: image devkit/{NAME}:test-" in stays
    assert f"Stays: the environment {NAME}-test-" in stays

    docker("restart", *docker("ps", "--quiet", "--filter", LABEL).split())
    asyncio.run(_answers(first["address"]))
    assert page(first) == "2"
    status = json.loads(shop.devkit("deploy", "status", "--json").out)["environments"]
    assert [(each["number"], each["behind"]) for each in status] == [(2, 0)]
    assert f"test: {status[0]['sha'][:12]} (deployment 2)" in shop.devkit("status").out


async def _answers(address: str) -> None:
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(page, {"address": address})
                return
            await asyncio.sleep(0.2)


async def _deploy_under_load(shop: Workspace, address: str) -> Report:
    port = int(address.rstrip("/").rpartition(":")[2])
    tally = Tally()
    async with HttpLoad(Address(host="127.0.0.1", port=port)).sending(tally.record):
        await asyncio.to_thread(deploy, shop, "test")
        await asyncio.sleep(0.5)
    return tally.report()


def test_the_image_of_test_is_used_for_live_until_there_is_a_new_commit(
    shop: Workspace, tmp_path: Path
) -> None:
    deploy(shop, "test")
    live = deploy(shop, "live")
    assert live["address"] != ""
    assert len(web_containers()) == 3
    built, used = history(shop)
    assert built["reused"] == ""
    assert used["image_id"] == built["image_id"]
    assert "test's deployment 1" in used["reused"]

    deploy(shop, "live", "--rebuild")
    assert history(shop)[-1]["reused"] == ""
    shop.commit("Two", {"server.py": polite_server(text="two")})
    assert page(deploy(shop, "live")) == "two"
    assert history(shop)[-1]["reused"] == ""

    mirror = Workspace(tmp_path / "mirror")
    shop.git("clone", "--quiet", str(shop.path), str(mirror.path))
    try:
        mirrored = deploy(mirror, "live", "--mirror-of", str(shop.path))
        assert page(mirrored) == "two"
        assert "the original's image" in history(mirror)[-1]["reused"]
    finally:
        mirror.devkit("deploy", "stop", "live", "--volumes", "--yes")


def test_what_fails_leaves_the_containers_before_serving(shop: Workspace) -> None:
    with socket.socket() as taken:
        # What another test's visitors have closed does not hold it.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            taken.bind(("127.0.0.1", 8100))
            taken.listen()
        begun = shop.devkit("deploy", "test", "--json")
    first = begun.verdict
    warned = [each["message"] for each in begun.events if each["event"] == "warned"]
    assert warned[0].startswith("Port 8100 of 127.0.0.1 is held by ")
    shop.commit("Break it", {"server.py": polite_server(status=503)})

    failed = deploy(shop, "test", code=14)

    assert failed["step"] == "gate"
    assert "Deployment 1, of commit" in failed["hint"]
    assert page(first) == "one"
    aside = docker("ps", "--all", "--filter", LABEL, "--filter", "status=exited", "--quiet")
    assert len(aside.split()) == 1  # to be looked into
    assert list((shop.path / failed["record"] / "logs").glob("web-2-1.log"))
    shop.commit("Mend it", {"server.py": polite_server(text="three")})
    assert page(deploy(shop, "test")) == "three"
    assert len(docker("ps", "--all", "--filter", LABEL, "--quiet").split()) == 2  # and the proxy
    assert [line["verdict"] for line in history(shop)] == ["passed", "failed", "passed"]


WORKER = """
import pathlib, signal, sys, time
def end(*_):
    pathlib.Path("/data/ended").write_text("the worker was told to end")
    sys.exit()
signal.signal(signal.SIGTERM, end)
while True:
    time.sleep(0.1)
"""
TELLS_END = """
        import os
        body = open("/data/ended").read().encode() if os.path.exists("/data/ended") else b"none"
"""


def test_workers_are_replaced_after_the_switch_and_asked_nothing(shop: Workspace) -> None:
    config = f"{STORED}workers: {{queue: python worker.py}}\n"
    server = polite_server(in_get=TELLS_END)
    shop.commit("Two", {"devkit.yaml": config, "worker.py": WORKER, "server.py": server})
    first = deploy(shop, "test")
    assert {page(first) for _ in range(6)} == {"none"}
    shop.commit("Three", {"note": "a new commit"})

    second = deploy(shop, "test")

    assert {page(second) for _ in range(6)} == {"the worker was told to end"}
    names = docker("ps", "--filter", LABEL, "--format", "{{.Names}}").split()
    assert sorted(name.partition("worker_queue-")[2] for name in names if "worker" in name) == [
        "2-1"
    ]
    restart = docker("inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}", *names)
    assert set(restart.split()) == {"unless-stopped"}


def test_an_uncommitted_tree_is_refused(shop: Workspace) -> None:
    shop.write({"server.py": "1", "new.py": "2"})

    result = shop.devkit("deploy", "test")

    assert result.code == 5
    assert "Not in the commit" in result.err
    assert "server.py" in result.err
    assert "new.py" in result.err
    assert history(shop) == []

    named = shop.devkit("deploy", "test", "main", "--json")
    assert named.code == 0, named.err
    assert "Uncommitted, and so not part of this" in named.out


def test_one_deployment_at_a_time_and_environments_side_by_side(shop: Workspace) -> None:
    first = deploy(shop, "test")
    with ThreadPoolExecutor() as pool:
        again = pool.submit(deploy, shop, "test", "--rebuild")
        live = pool.submit(deploy, shop, "live", "--rebuild")
        assert page(again.result()) == page(live.result()) == "one"
    shop.commit(
        "Wait", {"release.py": "import time; print('waiting', flush=True); time.sleep(60)\n"}
    )
    devkit = subprocess.Popen(
        [sys.executable, "-m", "devkit", "deploy", "test", "--json"],
        cwd=shop.path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert devkit.stdout is not None
    with devkit, devkit.stdout as lines:
        next(line for line in lines if "waiting" in line)
        second = shop.devkit("deploy", "test")
        devkit.send_signal(signal.SIGINT)
        lines.read()
    assert devkit.returncode == 130
    assert second.code == 5
    assert f"devkit deploy (process {devkit.pid})" in second.err
    assert page(first) == "one"


def _containers() -> int:
    return len(docker("ps", "--all", "--filter", LABEL, "--quiet").split())


def test_a_stopped_environment_keeps_its_data_until_it_is_said(shop: Workspace) -> None:
    shop.commit("Tell", {"server.py": polite_server(in_get=TELLS_COUNT)})
    deploy(shop, "test")

    assert shop.devkit("deploy", "stop", "test").code == 0
    assert _containers() == 0
    assert page(deploy(shop, "test")) == "2"
    assert shop.devkit("deploy", "stop", "test", "--volumes").code == 5
    assert shop.devkit("deploy", "stop", "test", "--volumes", "--yes").code == 0
    assert page(deploy(shop, "test")) == "1"

    shutil.rmtree(shop.path / ".devkit")
    anew = shop.devkit("deploy", "test", "--json")
    assert page(anew.verdict) == "1"
    assert "An earlier test environment of this folder" in anew.out
    assert shop.devkit("deploy", "stop", "test", "--volumes", "--yes").code == 0
    assert _containers() == 0


KILLS_ITS_DEVKIT = '#!/bin/sh\n[ "$1" != cp ] || kill -9 $PPID\nexec {docker} "$@"\n'
"""A docker at which devkit ends between counting its containers and sending requests to them."""


def test_a_first_deployment_that_is_killed_in_the_switch_is_finished(
    shop: Workspace, tmp_path: Path
) -> None:
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(KILLS_ITS_DEVKIT.format(docker=shutil.which("docker")))
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{environment()['PATH']}"

    killed = shop.devkit("deploy", "test", "--json", env={"PATH": path})
    next_one = shop.devkit("deploy", "status", "--json")

    assert killed.code == -signal.SIGKILL, killed.out + killed.err
    assert "Finished the switch in test that was cut short." in next_one.out + next_one.err
    (told,) = json.loads(next_one.out.splitlines()[-1])["environments"]
    assert page(told) == "one"
    assert len(web_containers()) == 1
