"""A push through the hook to a real bare repository: let through, and refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.apps import CONFIG, polite_server, server
from tests.e2e.machine import Result, Workspace, checked, command, environment

if TYPE_CHECKING:
    from pathlib import Path

FORMER = """\
#!/bin/sh
cat > "$(git rev-parse --git-common-dir)/former-saw"
echo "$@" >> "$(git rev-parse --git-common-dir)/former-saw"
"""


@pytest.fixture
def remote(tmp_path: Path, workspace: Workspace) -> Path:
    """A bare repository that the workspace pushes to."""
    path = tmp_path / "remote.git"
    checked("git", "init", "--quiet", "--bare", str(path), cwd=tmp_path)
    workspace.git("remote", "add", "origin", str(path))
    return path


def push(workspace: Workspace, *words: str) -> Result:
    """Run ``git push``."""
    return command("git", "push", "origin", *words, cwd=workspace.path)


def refs(remote: Path) -> list[str]:
    """The names of the remote's refs."""
    return checked("git", "for-each-ref", "--format=%(refname)", cwd=remote).split()


def test_a_good_commit_is_pushed_and_a_broken_one_refused(
    workspace: Workspace, remote: Path
) -> None:
    assert workspace.devkit("hook", "install").code == 0

    good = push(workspace, "main")
    assert good.code == 0, good.err
    assert "Verified" in good.err
    assert refs(remote) == ["refs/heads/main"]

    workspace.commit("Break it", {"server.py": server(status=503)})
    bad = push(workspace, "main")
    assert bad.code != 0
    assert "fails with 503" in bad.err
    assert "is refused" in bad.err
    assert checked("git", "log", "-1", "--format=%s", "main", cwd=remote) == "First"


def test_a_verified_tree_is_let_through_at_once(workspace: Workspace, remote: Path) -> None:
    workspace.devkit("hook", "install")
    assert workspace.devkit("verify").code == 0
    workspace.git("commit", "--quiet", "--allow-empty", "--message", "Same tree")

    began = time.monotonic()
    result = push(workspace, "main", "main:refs/heads/also")

    assert result.code == 0, result.err
    assert "was verified on" in result.err
    assert time.monotonic() - began < 3
    assert refs(remote) == ["refs/heads/also", "refs/heads/main"]


def test_a_weaker_run_leaves_no_receipt(workspace: Workspace) -> None:
    assert workspace.devkit("verify", "--cached", "--json").verdict["receipt"] is False
    assert workspace.devkit("verify", "--containers", "1", "--json").verdict["receipt"] is False
    assert "passed" not in workspace.devkit("hook", "status").out


def test_another_configuration_needs_another_rehearsal(workspace: Workspace, remote: Path) -> None:
    workspace.git("rm", "--quiet", "--cached", "devkit.yaml")
    workspace.git("commit", "--quiet", "--message", "Keep it here")
    workspace.devkit("hook", "install")
    assert workspace.devkit("verify").code == 0
    workspace.write({"devkit.yaml": CONFIG.replace("python release.py", "python nothere.py")})

    result = push(workspace, "main")

    assert result.code != 0
    assert "python nothere.py" in result.err
    assert refs(remote) == []


def test_deletions_are_not_verified_and_tags_are(workspace: Workspace, remote: Path) -> None:
    workspace.devkit("hook", "install")
    assert workspace.devkit("verify").code == 0
    workspace.git("tag", "--annotate", "v1", "--message", "One")
    assert push(workspace, "main", "v1").code == 0
    assert refs(remote) == ["refs/heads/main", "refs/tags/v1"]

    deleted = push(workspace, ":v1")
    assert deleted.code == 0, deleted.err
    assert refs(remote) == ["refs/heads/main"]


def test_a_former_hook_runs_first_and_comes_back(workspace: Workspace, remote: Path) -> None:
    hook = workspace.path / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(FORMER)
    hook.chmod(0o755)
    workspace.devkit("hook", "install")
    assert workspace.devkit("verify").code == 0
    sha = workspace.git("rev-parse", "HEAD")

    assert push(workspace, "main").code == 0

    saw = (workspace.path / ".git" / "former-saw").read_text()
    nothing = "0" * 40
    expected = f"refs/heads/main {sha} refs/heads/main {nothing}\norigin {remote}\n"
    assert saw == expected
    assert workspace.devkit("hook", "uninstall").code == 0
    assert hook.read_text() == FORMER
    assert hook.stat().st_mode & 0o111


def test_a_former_hook_that_refuses_is_obeyed(workspace: Workspace, remote: Path) -> None:
    hook = workspace.path / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 9\n")
    hook.chmod(0o755)
    workspace.devkit("hook", "install")

    result = push(workspace, "main")

    assert result.code != 0
    assert "refused by the hook that was here before" in result.err
    assert refs(remote) == []


@pytest.mark.parametrize("place", ["a worktree", "core.hooksPath", "GIT_DIR", "outside"])
def test_the_hook_works_from(place: str, workspace: Workspace, remote: Path) -> None:
    if place == "core.hooksPath":
        workspace.git("config", "core.hooksPath", "tools/hooks")
    installed = workspace.devkit("hook", "install")
    assert ("keep it out of git" in installed.err) == (place == "core.hooksPath")
    workspace.commit("Break it", {"server.py": server(status=503)})

    if place == "a worktree":
        other = workspace.path.parent / "other"
        workspace.git("worktree", "add", "--quiet", "-b", "work", str(other))
        result = push(Workspace(other), "work")
    elif place == "GIT_DIR":
        git_dir = {"GIT_DIR": str(workspace.path / ".git")}
        result = command("git", "push", "origin", "main", cwd=workspace.path, env=git_dir)
    elif place == "outside":
        variables = {
            "GIT_DIR": str(workspace.path / ".git"),
            "GIT_WORK_TREE": str(workspace.path),
        }
        words = ("git", "push", "origin", "main")
        result = command(*words, cwd=workspace.path.parent, env=variables)
    else:
        result = push(workspace, "main")

    assert result.code != 0
    assert "fails with 503" in result.err
    assert refs(remote) == []


