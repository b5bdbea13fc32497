from __future__ import annotations

from pathlib import Path

import pytest

from devkit.compose.local import LocalSettings, RunningContainer, choose
from devkit.engine.engine_state import parse_containers

ROOT = Path("/home/ada/shop")


def container(
    *, name: str = "web-1", project: str = "", folder: str = "", ports: tuple[int, ...] = ()
) -> RunningContainer:
    return RunningContainer(
        name=name, project=project, folder=folder, service="web", ports=frozenset(ports)
    )


def decide(
    *containers: RunningContainer,
    taken: tuple[int, ...] = (),
    remembered: LocalSettings | None = None,
    wanted: int = 8000,
    claimed: tuple[str, ...] = (),
) -> tuple[LocalSettings, tuple[str, ...]]:
    choice = choose(
        name="shop",
        wanted=wanted,
        root=ROOT,
        remembered=remembered,
        containers=containers,
        holder=lambda port: "the process nginx (pid 7)" if port in taken else None,
        claimed=lambda name: name in claimed,
    )
    return choice.settings, choice.notes


def settings(publish: int, *, wanted: int = 8000, name: str = "shop") -> LocalSettings:
    return LocalSettings(name=name, publish=publish, wanted=wanted)


def test_a_free_port_is_taken_as_it_is() -> None:
    assert decide() == (settings(8000), ())


def test_a_taken_port_is_named_with_its_holder() -> None:
    chosen, notes = decide(taken=(8000, 8001))
    assert chosen == settings(8002)
    assert notes == (
        "Port 8000 is taken by the process nginx (pid 7), so 8002 is used and remembered.",
    )


def test_our_own_container_does_not_count_as_somebody_else() -> None:
    ours = container(project="shop", folder=str(ROOT), ports=(8000,))
    assert decide(ours, taken=(8000,)) == (settings(8000), ())


def test_what_was_remembered_is_kept_without_a_word() -> None:
    assert decide(remembered=settings(8005)) == (settings(8005), ())


def test_what_was_remembered_for_another_wish_is_not() -> None:
    assert decide(remembered=settings(8005), wanted=9000) == (settings(9000, wanted=9000), ())


def test_a_remembered_port_that_is_taken_now() -> None:
    chosen, notes = decide(remembered=settings(8005), taken=(8005,))
    assert chosen == settings(8000)
    assert "Port 8005 is taken" in notes[0]


def test_another_folder_with_the_same_name_is_left_alone() -> None:
    theirs = container(project="shop", folder="/home/ada/shop-copy", ports=(8000,))
    chosen, notes = decide(theirs, taken=(8000,))
    assert chosen.name.startswith("shop-")
    assert chosen.publish == 8001
    assert "Another folder's project is called shop" in notes[0]
    again, silent = decide(theirs, taken=(8000,), remembered=chosen)
    assert (again, silent) == (chosen, ())


def test_a_name_that_was_used_is_kept_though_the_first_one_is_free_again() -> None:
    mine = settings(8001, name="shop-0a1b2c")
    assert decide(remembered=mine) == (mine, ())
    theirs = container(project="shop-0a1b2c", folder="/home/ada/shop-copy")
    assert decide(theirs, remembered=mine)[0].name == "shop"


def test_a_name_that_belongs_to_a_project_which_is_down() -> None:
    chosen, notes = decide(claimed=("shop",))
    assert chosen.name.startswith("shop-")
    assert "Another folder's project is called shop" in notes[0]
    ours = container(project="shop", folder=str(ROOT))
    assert decide(ours, claimed=("shop",)) == (settings(8000), ())


def test_what_else_was_decided_is_kept() -> None:
    mine = LocalSettings(name="shop", publish=8000, wanted=8000, user="1:1", host="shop")
    assert decide(remembered=mine, taken=(8000,))[0] == LocalSettings(
        name="shop", publish=8001, wanted=8000, user="1:1", host="shop"
    )


def test_ports_end_at_65535() -> None:
    chosen, _ = decide(wanted=65535, taken=(65535,))
    assert chosen.publish == 65535


LINE = "shop-web-1\tshop\t/home/ada/shop\tweb\t{}\tUp 5 seconds (healthy)\tc0ffee\tTrue"


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("127.0.0.1:8000->80/tcp", {8000}),
        ("0.0.0.0:80->80/tcp, [::]:80->80/tcp, 5432/tcp", {80}),
        ("127.0.0.1:9000-9002->9000-9002/tcp", {9000, 9001, 9002}),
        ("", set()),
    ],
)
def test_published_ports_are_read(text: str, ports: set[int]) -> None:
    (found,) = parse_containers(LINE.format(text))
    assert found.ports == ports
    assert (found.name, found.project, found.service) == ("shop-web-1", "shop", "web")
    assert (found.id, found.one_off) == ("c0ffee", True)


@pytest.mark.parametrize(
    ("status", "ready", "failed", "state"),
    [
        ("Up 5 seconds", True, False, "running"),
        ("Up 5 seconds (healthy)", True, False, "healthy"),
        ("Up 1 second (health: starting)", False, False, "running"),
        ("Up 2 minutes (unhealthy)", True, True, "running"),
        ("Exited (0) 2 seconds ago", True, False, "exited (0) 2 seconds ago"),
        ("Exited (137) 2 seconds ago", False, True, "exited (137) 2 seconds ago"),
        ("Created", False, False, "created"),
    ],
)
def test_a_status_tells_whether_to_wait(status: str, ready: bool, failed: bool, state: str) -> None:
    found = RunningContainer(
        name="x", project="", folder="", service="", ports=frozenset(), status=status
    )
    assert (found.ready, found.failed, found.state) == (ready, failed, state)
