"""What a rehearsal writes for docker compose: private, and published for this machine alone."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING

import pytest

from devkit.config.load import load_project
from devkit.deployment.gate_policy import Way
from devkit.engine.docker import Docker
from devkit.engine.stages import Candidate, new_stages
from devkit.project import Commit
from tests.files import build_file_tree
from tests.functional.programs import scripted_docker

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = Commit(sha="a" * 40, tree="b" * 40, branch=os.fsdecode(b"caf\xe9"))
FILES = {"Dockerfile": "FROM x\nEXPOSE 80\n", "devkit.yaml": "services: {database: postgres:15}\n"}


@pytest.mark.parametrize("way", Way)
def test_nothing_is_published_for_others(tmp_path: Path, way: Way) -> None:
    project = load_project(build_file_tree(tmp_path / "shop", FILES))
    candidate = Candidate(project=project, commit=COMMIT, environment="live")
    environment = {
        "PATH": scripted_docker(tmp_path / "bin", "exit 0\n"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    stage = new_stages(
        candidate,
        candidate,
        cached=False,
        way=way,
        docker=Docker(),
        process_environment=environment,
    ).new
    try:
        stage.prepare()
        publish = 80 if way is Way.PUBLISHED else None
        asyncio.run(stage.start_containers(2, publish=publish))
        services = json.loads((stage.folder / "compose.json").read_bytes())["services"]
        assert stage.folder.stat().st_mode & 0o777 == 0o700
    finally:
        stage.dismantle()

    ports = {port for service in services.values() for port in service.get("ports", ())}
    assert ports == ({"127.0.0.1::80", "127.0.0.1::8080"} if publish else set())
    assert services["web"]["environment"]["GIT_BRANCH"] == "caf\N{REPLACEMENT CHARACTER}"
    assert not any("socket" in json.dumps(each) for each in services.values())
