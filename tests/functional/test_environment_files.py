"""The state of an environment: what is read from it, and what is not believed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from devkit.engine.environment_files import EnvironmentFolder
from devkit.engine.environment_peek import is_unsettled, names_run
from devkit.engine.environment_state import Generation, UnderWay, new_state
from devkit.errors import RefusedError
from tests.functional.programs import barely_docker, devkit
from tests.functional.repos import make_repo

if TYPE_CHECKING:
    from pathlib import Path

RUN = "devkit-verify-0123456780"
LIVE = Generation(number=1, sha="1" * 40, image="devkit/shop:test-0a1b2c-1", run=f"{RUN[:-1]}1")
OLD = LIVE.model_copy(update={"run": "devkit-verify-0123456788"})


@pytest.fixture
def folder(tmp_path: Path) -> EnvironmentFolder:
    made = EnvironmentFolder(root=tmp_path, name="test")
    made.make()
    return made


def test_what_is_stored_is_read_and_for_its_owner_alone(folder: EnvironmentFolder) -> None:
    state = new_state("shop", "test", folder.root).model_copy(update={"live": LIVE})
    folder.store(state)
    assert folder.state() == state
    assert folder.state_path.stat().st_mode & 0o077 == 0


def test_a_run_is_named_once_it_counts_and_not_while_it_is_made(folder: EnvironmentFolder) -> None:
    under_way = UnderWay(run=RUN, image="devkit/shop:test-0a1b2c-2", data="kept")
    state = new_state("shop", "test", folder.root)
    folder.store(
        state.model_copy(update={"live": LIVE, "replaced": (OLD,), "under_way": under_way})
    )
    assert names_run(folder.state_path, LIVE.run)
    assert names_run(folder.state_path, OLD.run)
    assert not names_run(folder.state_path, under_way.run)
    assert not names_run(folder.path / "none.json", LIVE.run)
    folder.state_path.write_text("{")
    assert names_run(folder.state_path, RUN)  # nobody knows: it is left alone


@pytest.mark.parametrize("name", ["replaced", "under_way"])
def test_what_was_cut_short_is_seen(folder: EnvironmentFolder, name: str) -> None:
    assert not is_unsettled(folder.state_path)
    state = new_state("shop", "test", folder.root).model_copy(update={"failed": (OLD,)})
    folder.store(state)
    assert not is_unsettled(folder.state_path)
    under_way = UnderWay(run=RUN, image="devkit/shop:test-0a1b2c-2", data="none")
    change = {"replaced": (OLD,)} if name == "replaced" else {"under_way": under_way}
    folder.store(state.model_copy(update=change))
    assert is_unsettled(folder.state_path)


def test_a_state_that_came_with_the_repository_is_not_believed(folder: EnvironmentFolder) -> None:
    folder.store(new_state("other", "live", folder.root))
    folder.state_path.chmod(0o644)
    with pytest.raises(RefusedError, match="not as devkit wrote it"):
        folder.state()


def test_a_history_that_leads_elsewhere_is_neither_read_nor_written(
    folder: EnvironmentFolder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "history.jsonl"
    (folder.path / "history.jsonl").symlink_to(elsewhere)
    assert folder.history() == ()
    assert not elsewhere.exists()


def test_a_history_that_cannot_be_written_costs_no_verdict(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    make_repo(root, {"Dockerfile": "FROM scratch\n", ".gitignore": ".devkit\n"})
    (root / ".devkit" / "environments" / "test" / "history.jsonl").mkdir(parents=True)

    done = devkit("deploy", "test", "--json", cwd=root, **barely_docker(tmp_path / "bin"))

    *_, warned, verdict = (json.loads(line) for line in done.stdout.splitlines())
    assert verdict["event"] == "run_finished"
    assert verdict["code"] == done.returncode != 1
    assert "not in the history" in warned["message"]
    assert "is a directory" in warned["message"]
