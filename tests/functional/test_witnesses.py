"""The notes on runs: in two places, quick to look at, and nothing for a stranger to plant."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from devkit.engine.leftovers import is_run_folder, parse_size
from devkit.engine.orphans import end_orphans
from devkit.engine.ownership import RUN_VARIABLE, this_process
from devkit.engine.witnesses import Witness, forget, keep, leave, noted, state_folder, witnesses
from tests.functional.programs import devkit, environment, scripted_docker
from tests.functional.receipts import give_receipt
from tests.functional.repos import make_repo
from tests.shop import DOCKERFILE

RUN = "devkit-verify-0123456789"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A person's environment, with a temporary folder of their own."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    return {"HOME": str(tmp_path)}


@pytest.fixture
def witness(home: dict[str, str]) -> Witness:
    folder = Path(tempfile.gettempdir()) / RUN
    folder.mkdir()
    made = Witness(run=RUN, owner=str(this_process()), project="shop", folder=str(folder))
    leave(made, home)
    return made


def test_a_run_is_noted_until_it_is_forgotten(witness: Witness, home: dict[str, str]) -> None:
    assert state_folder(home) == Path(home["HOME"]) / ".local" / "state" / "devkit" / "runs"
    assert noted(home) == (witness,)
    forget(RUN, home)
    assert noted(home) == ()
    assert witnesses(home) == (witness,), "its folder still tells"


def test_a_wiped_temporary_folder_does_not_make_it_unknown(
    witness: Witness, home: dict[str, str]
) -> None:
    (Path(witness.folder) / "run.json").unlink()
    assert witnesses(home) == (witness,)


def test_a_state_folder_that_cannot_be_made_is_no_hindrance(home: dict[str, str]) -> None:
    nowhere = home | {"XDG_STATE_HOME": "/dev/null/state"}
    folder = Path(tempfile.gettempdir()) / RUN
    folder.mkdir()
    made = Witness(run=RUN, owner=str(this_process()), folder=str(folder))
    leave(made, nowhere)
    assert noted(nowhere) == ()
    assert witnesses(nowhere) == (made,)


def test_a_run_can_be_kept(witness: Witness, home: dict[str, str]) -> None:
    assert keep(RUN, home)
    assert witnesses(home) == (replace(witness, kept="yes"),)
    assert not keep("devkit-verify-ffffffffff", home)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"run": "devkit-verify-aaaaaaaaaa"}', "7"])
def test_what_is_no_note_is_passed_over(text: str, home: dict[str, str]) -> None:
    folder = state_folder(home)
    folder.mkdir(parents=True)
    (folder / f"{RUN}.json").write_text(text)
    assert noted(home) == ()


def test_a_note_cannot_name_a_folder_of_a_person(
    witness: Witness, home: dict[str, str], tmp_path: Path
) -> None:
    theirs = tmp_path / "photographs"
    theirs.mkdir()
    told = json.loads((Path(witness.folder) / "run.json").read_text())
    (Path(witness.folder) / "run.json").write_text(json.dumps(told | {"folder": str(theirs)}))
    forget(RUN, home)
    assert [each.folder for each in witnesses(home)] == [witness.folder]
    assert not is_run_folder(theirs, RUN)


def test_a_link_is_no_folder_of_a_run(home: dict[str, str], tmp_path: Path) -> None:
    theirs = tmp_path / RUN
    theirs.mkdir()
    link = Path(tempfile.gettempdir()) / RUN
    link.symlink_to(theirs)
    assert not is_run_folder(link, RUN)
    assert witnesses(home) == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a folder to somebody else")
def test_a_strangers_folder_tells_nothing(witness: Witness, home: dict[str, str]) -> None:
    forget(RUN, home)
    os.chown(witness.folder, 12345, 12345)
    assert witnesses(home) == ()


def test_the_commands_of_a_dead_run_are_ended_and_no_others() -> None:
    words = ["git", "-c", "alias.wait=!sleep 60", "wait"]
    theirs = {**environment(), RUN_VARIABLE: RUN}
    other = {**environment(), RUN_VARIABLE: "devkit-verify-ffffffffff"}
    ours, strange, agent = (
        subprocess.Popen(command, env=env, start_new_session=True, stdin=subprocess.PIPE)
        for command, env in (
            (words, theirs), (words, other), ([sys.executable, "-c", "input()"], theirs),
        )
    )  # fmt: skip
    try:
        time.sleep(0.3)  # noqa: TID251 - for them to be what they are
        assert end_orphans(RUN)
        assert ours.poll() is not None
        assert strange.poll() is None
        assert agent.poll() is None
        assert not end_orphans(RUN)
    finally:
        for each in (ours, strange, agent):
            each.kill()
            each.communicate()


@pytest.mark.parametrize(
    ("text", "count"), [("0B", 0), ("128MB", 128_000_000), ("1.5kB", 1500), ("N/A", None)]
)
def test_docker_sizes(text: str, count: int | None) -> None:
    assert parse_size(text) == count


@pytest.mark.parametrize("words", [["deploy", "stop", "test"], ["verify"]])
def test_what_a_killed_run_left_goes_before_anything_is_told(
    words: list[str], tmp_path: Path, home: dict[str, str]
) -> None:
    repo = make_repo(tmp_path / "shop", {"Dockerfile": DOCKERFILE})
    give_receipt(repo)
    gone = replace(this_process(), started=1)
    temporary = Path(tempfile.gettempdir())
    left = temporary / RUN
    leave(Witness(run=RUN, owner=str(gone), project="shop", folder=str(left)), home)
    own = {**home, "XDG_STATE_HOME": "", "TMPDIR": str(temporary)}
    path = scripted_docker(tmp_path / "bin", "exit 0\n")

    done = devkit(*words, cwd=repo.path, PATH=path, **own)

    assert done.returncode == 0, done.stderr
    assert "Removed what ended rehearsals had left" in done.stderr
    assert not left.exists()
    assert noted(home) == ()
