"""Secrets stay where they are, and containers where they belong: looked at on a real engine."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.apps import CONFIG, NAME, server
from tests.e2e.machine import SCRATCH, Workspace, docker

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "canary-7f3d9b"
REST = "hush"


class Watcher(threading.Thread):
    """Looks at every process's words, and at every container's settings, while commands run."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stopped = threading.Event()
        self.words: set[bytes] = set()
        self.containers: dict[str, dict[str, Any]] = {}

    def run(self) -> None:
        while not self.stopped.wait(0.05):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.words.add(path.read_bytes())
                except OSError:
                    continue
            self.look()

    def look(self) -> None:
        for label in (f"io.devkit.project={NAME}", f"com.docker.compose.project={NAME}"):
            for each in docker("ps", "--quiet", "--no-trunc", "--filter", f"label={label}").split():
                if each not in self.containers:
                    try:
                        self.containers[each] = json.loads(docker("inspect", each))[0]
                    except AssertionError:  # it is gone
                        continue


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    thread = Watcher()
    thread.start()
    yield thread
    thread.stopped.set()
    thread.join()


def test_secrets_are_nowhere_but_in_the_local_containers(
    workspace: Workspace, watcher: Watcher
) -> None:
    workspace.write({".env-local": f"TOKEN={CANARY}\nQUOTED='{CANARY} {REST}'\n"})
    (workspace.path / ".env-local").chmod(0o600)
    evil = "services: {web: {privileged: true, volumes: ['/:/host']}}\n"
    told = [workspace.devkit(*words) for words in (["init"], ["up", "--verbose"], ["migrate"])]
    override = {"docker-compose.override.yml": evil, ".env": "TOKEN=none\n"}
    workspace.git("add", "devkit.yaml", "docker-compose.yml", ".dockerignore")
    for name, text in override.items():
        workspace.write({name: text})
        workspace.git("add", name)
    workspace.git("commit", "--quiet", "--message", "Hostile")
    refused = workspace.devkit("up")
    passing = workspace.devkit("verify", "--json", "--cached")
    workspace.write({"server.py": server(status=503), "devkit.yaml": CONFIG})
    workspace.git("commit", "--quiet", "--all", "--message", "Fail \x1b]0;x\x07")
    failing = workspace.devkit("verify", "--verbose", "--cached")
    for name in override:
        (workspace.path / name).unlink()
    told += [
        refused,
        passing,
        failing,
        workspace.devkit("status"),
        workspace.devkit("hook", "status"),
    ]
    image = docker("image", "inspect", f"{NAME}-web")
    history = docker("image", "history", "--no-trunc", f"{NAME}-web")
    files = docker("run", "--rm", f"{NAME}-web", "sh", "-c", "grep -rl canar[y]-7f3d9b /app; true")
    told.append(workspace.devkit("down", "--volumes", "--yes"))

    codes = [result.code for result in told[:6]]
    assert codes == [0, 0, 0, 5, 0, 14], [(r.code, r.err) for r in told]
    assert not any(CANARY in text or REST in text for r in told for text in (r.out, r.err))
    assert "\x1b" not in failing.err
    assert CANARY not in image + history + files
    assert not [words for words in watcher.words if CANARY.encode() in words]
    for folder in (workspace.path, SCRATCH):
        holders = {p.name for p in folder.rglob("*") if p.is_file() and _has_canary(p)}
        assert holders <= {".env-local"}
    confined(watcher)


def confined(watcher: Watcher) -> None:
    """No container reaches the machine, and only those of local work have the secrets."""
    assert watcher.containers
    for container in watcher.containers.values():
        host, config = container["HostConfig"], container["Config"]
        assert not host["Privileged"]
        assert host["NetworkMode"] != "host"
        assert (host["PidMode"], host["CapAdd"] or []) == ("", [])
        assert not any("docker.sock" in str(mount) for mount in container["Mounts"])
        bound = [b for bs in (host["PortBindings"] or {}).values() for b in bs or []]
        assert {each["HostIp"] for each in bound} <= {"127.0.0.1"}
        is_rehearsal = "io.devkit.run" in config["Labels"]
        assert not (is_rehearsal and any(m["Type"] == "bind" for m in container["Mounts"]))
        assert not (is_rehearsal and CANARY in str(container))
        assert CANARY not in str(config["Labels"])


def _has_canary(path: Path) -> bool:
    try:
        return CANARY.encode() in path.read_bytes()
    except OSError:
        return False
