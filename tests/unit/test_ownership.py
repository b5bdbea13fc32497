from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from devkit.engine.ownership import RUN_LABEL, is_dead, new_run_labels, parse_owner, this_process


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


def test_a_reboot_ends_every_owner() -> None:
    assert is_dead(replace(this_process(), boot="another boot"))


def test_an_owner_on_another_machine_is_left_alone() -> None:
    assert not is_dead(replace(this_process(), host="elsewhere", pid=1, boot="x"))


@pytest.mark.parametrize("text", ["", "a|b|c", "a|b|x|1", "a|b|1|2|3"])
def test_what_is_not_ours_names_no_owner(text: str) -> None:
    assert parse_owner(text) is None


def test_every_run_has_a_name_of_its_own() -> None:
    assert new_run_labels("shop")[RUN_LABEL] != new_run_labels("shop")[RUN_LABEL]
