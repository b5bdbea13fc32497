from __future__ import annotations

from devkit.compose.local import RunningContainer
from devkit.engine.local_undo import Undoing, plan_undoing


def container(
    name: str, status: str = "Up 2 seconds", *, one_off: bool = False
) -> RunningContainer:
    return RunningContainer(
        name=name, project="shop", folder="", service="web", ports=frozenset(), status=status,
        id=name, one_off=one_off,
    )  # fmt: skip


def test_what_is_new_is_removed_and_what_had_been_stopped_is_stopped() -> None:
    before = [container("db"), container("old", "Exited (0) 2 days ago"), container("bad", "Dead")]
    now = [container("db"), container("old"), container("bad", "Dead"), container("web", "Created")]
    assert plan_undoing(before, now) == Undoing(remove=("web",), stop=("old",))


def test_a_container_that_was_about_to_restart_is_left() -> None:
    before = [container("web", "Restarting (1) 1 second ago")]
    assert plan_undoing(before, [container("web")]) == Undoing(remove=(), stop=())


def test_one_offs_are_nobody_s_but_theirs() -> None:
    assert plan_undoing([], [container("run", one_off=True)]) == Undoing(remove=(), stop=())


def test_one_that_was_still_coming_up_is_told_apart() -> None:
    starting, healthy = "Up 1 second (health: starting)", "Up 9 seconds (healthy)"
    before = [container("old", "Exited (0) 2 days ago")]
    now = [
        container("old", starting),
        container("db", starting),
        container("cache", healthy),
        container("plain"),
        container("web", "Created"),
    ]
    plan = plan_undoing(before, now)
    assert plan.remove == ("db", "cache", "plain", "web")
    assert plan.unfinished == ("db",)
