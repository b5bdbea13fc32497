"""The proxy of a stage, on a docker that writes down what it was asked."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from devkit.deployment.gate_policy import Way
from devkit.engine.docker_environment import engine_environment
from devkit.engine.images import RunImage
from devkit.engine.stage import DOCKER_SETTINGS, ComposeStage
from devkit.engine.stage_proxy import StageProxy
from devkit.errors import CouldNotFindOutError
from devkit.ports import Address
from tests.functional.programs import environment, scripted_docker

if TYPE_CHECKING:
    from pathlib import Path

RUN = "devkit-verify-0123456789"
TELLS = """echo "$1 $DEVKIT_RUN $DOCKER_CONFIG" >> "$HOME/asked"\n"""
TAKEN = "echo 'Error response from daemon: Bind for 127.0.0.1:8100: port is already allocated'\n"


def proxy(folder: Path, docker: str) -> StageProxy:
    """Of a person whose docker hands its proxies on to containers, which devkit's must not."""
    (folder / ".docker").mkdir()
    (folder / ".docker" / "config.json").write_text(json.dumps({"proxies": {"default": {}}}))
    variables = environment(PATH=scripted_docker(folder / "bin", docker), HOME=str(folder))
    variables.pop("DOCKER_CONFIG", None)
    stage = ComposeStage(
        name="app-test-0a1b2c",
        run=RUN,
        folder=folder / RUN,
        document={
            "services": {},
            "networks": {"default": {"labels": {"io.devkit.project": "app"}}},
        },
        run_image=RunImage(repository="devkit/app", run_tag="test-0a1b2c-1", commit_tag="1" * 12),
        labels={},
        cached=False,
        environment=engine_environment(variables),
    )
    stage.prepare()
    return StageProxy(stage=stage, way=Way.PUBLISHED)


def test_its_commands_are_known_as_the_runs_and_keep_its_docker_settings(tmp_path: Path) -> None:
    told = proxy(tmp_path, TELLS)
    asyncio.run(told.persist("global"))
    with pytest.raises(CouldNotFindOutError):
        asyncio.run(told.route([Address(host="172.18.0.2", port=80)]))
    settings = tmp_path / RUN / DOCKER_SETTINGS
    assert (tmp_path / "asked").read_text().splitlines() == [
        f"cp {RUN} {settings}",
        f"exec {RUN} {settings}",
    ]
    assert (settings / "config.json").read_text() == "{}"


def test_a_port_that_was_taken_meanwhile_has_its_own_way_out(tmp_path: Path) -> None:
    taken = proxy(tmp_path, f"{TAKEN}exit 1\n")
    with pytest.raises(CouldNotFindOutError, match="the port is taken") as failure:
        asyncio.run(taken.start())
    assert "next port that is free" in failure.value.hint
    assert "web.publish" not in failure.value.hint
