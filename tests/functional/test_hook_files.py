"""The hooks folder on a real disk, and a push with real git."""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from devkit.engine.git import find_repository
from devkit.engine.git_worktree import hooks_folder
from devkit.engine.hookfiles import carry_out, observe_hooks, run_chained
from devkit.errors import CouldNotFindOutError
from devkit.hooks.installing import (
    FormerHook,
    HookStatus,
    Move,
    Write,
    hook_status,
    plan_install,
    plan_uninstall,
    wanted_hook,
)
from devkit.hooks.prepush import FORMER_NAME
from devkit.templating import template_text
from tests.files import file_tree
from tests.functional.disks import read_only, small_disk
from tests.functional.repos import ENVIRONMENT, make_repo, picture

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.hooks.installing import WantedHook

THEIRS = '#!/bin/sh\nprintf "%s|" "$@"\ncat\n'


def wanted(executable: str = "/opt/devkit", project: str = ".") -> WantedHook:
    return wanted_hook(template_text("pre-push.sh"), executable=executable, project=project)


def install(folder: Path, hook: WantedHook | None = None) -> None:
    carry_out(plan_install(observe_hooks(folder), hook or wanted()))


def uninstall(folder: Path) -> None:
    carry_out(plan_uninstall(observe_hooks(folder), wanted()))


def script(path: Path, text: str, mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def status(folder: Path) -> HookStatus:
    return hook_status(observe_hooks(folder), wanted())


def test_in_and_out(tmp_path: Path) -> None:
    folder = tmp_path / "not/there yet"
    assert status(folder) is HookStatus.NOT_INSTALLED
    install(folder)
    assert status(folder) is HookStatus.INSTALLED
    assert stat.S_IMODE((folder / "pre-push").stat().st_mode) == 0o755
    assert file_tree(folder) == {"pre-push"}
    uninstall(folder)
    assert file_tree(folder) == set()


@pytest.mark.parametrize(
    ("mode", "after"), [(0o750, HookStatus.INSTALLED_WITH_CHAIN), (0o640, HookStatus.INSTALLED)]
)
def test_a_former_hook_is_kept_and_given_back_as_it_was(
    tmp_path: Path, mode: int, after: HookStatus
) -> None:
    script(tmp_path / "pre-push", THEIRS, mode)
    script(tmp_path / "pre-commit", THEIRS)
    before = picture(tmp_path)
    install(tmp_path)
    assert status(tmp_path) is after
    kept = tmp_path / FORMER_NAME
    assert (stat.S_IMODE(kept.stat().st_mode), kept.read_text()) == (mode, THEIRS)
    uninstall(tmp_path)
    assert picture(tmp_path) == before


def test_a_hook_that_is_a_link_stays_one(tmp_path: Path) -> None:
    script(tmp_path / "tools/check", THEIRS)
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks/pre-push").symlink_to("../tools/check")
    install(tmp_path / "hooks")
    assert (tmp_path / "tools/check").read_text() == THEIRS
    assert status(tmp_path / "hooks") is HookStatus.INSTALLED_WITH_CHAIN
    uninstall(tmp_path / "hooks")
    assert (tmp_path / "hooks/pre-push").readlink().name == "check"


def test_a_link_to_nothing_is_somebody_s_hook(tmp_path: Path) -> None:
    (tmp_path / "pre-push").symlink_to("nowhere")
    assert status(tmp_path) is HookStatus.FOREIGN
    install(tmp_path)
    assert observe_hooks(tmp_path).former is FormerHook.IGNORED
    uninstall(tmp_path)
    assert (tmp_path / "pre-push").is_symlink()


def test_a_hook_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "pre-push").write_bytes(b"\x7fELF\xff\0")
    install(tmp_path)
    uninstall(tmp_path)
    assert (tmp_path / "pre-push").read_bytes() == b"\x7fELF\xff\0"


def test_an_executable_whose_path_is_no_text(tmp_path: Path) -> None:
    hook = wanted(executable="/opt/caf\udce9/devkit")
    install(tmp_path, hook)
    assert b"'/opt/caf\xe9/devkit'" in (tmp_path / "pre-push").read_bytes()
    assert hook_status(observe_hooks(tmp_path), hook) is HookStatus.INSTALLED


def test_a_hook_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "pre-push").mkdir()
    with pytest.raises(CouldNotFindOutError, match="could not be read"):
        observe_hooks(tmp_path)


