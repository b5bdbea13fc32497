"""Loads and dumps of uploaded files that are stopped, at once or while nothing comes."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import tarfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from devkit.engine.ownership import Owner, this_process
from tests.e2e.machine import make_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.machine import Workspace

FILES = {
    "Dockerfile": "FROM scratch\nEXPOSE 80\n",
    "devkit.yaml": "name: media-try\nservices: {storage: file}\n",
    "data/media/a.txt": "old a",
}


@pytest.fixture
def project(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "app", FILES)


def archive(size: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        info = tarfile.TarInfo("media/b.txt")
        info.size = size
        tar.addfile(info, io.BytesIO(os.urandom(size)))
    return buffer.getvalue()


def aside(project: Workspace) -> list[Path]:
    return list(project.path.glob(".devkit/media/*"))


@contextmanager
def loading(project: Workspace) -> Iterator[subprocess.Popen[bytes]]:
    """A load from a pipe through which nothing comes any more."""
    words = [sys.executable, "-m", "devkit", "media", "load", "-"]
    with subprocess.Popen(
        words, cwd=project.path, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        process.stdin.write(archive(3_000_000)[:2_000_000])
        process.stdin.flush()
        try:
            while not list(project.path.glob(".devkit/media/.loading-*/content/media/*")):
                assert process.poll() is None
            yield process
        finally:
            process.kill()


def told_by(process: subprocess.Popen[bytes]) -> str:
    """What it wrote; its stdin stays open meanwhile."""
    process.wait(timeout=20)
    assert process.stderr is not None
    return process.stderr.read().decode()


def stop_at_once(process: subprocess.Popen[bytes]) -> None:
    """Two signals of which the second comes before anything is done about the first."""
    for number in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
        process.send_signal(number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_load_is_stopped_while_the_pipe_is_silent(
    project: Workspace, number: signal.Signals
) -> None:
    with loading(project) as process:
        process.send_signal(number)
        told = told_by(process)
    assert process.returncode == 128 + number, told
    assert not aside(project)


@pytest.mark.parametrize("how", ["twice", "killed"])
def test_the_next_load_removes_what_a_stopped_one_left(project: Workspace, how: str) -> None:
    with loading(project) as process:
        stop_at_once(process) if how == "twice" else process.kill()
        told = told_by(process)
    assert len(aside(project)) == 1
    if how == "twice":
        assert "Stopped at once; the next `devkit media load` removes what is left." in told
    (project.path / "x.tar").write_bytes(archive(10))

    loaded = project.devkit("media", "load", "x.tar")

    assert loaded.code == 0, loaded.err
    assert not aside(project)


def test_what_another_process_or_a_person_has_there_stays(project: Workspace) -> None:
    place = project.path / ".devkit" / "media"
    living = this_process()
    dead = Owner(**{**vars(living), "started": living.started - 1})
    theirs = {
        ".loading-00000001/owner": str(living),
        ".loading-00000002/owner": "?",
        ".loading-00000003/x": "x",
        ".loading-mine/owner": str(dead),
        "before-load-20261123T201500/data/media/a.txt": "older a",
    }
    ours = {".loading-00000004/owner": str(dead), ".loading-00000004/content/x": "x"}
    project.write({f".devkit/media/{name}": text for name, text in (theirs | ours).items()})
    (place / ".loading-00000005").mkdir()
    (place / ".loading-00000006").symlink_to(place / ".loading-mine")
    (project.path / "x.tar").write_bytes(archive(10))

    assert project.devkit("media", "load", "x.tar").code == 0

    left = {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}
    assert left == set(theirs)
    assert (place / ".loading-00000006").is_symlink()
    assert not (place / ".loading-00000005").exists()


def test_a_dump_that_is_stopped_at_once_names_what_it_leaves(project: Workspace) -> None:
    with (project.path / "data" / "media" / "big").open("wb") as file:
        file.truncate(20_000_000_000)
    words = [sys.executable, "-m", "devkit", "media", "dump", "my x.tar.gz"]
    with subprocess.Popen(words, cwd=project.path, stderr=subprocess.PIPE) as process:
        while not list(project.path.glob(".my x.tar.gz*")):
            assert process.poll() is None
        stop_at_once(process)
        told = told_by(process)
    assert process.returncode in {130, 143}, told
    found = re.search("Stopped at once; `(rm .*)` removes what is left.", told)
    assert found is not None, told
    assert list(project.path.glob(".my*"))
    subprocess.run(["sh", "-c", found[1]], cwd=project.path, check=True)
    assert not list(project.path.glob(".my*"))
