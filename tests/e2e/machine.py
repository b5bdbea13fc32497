"""Runs devkit, git and docker as a person would, and looks at what is left behind."""

from __future__ import annotations

import atexit
import contextlib
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.apps import NAME

ROOT = Path(__file__).resolve().parents[2]
SAMPLE_APP = ROOT / "sample-app"
SAMPLE_NAME = f"sample-test-{os.getpid()}"

SCRATCH = Path(tempfile.mkdtemp(prefix="devkit-e2e-"))
"""Where the rehearsals of this test run make their folders."""
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)

ISOLATED = {
    "TMPDIR": str(SCRATCH),
    "XDG_STATE_HOME": str(SCRATCH / "state"),
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
}


def environment() -> dict[str, str]:
    """This process's, with git kept from the configuration of whoever runs the tests."""
    bin_folder = str(Path(sys.executable).parent)
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    return {**inherited, **ISOLATED, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}


@dataclass(frozen=True)
class Result:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON lines of stdout."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def verdict(self) -> dict[str, Any]:
        """The last of them."""
        return self.events[-1]


def command(*words: str, cwd: Path, env: dict[str, str] | None = None) -> Result:
    """Run a command to its end."""
    done = subprocess.run(
        words,
        cwd=cwd,
        env=environment() | (env or {}),
        capture_output=True,
        text=True,
        errors="surrogateescape",
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def checked(*words: str, cwd: Path) -> str:
    """Run a command that has to succeed, and return what it wrote to stdout."""
    done = command(*words, cwd=cwd)
    assert done.code == 0, f"{words}: {done.out}{done.err}"
    return done.out.strip()


@dataclass(frozen=True)
class Workspace:
    """A git repository with a project in it."""

    path: Path

    def devkit(self, *words: str, env: dict[str, str] | None = None) -> Result:
        """Run devkit in the project's folder."""
        return command(sys.executable, "-m", "devkit", *words, cwd=self.path, env=env)

    def git(self, *words: str) -> str:
        """Run git, which has to succeed."""
        return checked("git", *words, cwd=self.path)

    def write(self, files: dict[str, str]) -> None:
        """Write files, making folders as needed."""
        for name, text in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def commit(self, message: str = "Change", files: dict[str, str] | None = None) -> str:
        """Write files and commit all that is not ignored; the commit's sha."""
        self.write(files or {})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")


def make_workspace(path: Path, files: dict[str, str] | None = None) -> Workspace:
    """A new repository with one commit of these files; None for the sample application."""
    path.mkdir(parents=True, exist_ok=True)
    workspace = Workspace(path)
    if files is None:
        tracked = checked("git", "ls-files", "-z", cwd=SAMPLE_APP).split("\0")
        for name in filter(None, tracked):
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(SAMPLE_APP / name, path / name)
    workspace.git("init", "--quiet", "--initial-branch=main")
    workspace.commit("First", files)
    return workspace


_NUMBERS = itertools.count(os.getpid() * 97)
"""Far enough from those of a test run with the next process ID."""


def free_port() -> int:
    """A port of 127.0.0.1 that is free, and stays so until it is used.

    It lies below those that the system gives to outgoing connections, and is told once.
    """
    for number in _NUMBERS:
        port = 20_000 + number % 10_000
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("there is always another")


def docker(*words: str) -> str:
    """Run a docker command that has to succeed."""
    return checked("docker", *words, cwd=Path(tempfile.gettempdir()))


def left_behind() -> dict[str, list[str]]:
    """All that this test run's rehearsals create and have to remove: nothing, where all is well."""
    kinds = {
        "containers": ("ps", "--all", "--quiet"),
        "networks": ("network", "ls", "--quiet"),
        "volumes": ("volume", "ls", "--quiet"),
    }
    found = {
        kind: [each for name in (NAME, SAMPLE_NAME) for each in _labelled(words, name)]
        for kind, words in kinds.items()
    }
    folders = [str(path) for path in SCRATCH.glob("devkit-verify-*")]
    references = [f"devkit/{name}:verify-*" for name in (NAME, SAMPLE_NAME)]
    images = [docker("image", "ls", "--quiet", "--filter", f"reference={r}") for r in references]
    notes = [path.name for path in (SCRATCH / "state" / "devkit" / "runs").glob("*")]
    return {**found, "folders": folders, "images": " ".join(images).split(), "notes": notes}


def _labelled(words: tuple[str, ...], project: str) -> list[str]:
    return docker(*words, "--filter", f"label=io.devkit.project={project}").split()


NOTHING: dict[str, list[str]] = {
    "containers": [],
    "networks": [],
    "volumes": [],
    "folders": [],
    "images": [],
    "notes": [],
}
