"""Who has a port, on real sockets."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import psutil
import pytest

from devkit.compose.local import RunningContainer
from devkit.engine.port_holders import PortKeeper, port_holder, release, reserve
from tests.e2e.machine import free_port
from tests.functional.programs import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def free() -> int:
    return free_port()


def listening(family: int, address: str, port: int = 0) -> Iterator[int]:
    with socket.socket(family) as server:
        server.bind((address, port))
        server.listen()
        yield int(server.getsockname()[1])


@pytest.mark.parametrize(
    ("family", "address", "where"),
    [
        (socket.AF_INET, "127.0.0.1", ""),
        (socket.AF_INET, "0.0.0.0", " on all addresses"),
        (socket.AF_INET6, "::", " on all addresses"),
    ],
)
def test_the_process_that_listens_is_named(family: int, address: str, where: str) -> None:
    for port in listening(family, address):
        name = psutil.Process().name()
        assert port_holder(port) == f"the process {name} (pid {os.getpid()}){where}"


def test_what_listens_on_the_other_loopback_is_not_in_the_way() -> None:
    for port in listening(socket.AF_INET6, "::1"):
        assert port_holder(port) is None


def test_a_free_port_has_no_holder(free: int) -> None:
    assert port_holder(free) is None


@pytest.mark.parametrize(
    ("platform", "command"),
    [("linux", "sudo ss -ltnp 'sport = :{}'"), ("darwin", "sudo lsof -nP -iTCP:{} -sTCP:LISTEN")],
)
def test_without_the_right_to_see_it_the_command_is_told(
    platform: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(**_: object) -> object:
        raise psutil.AccessDenied

    for port in listening(socket.AF_INET, "127.0.0.1"):
        monkeypatch.setattr(psutil, "net_connections", refused)
        monkeypatch.setattr(sys, "platform", platform)
        told = f"a process of another user (`{command.format(port)}` names it)"
        assert port_holder(port) == told


def test_a_container_is_named_rather_than_its_proxy(free: int, state: dict[str, str]) -> None:
    theirs = RunningContainer(
        name="shop-web-1", project="shop", folder="/home/ada/shop", service="web",
        ports=frozenset({free}),
    )  # fmt: skip
    keeper = PortKeeper(containers=[theirs], environment=state)
    assert keeper.holder(free) == "the container shop-web-1 (/home/ada/shop)"


def test_a_free_port_is_kept_from_other_processes(free: int, state: dict[str, str]) -> None:
    asks = textwrap.dedent("""\
        import os, sys
        from devkit.engine.port_holders import PortKeeper
        print(PortKeeper(containers=[], environment=os.environ).holder(int(sys.argv[1])))
        """)
    words = [sys.executable, "-c", asks, str(free)]

    def asked() -> str:
        return subprocess.check_output(words, env=environment(**state), text=True).strip()

    keeper = PortKeeper(containers=[], environment=state)
    assert keeper.holder(free) is None
    assert asked() == "another devkit, which is about to start there"
    keeper.keep_only(free)
    assert asked() == "another devkit, which is about to start there"
    keeper.keep_only(None)
    assert asked() == "None"


def test_what_was_lost_just_now_is_avoided(free: int, state: dict[str, str]) -> None:
    keeper = PortKeeper(containers=[], environment=state, avoid=frozenset({free}))
    assert keeper.holder(free) == "somebody who took it just now"


def test_without_a_state_folder_a_port_counts_as_ours(free: int) -> None:
    assert reserve(free, {"XDG_STATE_HOME": f"{os.devnull}/none"})
    release(free)