def test_hooks_switched_off_with_dev_null(tmp_path: Path) -> None:
    (tmp_path / "null").symlink_to(os.devnull)
    with pytest.raises(CouldNotFindOutError, match="could not be changed"):
        install(tmp_path / "null")


def test_a_step_that_fails_leaves_everything_as_it_was(tmp_path: Path) -> None:
    hook = script(tmp_path / "pre-push", THEIRS)
    blocked = tmp_path / "blocked"
    script(blocked / "x", "")
    before = picture(tmp_path)
    plan = (
        Move(source=hook, target=tmp_path / FORMER_NAME, cause=""),
        Write(path=blocked, text="", cause=""),  # a folder that is not empty
    )
    with pytest.raises(CouldNotFindOutError, match="could not be changed"):
        carry_out(plan)
    assert picture(tmp_path) == before


def test_a_folder_that_is_read_only(tmp_path: Path) -> None:
    folder = tmp_path / "hooks"
    with small_disk(folder):
        script(folder / "pre-push", THEIRS)
        before = picture(folder)
        with (
            read_only(folder),
            pytest.raises(CouldNotFindOutError, match="Read-only file system") as caught,
        ):
            install(folder)
        assert str(folder) in caught.value.message
        assert picture(folder) == before


def test_the_former_hook_gets_arguments_input_and_environment(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    hook = script(tmp_path / "a hook", '#!/bin/sh\nprintf "%s|" "$@" "$GIT_DIR"\ncat\nexit 7\n')
    environment = {**ENVIRONMENT, "GIT_DIR": ".git"}
    assert run_chained(hook, ["origin", "a b"], b"one\ntwo", environment) == 7
    assert capfd.readouterr().out == "origin|a b|.git|one\ntwo"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("#!/bin/sh\nexit 0\n", 0),
        ("exit 3\n", 3),  # no "#!": git gives it to the shell
        ("#!/bin/sh\nkill -TERM $$\n", 143),
        ("#!/bin/sh\nexec <&-; exit 4\n", 4),  # does not read what it is given
    ],
)
def test_the_former_hook_s_exit_code(tmp_path: Path, text: str, code: int) -> None:
    hook = script(tmp_path / "hook", text)
    assert run_chained(hook, [], b"x" * 1_000_000, ENVIRONMENT) == code


def test_a_former_hook_whose_interpreter_is_gone(tmp_path: Path) -> None:
    hook = script(tmp_path / "hook", "#!/nonexistent/python\n")
    with pytest.raises(CouldNotFindOutError, match="could not be run"):
        run_chained(hook, [], b"", ENVIRONMENT)


@pytest.mark.parametrize("top_level", ["main", "other"])
@pytest.mark.parametrize("hooks_path", ["", ".my hooks"])
def test_a_push_runs_devkit_at_the_top_level_with_git_s_lines(
    tmp_path: Path, top_level: str, hooks_path: str
) -> None:
    repo = make_repo(tmp_path / "main", {"it's a shop/f": ""})
    repo.git("init", "--quiet", "--bare", "../remote")
    repo.git("worktree", "add", "--quiet", "../other")
    if hooks_path:
        repo.git("config", "core.hooksPath", hooks_path)
    record = tmp_path / "record"
    devkit = script(
        tmp_path / "bin/devkit",
        f'#!/bin/sh\n{{ pwd; printf "%s\\n" "$@"; cat; }} >{record}\nexit 14\n',
    )
    found = find_repository(tmp_path / top_level / "it's a shop", ENVIRONMENT)
    install(hooks_folder(found), wanted(str(devkit), "it's a shop"))
    pushed = subprocess.run(
        ["git", "push", "../remote", "HEAD:refs/heads/live"],
        cwd=tmp_path / top_level / "it's a shop",
        env=dict(ENVIRONMENT),
        capture_output=True,
        check=False,
    )
    assert pushed.returncode != 0
    cwd, *words, line = record.read_text().splitlines()
    assert cwd == str(tmp_path / top_level)
    expected = ["hook", "run", "--folder", "it's a shop", "--", "../remote", "../remote"]
    assert words == expected
    assert line.split()[1:] == [repo.head, "refs/heads/live", "0" * 40]
    assert repo.git("ls-remote", "../remote") == ""
