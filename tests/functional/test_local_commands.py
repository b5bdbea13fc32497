"""The local commands without an engine: what they write, refuse and survive."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from devkit.compose.local import LocalSettings
from devkit.config.load import load_project
from devkit.engine.local_files import load_settings, store_settings
from devkit.engine.locks import project_lock
from devkit.engine.writing import replace_file
from devkit.errors import CouldNotFindOutError, RefusedError
from tests.files import file_tree
from tests.functional.programs import devkit, environment, path_without_docker, scripted_docker
from tests.shop import CONFIG, change_config, edit_compose, made, mode, shop

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = LocalSettings(name="shop", publish=8001, wanted=8000)
ECHO = 'echo "docker $*" >&2\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return shop(tmp_path)


def remember(root: Path, **changes: object) -> None:
    kept = {"name": "shop", "publish": 8000, "wanted": 8000} | changes
    (root / ".devkit" / "local.json").write_text(json.dumps(kept))


@pytest.mark.parametrize("words", [["status"], ["migrate"], ["run", "x"], ["down"], ["up"]])
@pytest.mark.parametrize("adopted", [False, True])
def test_without_docker_one_sentence_says_so(
    words: list[str], adopted: bool, root: Path, tmp_path: Path
) -> None:
    made(root)
    remember(root)
    (root / "devkit.yaml").write_text(CONFIG + "release: [start migrate]\n")
    if adopted:
        (root / "docker-compose.yml").write_text("services: {web: {build: .}}\n")

    done = devkit(*words, cwd=root, PATH=path_without_docker(tmp_path / "bin"))

    assert done.returncode == 4, done.stderr
    assert "The `docker` command is not on the PATH." in done.stderr


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("dial tcp: lookup registry.example on 10.0.0.1:53: no such host", 4),
        ('process "/bin/sh -c false" did not complete successfully: exit code: 1', 12),
    ],
)
def test_a_first_build_that_fails_is_told_from_one_that_could_not_be_made(
    said: str, code: int, root: Path, tmp_path: Path
) -> None:
    (root / "devkit.yaml").write_text(CONFIG + "release: [start migrate]\n")
    script = f"""case $* in *" build"*) echo 'failed to solve: {said}' >&2; exit 1;; esac\n"""
    done = devkit("migrate", cwd=root, PATH=scripted_docker(tmp_path / "bin", script))
    assert done.returncode == code, done.stderr


def test_each_path_is_explained_whatever_the_others_are(root: Path) -> None:
    done = devkit("watch", "--explain", "Dockerfile", "../x", "gone.txt", "/y", cwd=root)
    assert done.returncode == 2
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == [
        "Dockerfile", "gone.txt",
    ]  # fmt: skip
    assert "no such file now" in done.stdout.splitlines()[1]
    assert "no such file now" not in done.stdout.splitlines()[0]
    assert [path for path in ("../x is not in", "/y is not in") if path not in done.stderr] == []


@pytest.mark.parametrize("named", [".", "..", "{root}", "{root}/"])
def test_the_folder_of_the_project_has_no_meaning(named: str, root: Path) -> None:
    (root / "pages").mkdir()
    words = ("--project", str(root), "watch", "--explain", named.format(root=root))
    done = devkit(*words, cwd=root / "pages" if named == ".." else root)
    assert done.returncode == 2
    assert "The project's folder itself has no meaning." in done.stderr


@pytest.mark.parametrize("words", [["status"], ["down"]])
def test_looking_and_stopping_write_and_refuse_nothing(
    words: list[str], root: Path, tmp_path: Path
) -> None:
    path = scripted_docker(tmp_path / "bin", ECHO)
    assert "shop is down; `devkit up` starts it." in devkit(*words, cwd=root, PATH=path).stderr
    assert file_tree(root) == {"Dockerfile", "devkit.yaml"}

    made(root)
    remember(root)
    edited = edit_compose(root)
    change_config(root)
    (root / ".env-local").unlink()
    before = file_tree(root)
    done = devkit(*words, cwd=root, PATH=path)

    assert done.returncode == 0, done.stderr
    assert file_tree(root) - {".devkit/lock", ".devkit/project.json"} == before
    assert (root / "docker-compose.yml").read_text() == edited
    assert devkit("up", cwd=root, PATH=path).returncode == 5


def test_the_name_in_the_file_is_the_one_that_is_stopped(root: Path, tmp_path: Path) -> None:
    made(root)
    remember(root)
    (root / "devkit.yaml").write_text("name: [broken\n")
    path = scripted_docker(tmp_path / "bin", ECHO)
    done = devkit("down", cwd=root, PATH=path)
    assert "docker compose --project-name shop down" in done.stderr
    remember(root, name="shop-0a1b2c")
    assert "--project-name shop-0a1b2c" in devkit("down", cwd=root, PATH=path).stderr


@pytest.mark.parametrize(
    "changes",
    [{"name": "other"}, {"name": "shop-other"}, {"name": "shop-0a1b2c3"}, {"publish": 70_000},
     {"publish": 0}, {"wanted": -1}, {"publish": None}],
)  # fmt: skip
def test_what_devkit_did_not_decide_is_not_remembered(
    changes: dict[str, object], root: Path
) -> None:
    made(root)
    remember(root)
    assert load_settings(root, name="shop") is not None
    remember(root, name="shop-0a1b2c")
    assert load_settings(root, name="shop") is not None
    remember(root, **changes)
    assert load_settings(root, name="shop") is None


@pytest.mark.parametrize("name", ["local.json", "compose.local.yml"])
def test_a_link_out_of_the_project_is_not_written_through(
    name: str, root: Path, tmp_path: Path
) -> None:
    made(root)
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (root / ".devkit" / name).symlink_to(precious)
    with pytest.raises(RefusedError, match="outside of the project"):
        store_settings(load_project(root), SETTINGS, remembered=None)
    assert precious.read_text() == "mine"


def test_local_files_that_cannot_be_written_or_removed_are_told(root: Path) -> None:
    made(root)
    (root / ".devkit" / "compose.local.yml").mkdir()
    with pytest.raises(CouldNotFindOutError, match="could not be written"):
        store_settings(load_project(root), SETTINGS, remembered=None)
    settled = LocalSettings(name="shop", publish=8000, wanted=8000)
    with pytest.raises(CouldNotFindOutError, match="could not be removed"):
        store_settings(load_project(root), settled, remembered=None)


def test_the_copy_of_an_edited_file_is_its_owner_s_alone(root: Path) -> None:
    made(root)
    edit_compose(root)
    copy = root / ".devkit" / "docker-compose.edited.yml"
    copy.write_text("older")
    copy.chmod(0o644)
    made(root, overwrite_compose=True)
    assert mode(copy) == 0o600


def test_a_private_file_is_private_while_it_is_written(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = root / "private"
    target.touch(0o600)
    opened: list[int] = []
    real = os.open

    def spy(path: str, flags: int, mode: int = 0o777, **kw: int) -> int:
        opened.append(mode)
        return real(path, flags, mode, **kw)

    monkeypatch.setattr(os, "open", spy)
    replace_file(target, "secret", root=root)
    assert opened == [0o600]
    assert mode(target) == 0o600


@pytest.mark.parametrize("words", [["up"], ["build"], ["down"]])
def test_a_second_devkit_is_refused(words: list[str], root: Path, tmp_path: Path) -> None:
    made(root)
    remember(root)
    path = scripted_docker(tmp_path / "bin", "")
    with project_lock(root):
        done = devkit(*words, cwd=root, PATH=path)
    lock = root / ".devkit" / "lock"
    assert done.returncode == 5
    assert re.search(rf"process {os.getpid()}\)?, since [\d:]+, holds {lock}\.", done.stderr)
    assert devkit("down", cwd=root, PATH=path).returncode == 0


def test_a_killed_holder_leaves_no_lock(root: Path) -> None:
    made(root)
    script = "import sys, time, pathlib; from devkit.engine.locks import project_lock\n"
    script += "with project_lock(pathlib.Path(sys.argv[1])): print('held', flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(root)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(),
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with (
        pytest.raises(RefusedError, match=rf"process {holder.pid}\b.*, since [\d:]+, holds"),
        project_lock(root, patience=0.1),
    ):
        pass
    holder.kill()
    holder.communicate()
    with project_lock(root, patience=0.1):
        pass


def test_a_lock_that_leads_out_of_the_project(root: Path, tmp_path: Path) -> None:
    made(root)
    (root / ".devkit" / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RefusedError, match="outside of the project"), project_lock(root):
        pass
    assert not (tmp_path / "elsewhere").exists()


WORK = """\
import asyncio, os, signal
from devkit.cli.interrupts import run_interruptible
async def work():
    os.kill(os.getpid(), signal.SIGHUP)
    await asyncio.sleep(0.3)
    print("done")
run_interruptible(work)
"""


@pytest.mark.parametrize(("ignored", "out"), [(True, "done\n"), (False, "")])
def test_a_signal_that_the_caller_ignores_is_ignored(ignored: bool, out: str) -> None:
    handler = signal.SIG_IGN if ignored else signal.SIG_DFL
    script = f"import signal; signal.signal(signal.SIGHUP, signal.{handler.name})\n{WORK}"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stdout == out
