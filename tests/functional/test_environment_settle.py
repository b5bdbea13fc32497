"""What becomes of a switch that was cut short, on a docker that keeps its containers in files."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from devkit.engine.deploying import make_room
from devkit.engine.environment_files import EnvironmentFolder
from devkit.engine.environment_settle import settle
from devkit.engine.environment_state import EnvironmentState, Generation, UnderWay, new_state
from tests.fakes.proxy import FakeProxy
from tests.functional.programs import environment, scripted_docker

if TYPE_CHECKING:
    from pathlib import Path

DOCKER = r"""
run=$(echo "$*" | sed -n 's/.*label=io.devkit.run=\([a-z0-9-]*\).*/\1/p')
case "$*" in
"ps --all"*"io.devkit.run="*) cat "$ENGINE/$run.running" "$ENGINE/$run.stopped" 2>/dev/null ;;
ps*"io.devkit.run="*) cat "$ENGINE/$run.running" 2>/dev/null ;;
start*) file=$(grep -l "$2" "$ENGINE"/*.stopped) && mv "$file" "${file%.stopped}.running" ;;
stop*) file=$(grep -l "$2" "$ENGINE"/*.running) && mv "$file" "${file%.running}.stopped" ;;
rm*) rm -f $(grep -l "$4" "$ENGINE"/*) ;;
esac
exit 0
"""


def generation(number: int) -> Generation:
    run = f"devkit-verify-{number:010}"
    return Generation(
        number=number, sha="1" * 40, image=f"devkit/shop:test-0a1b2c-{number}", run=run
    )


OLD, NEW = generation(1), generation(2)


@dataclass
class Engine:
    """The containers, one a deployment."""

    folder: Path
    path: str
    proxy: FakeProxy = field(default_factory=FakeProxy)

    def add(self, of: Generation, how: str) -> None:
        (self.folder / f"{of.run}.{how}").write_text(f"{of.number:0<64}\n")

    @property
    def containers(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    @property
    def docker(self) -> dict[str, str]:
        return environment(PATH=self.path, ENGINE=str(self.folder))

    def settle(self, folder: EnvironmentFolder) -> tuple[str, ...]:
        return asyncio.run(settle(folder, self.docker, proxy_of=lambda *_: self.proxy))


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    folder = tmp_path / "engine"
    folder.mkdir()
    return Engine(folder, scripted_docker(tmp_path / "bin", DOCKER))


@pytest.fixture
def folder(tmp_path: Path) -> EnvironmentFolder:
    made = EnvironmentFolder(root=tmp_path, name="test")
    made.make()
    return made


def cut_short(folder: EnvironmentFolder, *replaced: Generation) -> EnvironmentState:
    """A deployment whose containers count, and whose devkit ended before requests went to them."""
    under_way = UnderWay(run=NEW.run, image=NEW.image, data="kept" if replaced else "none")
    state = new_state("shop", "test", folder.root)
    folder.store(
        state.model_copy(update={"live": NEW, "replaced": replaced, "under_way": under_way})
    )
    return state


def now(folder: EnvironmentFolder) -> EnvironmentState:
    state = folder.state()
    assert state is not None
    assert state.under_way is None
    assert state.replaced == ()
    return state


def routed(of: Generation) -> list[str]:
    name = f"{of.number:0<64}"[:12]
    return [f"persist {name}:80", f"route {name}:80"]


def test_the_first_deployment_is_finished(engine: Engine, folder: EnvironmentFolder) -> None:
    cut_short(folder)
    engine.add(NEW, "running")

    told = engine.settle(folder)

    assert told == ("Finished the switch in test that was cut short.",)
    assert engine.proxy.asked == routed(NEW)
    assert now(folder).live == NEW
    assert engine.containers == [f"{NEW.run}.running"]
    assert engine.settle(folder) == ()


def test_a_later_one_is_finished_and_what_it_replaced_goes(
    engine: Engine, folder: EnvironmentFolder
) -> None:
    cut_short(folder, OLD)
    engine.add(OLD, "running")
    engine.add(NEW, "running")

    assert engine.settle(folder) == ("Finished the switch in test that was cut short.",)

    assert engine.proxy.asked == routed(NEW)
    assert engine.containers == [f"{NEW.run}.running"]


@pytest.mark.parametrize("old", ["running", "stopped"])
def test_where_the_new_one_is_gone_what_served_before_serves(
    engine: Engine, folder: EnvironmentFolder, old: str
) -> None:
    cut_short(folder, OLD)
    engine.add(OLD, old)

    (told,) = engine.settle(folder)

    assert told.endswith("requests go to those of deployment 1 again.")
    assert engine.proxy.asked == routed(OLD)
    assert engine.containers == [f"{OLD.run}.running"]
    assert now(folder).live == OLD
    assert now(folder).failed == (NEW,)


def test_of_containers_that_are_stopped_the_new_ones_are_started(
    engine: Engine, folder: EnvironmentFolder
) -> None:
    cut_short(folder, OLD)
    engine.add(OLD, "stopped")
    engine.add(NEW, "stopped")

    assert engine.settle(folder) == ("Finished the switch in test that was cut short.",)

    assert engine.proxy.asked == routed(NEW)
    assert engine.containers == [f"{NEW.run}.running"]


def test_where_nothing_is_left_it_is_said(engine: Engine, folder: EnvironmentFolder) -> None:
    cut_short(folder, OLD)

    (told,) = engine.settle(folder)

    assert told.startswith("Nothing serves in test")
    assert engine.proxy.asked == []
    assert now(folder).live is None
    assert now(folder).failed == (OLD, NEW)


def test_what_has_not_passed_yet_is_taken_back(engine: Engine, folder: EnvironmentFolder) -> None:
    state = cut_short(folder)
    under_way = UnderWay(run=NEW.run, image=NEW.image, data="kept")
    folder.store(state.model_copy(update={"live": OLD, "under_way": under_way}))
    engine.add(OLD, "running")
    engine.add(NEW, "running")

    (told,) = engine.settle(folder)

    assert told.startswith("Removed what a deployment to test had left")
    assert engine.proxy.asked == []
    assert engine.containers == [f"{OLD.run}.running"]
    assert now(folder).live == OLD


def test_the_next_deployment_tells_what_it_took_back(
    engine: Engine, folder: EnvironmentFolder
) -> None:
    under_way = UnderWay(run=NEW.run, image=NEW.image, data="kept")
    state = new_state("shop", "test", folder.root)
    folder.store(state.model_copy(update={"live": OLD, "under_way": under_way}))
    engine.add(NEW, "running")

    (told,) = asyncio.run(make_room(folder, engine.docker))

    assert told.startswith("Removed what a deployment to test had left")
    assert asyncio.run(make_room(folder, engine.docker)) == ()
