"""Every step that can fail does, with its own exit code, and nothing is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.apps import CONFIG, DOCKERFILE, server, tiny
from tests.e2e.machine import NOTHING, Workspace, left_behind, make_workspace

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = {
    "a service that exits": (
        tiny(devkit__yaml=CONFIG + "services: {database: 'python:3.11-slim-bookworm'}\n"),
        (10, "services", "database_default-1 exited with code"),
    ),
    "a syntax error in the Dockerfile": (
        tiny(Dockerfile=DOCKERFILE.replace("EXPOSE", "EXPOS")),
        (12, "build", "does not build"),
    ),
    "no Dockerfile": (tiny(Dockerfile=None), (12, "build", "no Dockerfile")),
    "a base image that is none": (
        tiny(Dockerfile=DOCKERFILE.replace("python:", "Not An Image:")),
        (12, "build", "does not build"),
    ),
    "a release command that fails": (
        tiny(release__py="print('halfway', flush=True); raise SystemExit(3)"),
        (13, "release", "`python release.py` exited with code 3"),
    ),
    "a release command that is not there": (
        tiny(devkit__yaml=CONFIG.replace("python release.py", "migrate-all")),
        (13, "release", "`migrate-all` exited with code"),
    ),
    "a server that answers 503": (
        tiny(server__py=server(status=503)),
        (14, "gate", "fails with 503"),
    ),
    "a server that exits": (
        tiny(server__py="raise SystemExit('cannot start')"),
        (14, "gate", "exited with code 1"),
    ),
    "a command that is not there": (
        tiny(Dockerfile=DOCKERFILE.replace('["python", "server.py"]', '["serve"]')),
        (14, "gate", "could not be started"),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_commit_fails_at_its_step(name: str, tmp_path: Path) -> None:
    files, (code, step, message) = BROKEN[name]
    workspace = make_workspace(tmp_path / "broken", files)

    result = workspace.devkit("verify", "--json", "--cached")

    assert result.verdict["message"].find(message) >= 0, result.verdict
    assert (result.code, result.verdict["code"], result.verdict["step"]) == (code, code, step)
    assert result.verdict["verdict"] == "failed"
    assert left_behind() == NOTHING


def test_a_file_that_only_the_working_tree_has(workspace: Workspace) -> None:
    workspace.commit("Copy it", {"Dockerfile": DOCKERFILE + "COPY settings.ini /etc/\n"})
    workspace.write({"settings.ini": "[here]\n"})

    result = workspace.devkit("verify")

    assert result.code == 12
    assert "git status --ignored" in result.err
    assert "settings.ini" in result.err


def test_a_submodule_is_refused_at_the_check_out(workspace: Workspace) -> None:
    head = workspace.git("rev-parse", "HEAD")
    workspace.git("update-index", "--add", "--cacheinfo", f"160000,{head},vendor/lib")
    workspace.git("commit", "--quiet", "--message", "Add a submodule")

    result = workspace.devkit("verify", "--json")

    assert (result.code, result.verdict["step"]) == (11, "checkout")
    assert "vendor/lib" in result.verdict["message"]


def test_a_dockerfile_in_another_folder_is_told_before_the_build(workspace: Workspace) -> None:
    (workspace.path / "web").mkdir()
    workspace.git("mv", "Dockerfile", "web/Dockerfile")
    workspace.commit("Move it")

    result = workspace.devkit("verify", "--json")

    assert (result.code, result.verdict["step"]) == (12, "build")
    (warned,) = (event for event in result.events if event["event"] == "warned")
    assert "'web/Dockerfile'" in warned["message"]
    assert "`devkit --project web verify`" in warned["message"]


def test_a_server_that_ends_later_is_not_waited_for(tmp_path: Path) -> None:
    ends = "threading.Thread(target=lambda: (time.sleep(4), os._exit(9))).start()"
    before = f"import threading, os, time\n{ends}"
    text = server(port=8080, before=before.replace("\n", "; "))
    workspace = make_workspace(tmp_path / "other", tiny(server__py=text))

    result = workspace.devkit("verify", "--cached", "--json")

    assert result.code == 14
    assert "exited with code 9" in result.verdict["message"]
    assert 3 < result.verdict["seconds"] < 60


SIX_WAYS = {
    "a syntax error in the Dockerfile": ("Dockerfile", "EXPOSE", "EXPOS", 12),
    "an untracked file that the build needs": (
        "Dockerfile",
        "COPY start",
        "COPY untracked.txt start",
        12,
    ),
    "a failing migration": (
        "notes/migrations/0002_note_picture.py",
        "operations = [",
        "operations = [migrations.RunSQL('SELECT nonsense'),",
        13,
    ),
    "a server on 127.0.0.1": ("start", "0.0.0.0:80", "127.0.0.1:80", 14),
    "a server that answers 503": (
        "notes/views.py",
        "    if request.method",
        "    return __import__('django').http.HttpResponse(status=503)\n    if request.method",
        14,
    ),
    "a server that answers 500": (
        "notes/views.py",
        "    if request.method",
        "    1 / 0\n    if request.method",
        0,
    ),
}


@pytest.mark.parametrize("way", SIX_WAYS)
def test_the_sample_application_broken_in_six_ways(way: str, sample: Workspace) -> None:
    name, old, new, code = SIX_WAYS[way]
    text = (sample.path / name).read_text(encoding="utf-8")
    assert old in text
    sample.commit(way, {name: text.replace(old, new, 1)})
    sample.write({"untracked.txt": "only here"})

    result = sample.devkit("verify", "--cached", "--json")

    assert (result.code, result.verdict["code"]) == (code, code), result.verdict
    if code == 0:
        warnings = [e["message"] for e in result.events if e["event"] == "warned"]
        assert any("answered 500, which passes the gate" in warning for warning in warnings)
    if way == "a server on 127.0.0.1":
        probed = [e for e in result.events if e["event"] == "container_probed"]
        assert max(e["attempts"] for e in probed) == 300
        assert 119 < max(e["seconds"] for e in probed) < 125
        assert "listens on 127.0.0.1 only" in result.verdict["hint"]
