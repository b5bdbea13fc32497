"""What containers write into a project belongs to whom the project belongs to."""

from __future__ import annotations

import os
import sys
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.e2e.apps import CONFIG, NAME, server, tiny
from tests.e2e.machine import Workspace, checked, docker, make_workspace
from tests.e2e.test_up import address_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can give files away"
)

ADA = 1000
WRITES = """\
import getpass, os, pathlib
for name in ("{0}.txt", "/data/media/{0}.txt"):
    pathlib.Path(name).write_text("written")
(pathlib.Path(os.environ["HOME"]) / "{0}").write_text("usable")
"""
FILES = tiny(
    server__py=server(before=f"exec({WRITES.format('web')!r})"),
    release__py=WRITES.format("migrate"),
    devkit__yaml=f"{CONFIG}services: {{storage: file}}\n",
)


@pytest.fixture(scope="module")
def adas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A project that is up, in a folder of another user than ours."""
    folder = tmp_path_factory.mktemp("adas")
    made = make_workspace(folder / "local", FILES)
    give(made.path)
    done = made.devkit("up")
    assert done.code == 0, done.err
    yield made
    made.devkit("down", "--volumes", "--yes")


def give(folder: Path) -> None:
    checked("chown", "-R", f"{ADA}:{ADA}", str(folder), cwd=folder)


def owners(workspace: Workspace, *names: str) -> set[tuple[int, int]]:
    found = [(workspace.path / name).stat() for name in names]
    return {(each.st_uid, each.st_gid) for each in found}


def test_what_web_run_and_migrate_write_is_the_owners(adas: Workspace) -> None:
    migrated = adas.devkit("migrate")
    assert migrated.code == 0, migrated.err
    ran = adas.devkit("run", "sh", "-c", "umask; mkdir made; id -u > made/by; pwd")
    assert ran.code == 0, ran.err

    written = [f"{where}{who}.txt" for where in ("", "data/media/") for who in ("web", "migrate")]
    assert owners(adas, *written, "made", "made/by") == {(ADA, ADA)}
    assert (adas.path / "made/by").read_text().strip() == str(ADA)
    with urllib.request.urlopen(address_of(adas), timeout=20) as answer:
        assert answer.status == 200  # it listens on port 80, and is not root
    processes = docker("top", f"{NAME}-web-1", "-eo", "pid,uid").split()[3::2]
    assert set(processes) == {str(ADA)}


def test_what_devkit_makes_as_root_is_the_owners_too(adas: Workspace) -> None:
    made = [".env-local", "docker-compose.yml", "data", "data/media", ".devkit", ".devkit/lock"]
    made += [".devkit/local.json", ".devkit/compose.local.yml"]
    assert owners(adas, *made) == {(ADA, ADA)}
    assert "user:" not in (adas.path / "docker-compose.yml").read_text()


def test_an_image_that_cannot_is_let_run_as_it_says(tmp_path: Path) -> None:
    needs_root = tiny(server__py=server(before="open('/var/log/app.log', 'w')"))
    made = make_workspace(tmp_path / "local", needs_root)
    give(made.path)
    try:
        failed = made.devkit("up")
        assert failed.code in {10, 14}, failed.err
        assert f"runs as {ADA}:{ADA}" in failed.err
        assert "`user: image` below `web:`" in failed.err

        made.write({"devkit.yaml": f"{CONFIG}web: {{user: image}}\n"})
        done = made.devkit("up")
        assert done.code == 0, done.err
        assert made.devkit("run", "sh", "-c", "echo > by-root").code == 0
        assert owners(made, "by-root") == {(0, 0)}

        made.write({"devkit.yaml": CONFIG})
        warned = made.devkit("up")
        assert "by-root belongs to root" in warned.err
        assert f"sudo chown -R --from=root {ADA}:{ADA} {made.path}" in warned.err
    finally:
        made.devkit("down", "--volumes", "--yes")
