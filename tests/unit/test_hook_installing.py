from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from devkit.errors import RefusedError
from devkit.hooks.installing import (
    ASIDE_NAME,
    FormerHook,
    HookStatus,
    Move,
    ObservedHooks,
    Remove,
    Scope,
    Write,
    hook_project,
    hook_status,
    plan_install,
    plan_uninstall,
    wanted_hook,
)
from devkit.hooks.prepush import FORMER_NAME
from devkit.templating import template_text

FOLDER = Path("/repo/.git/hooks")
TEMPLATE = template_text("pre-push.sh")
WANTED = wanted_hook(TEMPLATE, executable="/opt/devkit/bin/devkit", project=".")
ODD_NAMES = [".", "shop", "a b", "it's", 'say "hi"', "$HOME", "`ls`", "a\nb", "-x", "@PROJECT@"]

NOTHING = ObservedHooks(folder=FOLDER, is_executable=False)
OURS = ObservedHooks(folder=FOLDER, hook=WANTED.text)
THEIRS = ObservedHooks(folder=FOLDER, hook="#!/bin/sh\nmake lint\n")


def for_project(project: str, executable: str = "/opt/devkit/bin/devkit") -> ObservedHooks:
    wanted = wanted_hook(TEMPLATE, executable=executable, project=project)
    return ObservedHooks(folder=FOLDER, hook=wanted.text)


@pytest.mark.parametrize("project", ODD_NAMES)
def test_the_project_is_read_back_from_the_script(project: str) -> None:
    assert hook_project(for_project(project)) == project


@pytest.mark.parametrize("name", ODD_NAMES)
def test_the_script_calls_devkit_with_any_name(tmp_path: Path, name: str) -> None:
    devkit = tmp_path / f"{name}{'' if name[-1] != '.' else 'x'}" / "devkit"
    devkit.parent.mkdir()
    devkit.write_text('#!/bin/sh\nprintf "%s|" "$@"\ncat\n')
    devkit.chmod(0o755)
    wanted = wanted_hook(TEMPLATE, executable=str(devkit), project=name)
    done = subprocess.run(
        ["sh", "-c", wanted.text, "pre-push", "origin", "a b"],
        input=b"the lines\0",
        capture_output=True,
        check=True,
    )
    assert done.stdout == f"hook|run|--folder|{name}|--|origin|a b|the lines\0".encode()


def test_the_script_finds_a_devkit_that_moved_on_the_path(tmp_path: Path) -> None:
    devkit = tmp_path / "devkit"
    devkit.write_text('#!/bin/sh\necho "$@"\nexit 14\n')
    devkit.chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", WANTED.text, "pre-push"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("hook run --folder . --\n", 14)


