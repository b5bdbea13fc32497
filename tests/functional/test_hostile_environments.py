"""The files of an environment that stays, brought along by a repository that means harm."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from devkit.engine.environment_files import EnvironmentFolder
from devkit.engine.environment_state import Generation, new_state
from devkit.engine.witnesses import Witness, leave
from devkit.errors import RefusedError
from tests.files import build_file_tree
from tests.functional.programs import NO_ENGINE, devkit

if TYPE_CHECKING:
    from pathlib import Path

RUN = "devkit-verify-0123456789"
GENERATION = {"number": 1, "sha": "a" * 40, "image": "devkit/shop:test-1", "run": RUN}


@pytest.fixture
def folder(tmp_path: Path) -> EnvironmentFolder:
    """The environment test of a project; nothing is deployed to it."""
    made = EnvironmentFolder(root=build_file_tree(tmp_path / "shop", {"f": ""}), name="test")
    made.make()
    return made


def test_what_devkit_wrote_is_read(folder: EnvironmentFolder) -> None:
    live = Generation.model_validate(GENERATION)
    state = new_state("shop", "test", folder.root).model_copy(update={"live": live})
    folder.store(state)
    assert folder.state() == state
    assert (folder.path / "state.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "forged",
    [
        {"project": "somebody-elses"},
        {"project": "--volumes-0123ab"},
        {"publish": 70000},
        {"live": {**GENERATION, "image": "postgres:15"}},
        {"live": {**GENERATION, "image_id": "--all"}},
        {"failed": [{**GENERATION, "run": "x"}]},
        {"failed": [{**GENERATION, "sha": "HEAD"}]},
    ],
)
def test_a_forged_state_is_refused(folder: EnvironmentFolder, forged: dict[str, Any]) -> None:
    folder.store(new_state("shop", "test", folder.root))
    path = folder.path / "state.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **forged}))
    with pytest.raises(RefusedError, match="is not as devkit wrote it"):
        folder.state()


@pytest.mark.parametrize("name", ["state.json", "history.jsonl"])
@pytest.mark.parametrize("kind", ["pipe", "device", "link"])
def test_neither_is_followed_anywhere(folder: EnvironmentFolder, name: str, kind: str) -> None:
    outside = build_file_tree(folder.root.parent, {"outside": "kept\n"}) / "outside"
    if kind == "pipe":
        os.mkfifo(folder.path / name)
    else:
        (folder.path / name).symlink_to("/dev/zero" if kind == "device" else outside)
    began = time.monotonic()
    words = ("history",) if name == "history.jsonl" else ("stop", "test")
    done = devkit("deploy", *words, cwd=folder.root, **NO_ENGINE)
    # Where the state says nothing, the engine is asked what belongs to the environment.
    assert done.returncode == (4 if name == "state.json" else 0), done.stderr
    assert time.monotonic() - began < 30
    assert outside.read_text() == "kept\n"


def test_a_lock_that_is_a_link_empties_nothing(folder: EnvironmentFolder) -> None:
    build_file_tree(folder.root, {".env-local": "A=hush\n"})
    (folder.path / "lock").symlink_to("../../../.env-local")
    done = devkit("deploy", "stop", "test", cwd=folder.root, **NO_ENGINE)
    assert done.returncode == 5, done.stderr
    assert (folder.root / ".env-local").read_text() == "A=hush\n"


def test_a_folder_that_was_there_before_the_run_is_made_private(tmp_path: Path) -> None:
    planted = tmp_path / RUN
    planted.mkdir(mode=0o777)
    planted.chmod(0o777)
    witness = Witness(run=RUN, owner="x", folder=str(planted))
    leave(witness, {"XDG_STATE_HOME": str(tmp_path / "state")})
    assert planted.stat().st_mode & 0o777 == 0o700
    link = tmp_path / "link"
    link.symlink_to(planted)
    with pytest.raises(OSError, match="somebody else"):
        leave(Witness(run=RUN, owner="x", folder=str(link)), {"HOME": str(tmp_path)})
