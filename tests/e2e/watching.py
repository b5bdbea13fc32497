"""Looks at processes, containers and the folders of runs while devkit is at work."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path
from typing import Any

from tests.e2e.apps import NAME
from tests.e2e.machine import SCRATCH, docker

SECRET_NAMES = ("SECRET_KEY", "POSTGRES_PASSWORD")


class Watcher(threading.Thread):
    """Looks at every process's words, and at every container's settings, while commands run.

    Attributes:
        words: Of all processes.
        containers: What ``docker inspect`` tells of each of this test run's.
        secrets: What devkit generated for the runs that it made.
        modes: The permissions of the runs' folders.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stopped = threading.Event()
        self.words: set[bytes] = set()
        self.containers: dict[str, dict[str, Any]] = {}
        self.secrets: set[str] = set()
        self.modes: set[int] = set()

    def run(self) -> None:
        looks = 0
        while not self.stopped.wait(0.05):
            looks += 1
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    self.words.add((folder / "cmdline").read_bytes())
                except OSError:  # it has ended
                    continue
            self.look_at_folders()
            if looks % 8 == 0:  # each costs a few processes
                self.look()

    def look_at_folders(self) -> None:
        for folder in SCRATCH.glob("devkit-verify-*"):
            try:
                services = json.loads((folder / "compose.json").read_text())["services"]
                self.modes.add(stat.S_IMODE(folder.stat().st_mode))
            except (OSError, ValueError):  # it is being written, or is gone
                continue
            for service in services.values():
                variables = service.get("environment", {})
                self.secrets |= {variables[each] for each in SECRET_NAMES if each in variables}

    def look(self) -> None:
        for label in (f"io.devkit.project={NAME}", f"com.docker.compose.project={NAME}"):
            for each in docker("ps", "--quiet", "--no-trunc", "--filter", f"label={label}").split():
                if each not in self.containers:
                    try:
                        self.containers[each] = json.loads(docker("inspect", each))[0]
                    except AssertionError:  # it is gone
                        continue

    def told(self, secret: str) -> list[bytes]:
        """The processes that had a secret among their words."""
        return [words for words in self.words if secret.encode() in words]

    def assert_confined(self) -> None:
        """No container reaches the machine, and what is published is for this machine alone."""
        assert self.containers
        for container in self.containers.values():
            host = container["HostConfig"]
            assert not host["Privileged"]
            assert host["NetworkMode"] != "host"
            assert (host["PidMode"], host["CapAdd"] or []) == ("", [])
            assert not any("docker.sock" in str(mount) for mount in container["Mounts"])
            bound = [b for bs in (host["PortBindings"] or {}).values() for b in bs or []]
            assert {each["HostIp"] for each in bound} <= {"127.0.0.1"}


def holders(folder: Path, secret: str) -> set[str]:
    """The names of the files below a folder that have a secret in them."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.name for path in found if secret.encode() in _content(path)}


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