def test_the_script_without_any_devkit_refuses_and_says_the_way_out(tmp_path: Path) -> None:
    done = subprocess.run(
        [shutil.which("sh") or "sh", "-c", WANTED.text, "pre-push"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "neither in /opt/devkit/bin/devkit nor on the PATH" in done.stderr
    assert "git push --no-verify" in done.stderr


def test_the_script_is_clean() -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")  # of the development dependencies
    subprocess.run([shellcheck, "-"], input=WANTED.text.encode(), check=True)


@pytest.mark.parametrize(
    ("observed", "status"),
    [
        (NOTHING, HookStatus.NOT_INSTALLED),
        (OURS, HookStatus.INSTALLED),
        (replace(OURS, former=FormerHook.RUNS), HookStatus.INSTALLED_WITH_CHAIN),
        (replace(OURS, former=FormerHook.IGNORED), HookStatus.INSTALLED),
        (replace(OURS, is_executable=False), HookStatus.OUTDATED),
        (for_project(".", executable="/old/devkit"), HookStatus.OUTDATED),
        (THEIRS, HookStatus.FOREIGN),
        (replace(THEIRS, hook=""), HookStatus.FOREIGN),
        (replace(THEIRS, hook="# Installed by devkit\n"), HookStatus.FOREIGN),
        (replace(THEIRS, hook="# Installed by devkit\nproject='x\n"), HookStatus.FOREIGN),
        (for_project("shop"), HookStatus.FOREIGN),
    ],
)
def test_status(observed: ObservedHooks, status: HookStatus) -> None:
    assert hook_status(observed, WANTED) is status


def test_install_where_there_is_none() -> None:
    (write,) = plan_install(NOTHING, WANTED)
    assert isinstance(write, Write)
    assert (write.path, write.text) == (FOLDER / "pre-push", WANTED.text)


def test_install_again_does_nothing() -> None:
    assert plan_install(OURS, WANTED) == ()
    assert plan_install(replace(OURS, former=FormerHook.RUNS), WANTED) == ()


def test_install_renews_an_outdated_one_and_leaves_the_chain() -> None:
    observed = replace(for_project(".", executable="/old/devkit"), former=FormerHook.RUNS)
    aside, write = plan_install(observed, WANTED)
    assert isinstance(aside, Move)
    assert (aside.source, aside.target) == (FOLDER / "pre-push", FOLDER / ASIDE_NAME)
    assert isinstance(write, Write)
    assert "outdated" in write.cause


def test_uninstall_keeps_a_copy_of_a_hook_that_was_edited() -> None:
    observed = for_project(".")
    assert observed.hook is not None
    edited = replace(observed, hook=observed.hook + "echo added\n")
    (aside,) = plan_uninstall(edited, WANTED)
    assert isinstance(aside, Move)
    assert aside.target == FOLDER / ASIDE_NAME


def test_install_keeps_a_hook_of_somebody_else() -> None:
    move, write = plan_install(THEIRS, WANTED)
    assert isinstance(move, Move)
    assert (move.source, move.target) == (FOLDER / "pre-push", FOLDER / FORMER_NAME)
    assert isinstance(write, Write)


def test_install_says_that_a_former_hook_left_behind_will_run() -> None:
    (write,) = plan_install(replace(NOTHING, former=FormerHook.RUNS), WANTED)
    assert FORMER_NAME in write.cause


@pytest.mark.parametrize("former", [FormerHook.RUNS, FormerHook.IGNORED])
def test_install_refuses_to_overwrite_a_former_hook(former: FormerHook) -> None:
    with pytest.raises(RefusedError, match="two former hooks"):
        plan_install(replace(THEIRS, former=former), WANTED)


def test_install_refuses_a_folder_of_every_repository() -> None:
    with pytest.raises(RefusedError, match=r"core\.hooksPath leads to /repo/\.git/hooks"):
        plan_install(replace(NOTHING, scope=Scope.SHARED), WANTED)


def test_another_project_of_the_repository_is_named() -> None:
    for plan in (plan_install, plan_uninstall):
        with pytest.raises(
            RefusedError, match="another project of this repository, 'my shop'"
        ) as e:
            plan(for_project("my shop"), WANTED)
        assert e.value.hint == "devkit --project 'my shop' hook uninstall"


def test_uninstall_removes_ours() -> None:
    (remove,) = plan_uninstall(OURS, WANTED)
    assert isinstance(remove, Remove)
    assert remove.path == FOLDER / "pre-push"


@pytest.mark.parametrize("former", [FormerHook.RUNS, FormerHook.IGNORED])
def test_uninstall_gives_the_former_hook_back(former: FormerHook) -> None:
    (move,) = plan_uninstall(replace(OURS, former=former), WANTED)
    assert isinstance(move, Move)
    assert (move.source, move.target) == (FOLDER / FORMER_NAME, FOLDER / "pre-push")


def test_uninstall_takes_an_outdated_one_out() -> None:
    assert len(plan_uninstall(for_project(".", executable="/old/devkit"), WANTED)) == 1


@pytest.mark.parametrize("observed", [NOTHING, THEIRS])
def test_uninstall_leaves_what_is_not_ours(observed: ObservedHooks) -> None:
    assert plan_uninstall(observed, WANTED) == ()


def test_uninstall_works_in_a_folder_of_every_repository() -> None:
    assert len(plan_uninstall(replace(OURS, scope=Scope.SHARED), WANTED)) == 1
