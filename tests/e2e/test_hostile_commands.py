"""What devkit generates, and what a hostile repository is called: verify --from, deploy, push."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from tests.e2e.apps import CONFIG, NAME, polite_server, tiny
from tests.e2e.machine import SCRATCH, Workspace, checked, docker, make_workspace
from tests.e2e.watching import holders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.watching import Watcher

CANARY = "canary-5e1f0c"
BRANCH = os.fsdecode(b"--upload-pack=touch$IFS'ran;\xe9")
"""A branch that git allows, for a shell, an option's reader and a decoder of UTF-8 to trip over."""

TELLS = """
import os
for name in ("SECRET_KEY", "DATABASE_URL", "GIT_BRANCH"):
    print(name, os.environ.get(name, "").encode("utf-8", "surrogateescape"), flush=True)
print("local canary-" + "5e1f0c", flush=True)
"""


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[Workspace]:
    """A repository whose application tells all that it knows, on a branch of an odd name."""
    config = f"{CONFIG}services: {{database: postgres:15-bookworm}}\n"
    files = tiny(devkit__yaml=config, release__py=TELLS, server__py=polite_server())
    made = make_workspace(tmp_path / "it's a;shop", files)
    made.git("update-ref", f"refs/heads/{BRANCH}", "HEAD")
    made.git("symbolic-ref", "HEAD", f"refs/heads/{BRANCH}")
    made.write({".gitignore": ".env-local\n", "more": ""})
    made.commit("Second")
    made.write({".env-local": f"TOKEN={CANARY}\n"})
    yield made
    made.devkit("deploy", "stop", "test", "--volumes", "--yes")


def test_what_devkit_generates_is_told_to_nobody(
    hostile: Workspace, watcher: Watcher, tmp_path: Path
) -> None:
    remote = tmp_path / "remote.git"
    checked("git", "init", "--quiet", "--bare", str(remote), cwd=tmp_path)
    hostile.git("remote", "add", "origin", str(remote))

    rehearsed = hostile.devkit("verify", "--from", "HEAD~1", "--verbose")
    pushed = hostile.devkit("push", "origin", "HEAD")
    deployed = hostile.devkit("deploy", "test", "--json")

    told = (rehearsed, pushed, deployed)
    assert [each.code for each in told] == [0, 0, 0], [each.err for each in told]
    assert "was verified on" in pushed.err
    assert os.fsencode(BRANCH).startswith(b"--upload-pack=")
    assert f"refs/heads/{BRANCH}" in checked(
        "git", "for-each-ref", "--format=%(refname)", cwd=remote
    )
    assert "SECRET_KEY b'***'" in rehearsed.err
    assert len(watcher.secrets) == 4, "a password and a key of the rehearsal, and of test"
    _assert_nobody_was_told(hostile, watcher, "".join(each.out + each.err for each in told))
    assert not list(tmp_path.rglob("ran"))

    assert watcher.modes == {0o700}
    state = hostile.path / ".devkit/environments/test/state.json"
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    records = list((hostile.path / ".devkit/runs").iterdir())
    assert {stat.S_IMODE(each.stat().st_mode) for each in records if each.is_dir()} == {0o700}
    watcher.assert_confined()
    proxies = [c for c in watcher.containers.values() if "-proxy-" in c["Name"]]
    assert [(c["HostConfig"]["CapDrop"], c["Mounts"]) for c in proxies] == [(["ALL"], [])] * 2


def _assert_nobody_was_told(hostile: Workspace, watcher: Watcher, output: str) -> None:
    tags = docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", f"devkit/{NAME}").split()
    images = "".join(
        docker("image", "inspect", tag) + docker("image", "history", "--no-trunc", tag)
        for tag in tags
    )
    labels = str([c["Config"]["Labels"] for c in watcher.containers.values()])
    for secret in (*watcher.secrets, CANARY):
        assert secret not in output
        assert secret not in images + labels
        assert not watcher.told(secret)
        keeps = holders(hostile.path, secret) | holders(SCRATCH, secret)
        assert keeps <= {"state.json" if secret != CANARY else ".env-local"}
