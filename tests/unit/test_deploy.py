"""A deployment that stays, on fakes: where its image comes from, and in which order it switches."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devkit.deployment.deploy import Deployment, deploy
from devkit.deployment.gate_policy import GatePolicy
from devkit.deployment.new_version import Serving, Version
from devkit.deployment.scaling import Gatekeeper
from devkit.errors import CouldNotFindOutError
from devkit.ports import Answer
from devkit.project import Environment, Project, Web
from tests.fakes.clock import FakeClock
from tests.fakes.proxy import FakeProxy
from tests.fakes.stage import FakeCheckout, FakeStage

if TYPE_CHECKING:
    from devkit.ports import Address, Image

REUSED = "the image of test's deployment 1 is used again"
BUILT = "build clone within 1800 s"


class Healthy:
    """Every container passes the gate."""

    async def attempt(
        self,
        address: Address,  # noqa: ARG002 - the port's
        *,
        connect_timeout: float,  # noqa: ARG002 - the port's
        answer_timeout: float,  # noqa: ARG002 - the port's
    ) -> Answer:
        return Answer(status=200)


@dataclass
class Run:
    """One deployment; its fakes share one list of what they were asked."""

    at_hand: bool = False
    reused: str = ""
    remaker: str = ""
    asked: list[str] = field(default_factory=list)

    def uses_again(self, words: str) -> None:
        """Keep the promise of the books."""
        self.asked.append(f"uses again: {words}")

    async def serves(self, new: Serving, image: Image) -> None:
        """Keep the promise of the books."""
        self.asked.append(f"serves {len(new.containers)} of {image.tag}")

    def __call__(self, folder: Path) -> list[str]:
        project = Project(
            name="app",
            root=folder,
            web=Web(),
            services=(),
            release=(),
            environments={"test": Environment(name="test", containers=1)},
        )
        deployment = Deployment(
            new=Version(
                project=project,
                containers=1,
                stage=FakeStage(at_hand=self.at_hand, asked=self.asked),
                checkout=FakeCheckout(),
                clone=folder / "clone",
                subfolder=Path(),
            ),
            proxy=FakeProxy(asked=self.asked),
            books=self,
            reused=self.reused,
            remaker=self.remaker,
        )
        gatekeeper = Gatekeeper(prober=Healthy(), clock=FakeClock(), policy=GatePolicy())
        asyncio.run(deploy(deployment, gatekeeper=gatekeeper, report=lambda _: None))
        return self.asked


def test_requests_move_once_it_is_written_down(tmp_path: Path) -> None:
    asked = Run()(tmp_path)
    assert asked[-2:] == ["serves 1 of devkit/app:1", "route 1:80"]
    assert BUILT in asked


def test_an_image_at_hand_is_used_again_and_that_is_told(tmp_path: Path) -> None:
    asked = Run(at_hand=True, reused=REUSED)(tmp_path)
    assert f"uses again: {REUSED}" in asked
    assert BUILT not in asked


def test_where_it_is_gone_one_is_built_and_nothing_is_told_of_it(tmp_path: Path) -> None:
    asked = Run(reused=REUSED)(tmp_path)
    assert BUILT in asked
    assert f"uses again: {REUSED}" not in asked


def test_a_mirror_builds_none_in_its_place(tmp_path: Path) -> None:
    run = Run(reused=REUSED, remaker="devkit --project /shop deploy live --rebuild")
    with pytest.raises(CouldNotFindOutError, match="a mirror builds none") as failure:
        run(tmp_path)
    assert "`devkit --project /shop deploy live --rebuild`" in failure.value.hint
    assert BUILT not in run.asked
    assert not any(each.startswith("route") for each in run.asked)
