"""Names that another folder has, though its containers do not tell."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from devkit.engine.name_claims import choosing, claim, is_claimed
from devkit.engine.ownership import this_process
from tests.functional.programs import scripted_docker

if TYPE_CHECKING:
    from pathlib import Path

VOLUMES = 'case "$*" in *project=shop) echo shop_database_default;; esac\n'


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / "mine").mkdir()
    return tmp_path / "mine"


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    (tmp_path / "theirs").mkdir()
    return tmp_path / "theirs"


def world(tmp_path: Path, docker: str = "") -> dict[str, str]:
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    return {**state, "PATH": scripted_docker(tmp_path / "bin", docker)}


def left(tmp_path: Path, folder: Path) -> None:
    """A note whose devkit has ended."""
    owner = str(this_process()).replace(f"|{os.getpid()}|", "|999999999|")
    note = tmp_path / "state" / "devkit" / "names" / "shop.json"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({"folder": str(folder), "owner": owner}))


def test_a_name_that_another_devkit_is_about_to_use(
    mine: Path, theirs: Path, tmp_path: Path
) -> None:
    found = world(tmp_path)
    with choosing(found):
        assert not is_claimed("shop", mine, found)
        claim("shop", theirs, found)
    assert is_claimed("shop", mine, found)
    assert not is_claimed("shop", theirs, found)


def test_a_name_whose_folder_has_a_database_still(mine: Path, theirs: Path, tmp_path: Path) -> None:
    left(tmp_path, theirs)
    assert is_claimed("shop", mine, world(tmp_path, VOLUMES))
    assert not is_claimed("shop", mine, world(tmp_path, "true\n"))
    theirs.rmdir()
    assert not is_claimed("shop", mine, world(tmp_path, VOLUMES))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"folder": 1}', "\0"])
def test_a_note_that_makes_no_sense_is_none(text: str, mine: Path, tmp_path: Path) -> None:
    left(tmp_path, mine)
    (tmp_path / "state" / "devkit" / "names" / "shop.json").write_text(text)
    assert not is_claimed("shop", mine, world(tmp_path, VOLUMES))


def test_without_a_state_folder_nothing_is_noted(mine: Path, theirs: Path, tmp_path: Path) -> None:
    found = world(tmp_path) | {"XDG_STATE_HOME": f"{os.devnull}/none"}
    with choosing(found):
        claim("shop", theirs, found)
    assert not is_claimed("shop", mine, found)
