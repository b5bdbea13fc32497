"""devkit as a program of its own, beside a docker that a test scripts."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NO_ENGINE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}


def environment(**changes: str) -> dict[str, str]:
    """This process's, without what git may have left in it, and without a person's own runs."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    return inherited | {"XDG_STATE_HOME": f"{os.devnull}/none"} | changes


def devkit(*words: str, cwd: Path, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Run devkit to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "devkit", *words], cwd=cwd, env=environment(**env),
        capture_output=True, text=True, check=False, input=stdin,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "bug in devkit" not in done.stderr
    return done


def scripted_docker(folder: Path, script: str) -> str:
    """A PATH on which ``docker`` is this shell script."""
    folder.mkdir(exist_ok=True)
    program = folder / "docker"
    program.write_text(f"#!/bin/sh\n{script}")
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def barely_docker(folder: Path) -> dict[str, str]:
    """An environment whose docker tells of a local engine, and has nothing and builds nothing."""
    script = (
        "case $* in *info*) echo '\"Linux\"'; echo '[]';;"
        " *context*) echo unix:///nowhere/docker.sock;; *build*) exit 1;; esac\n"
    )
    return {"PATH": scripted_docker(folder, script), **NO_ENGINE}


def path_without_docker(folder: Path) -> str:
    """A PATH with git and a shell and no docker."""
    folder.mkdir(exist_ok=True)
    for tool in ("git", "sh"):
        (folder / tool).symlink_to(f"/usr/bin/{tool}")
    return str(folder)