def test_devkit_push_rehearses_before_it_pushes(workspace: Workspace, remote: Path) -> None:
    workspace.devkit("hook", "install")

    good = workspace.devkit("push", "origin", "main")

    assert good.code == 0, good.err
    verified, let_through = good.err.index("Verified"), good.err.index("was verified on")
    assert verified < let_through  # the hook's own words, with the connection open
    assert refs(remote) == ["refs/heads/main"]

    workspace.commit("Break it", {"server.py": server(status=503)})
    bad = workspace.devkit("push", "origin", "main")
    assert bad.code == 14, bad.err
    assert "nothing was pushed" in bad.err
    assert checked("git", "log", "-1", "--format=%s", "main", cwd=remote) == "First"


def test_a_commit_made_during_the_rehearsal_is_rehearsed_as_well(
    workspace: Workspace, remote: Path
) -> None:
    push = subprocess.Popen(
        [sys.executable, "-m", "devkit", "push", "origin", "main"], cwd=workspace.path,
        env=environment(), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert push.stderr is not None
    assert "is rehearsed before the push" in push.stderr.readline()
    workspace.commit("Break it", {"server.py": server(status=503)})
    said = push.stderr.read()
    push.stderr.close()
    assert push.wait(60) == 14, said
    moved = f"main has moved to {workspace.git('rev-parse', 'HEAD')[:12]} during the rehearsal"
    assert said.index("Verified") < said.index(moved) < said.index("fails with 503")
    assert "nothing was pushed" in said
    assert refs(remote) == []


def test_two_branches_are_switched_from_what_each_of_them_has(
    workspace: Workspace, remote: Path
) -> None:
    workspace.commit("Serve", {"server.py": polite_server()})
    good = workspace.git("rev-parse", "HEAD")
    push(workspace, "main")
    workspace.commit("Fail", {"release.py": "raise SystemExit(3)\n"})
    failing = workspace.git("rev-parse", "HEAD")
    push(workspace, "main:refs/heads/production")
    workspace.commit("Mend", {"release.py": "print('fine')\n"})
    workspace.devkit("hook", "install")

    done = workspace.devkit("push", "origin", "main", "main:production")

    assert done.code == 0, done.err
    assert f"was verified, but not from {failing[:12]}, which refs/heads/production has" in done.err
    assert "The old version cannot be brought up here" in done.err
    olds = [
        json.loads(receipt.read_text())["old"].keys()
        for receipt in (workspace.path / ".git/devkit/receipts").iterdir()
    ]
    assert olds == [{good, f"not from {failing}"}]
    assert done.err.count("is rehearsed before the push") == 2  # and not once more by the hook
    assert done.err.count("; let through.") == 2
    assert f"but not from {failing[:12]}, which could not be brought up; let" in done.err
    head = workspace.git("rev-parse", "HEAD")
    heads = checked("git", "for-each-ref", "--format=%(objectname)", cwd=remote).split()
    assert heads == [head, head]


def test_a_receipt_passes_a_commit_until_its_base_image_moves(workspace: Workspace) -> None:
    assert workspace.devkit("verify").code == 0
    status = workspace.devkit("--json", "hook", "status").verdict
    ((image, digest),) = status["receipts"][0]["base_images"].items()
    assert image == "docker.io/library/python:3.11-slim-bookworm"
    assert digest.startswith("sha256:")

    reused = workspace.devkit("verify", "--json")
    assert [e["event"] for e in reused.events] == ["run_finished"]
    assert (reused.verdict["reused"], reused.verdict["receipt"]) == (True, True)
    told = workspace.devkit("verify", "--containers", "2").err
    assert "a push of it is let through; --again rehearses it anew" in told

    (receipt,) = (workspace.path / ".git/devkit/receipts").iterdir()
    receipt.write_text(receipt.read_text().replace(digest, f"sha256:{'0' * 64}"))
    moved = workspace.devkit("verify", "--json")
    assert f"{image} is another image than when" in moved.err
    assert (moved.verdict["verdict"], moved.verdict["reused"]) == ("passed", False)
    assert digest in receipt.read_text()

    nowhere = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
    unasked = workspace.devkit("verify", env=nowhere)
    assert unasked.code == 0, unasked.err
    assert "has moved could not be found out" in unasked.err
    again = workspace.devkit("verify", "--again", env=nowhere)
    assert again.code == 4, again.err  # it went to the engine


def test_ctrl_c_while_devkit_push_rehearses(workspace: Workspace, remote: Path) -> None:
    workspace.commit("Wait", {"release.py": "import time; print('at it', flush=True)\n"
                                            "time.sleep(60)\n"})  # fmt: skip
    push = subprocess.Popen(
        [sys.executable, "-m", "devkit", "push", "origin", "main"], cwd=workspace.path,
        env=environment(), stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert push.stderr is not None
    for line in push.stderr:
        if "at it" in line and "print" not in line:
            os.killpg(push.pid, signal.SIGINT)
            break
    push.stderr.read()
    push.stderr.close()
    assert push.wait(60) == 130
    assert refs(remote) == []
