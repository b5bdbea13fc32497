from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from devkit.engine.ownership import (
    RUN_LABEL,
    Life,
    is_dead,
    life_of,
    new_run_labels,
    parse_owner,
    this_process,
)


def test_this_process_lives() -> None:
    me = this_process()
    assert me.pid == os.getpid()
    assert parse_owner(str(me)) == me
    assert not is_dead(me)


def test_a_process_that_ended_is_dead() -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as process:
        process.wait()
    assert is_dead(replace(this_process(), pid=process.pid))


def test_another_process_with_the_same_number_is_not_taken_for_it() -> None:
    assert is_dead(replace(this_process(), started=this_process().started - 60))


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux tells ticks")


def ticks_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])


@on_linux
def test_a_step_of_the_clock_does_not_end_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    before = this_process()
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: 1_000_000.0)
    assert before.started == ticks_of(os.getpid())
    assert not is_dead(before)


@on_linux
def test_ticks_are_compared_exactly() -> None:
    assert is_dead(replace(this_process(), started=this_process().started + 1))


@on_linux
def test_a_process_with_a_strange_name_lives(tmp_path: Path) -> None:
    program = tmp_path / "a) Z 1 ("
    shutil.copy("/bin/sleep", program)
    with subprocess.Popen([str(program), "60"]) as process:
        owner = replace(this_process(), pid=process.pid, started=ticks_of(process.pid))
        dead = is_dead(owner)
        process.kill()
    assert not dead


@on_linux
def test_a_killed_process_that_nobody_has_waited_for_is_dead() -> None:
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        owner = replace(this_process(), pid=process.pid, started=ticks_of(process.pid))
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert is_dead(owner)


def test_an_owner_in_another_container_is_left_alone_until_the_next_boot() -> None:
    elsewhere = replace(this_process(), namespace="pid:[1]", pid=2**22 + 1)
    assert is_dead(replace(elsewhere, namespace=this_process().namespace))
    assert not is_dead(elsewhere)
    assert is_dead(replace(elsewhere, boot="another boot"))


def test_a_reboot_ends_every_owner() -> None:
    assert is_dead(replace(this_process(), boot="another boot"))


def test_an_owner_on_another_machine_is_left_alone() -> None:
    assert not is_dead(replace(this_process(), host="elsewhere", pid=1, boot="x"))


@on_linux
def test_a_machine_that_has_another_name_now_knows_its_own_dead() -> None:
    renamed = replace(this_process(), host="elsewhere")
    assert life_of(renamed) is Life.LIVING
    assert is_dead(replace(renamed, started=renamed.started - 60))


@pytest.mark.parametrize("text", ["", "a|b|c", "a|b|1|2", "a|b|n|x|1", "a|b|n|1|2|3"])
def test_what_is_not_ours_names_no_owner(text: str) -> None:
    assert parse_owner(text) is None


def test_every_run_has_a_name_of_its_own() -> None:
    def name() -> str:
        return new_run_labels("shop", notes="")[RUN_LABEL]

    assert name() != name()
