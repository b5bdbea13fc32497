"""What ``devkit watch`` does to several services of one image, beside a scripted docker."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from devkit.errors import ServicesError
from tests.functional.desk import FILES, QUIET, RUNS, Desk

if TYPE_CHECKING:
    from pathlib import Path

ONCE = ("migrate", "m1", "Exited (0) 2 minutes ago")
STOPPED = ("worker_queue", "q1", "Exited (137) 1 minute ago")
FAILED = ("worker_mail", "e1", "Exited (1) 1 minute ago")
SERVICES = ("web", "migrate", "worker_queue", "worker_mail", "celery")
TWO_WORKERS = "workers: {queue: x, mail: y}\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.save("devkit.yaml", FILES["devkit.yaml"] + TWO_WORKERS)
    made.declare(*SERVICES[1:])
    made.lists(("celery", "a1", RUNS), ONCE, STOPPED, FAILED, ("web", "c1", RUNS))
    return made


def test_a_restart_leaves_alone_what_had_ended_or_was_stopped(desk: Desk) -> None:
    asyncio.run(desk.actions(services=SERVICES).restart())
    assert sorted(desk.told) == [f"restart --time 1 {each}" for each in ("a1", "c1", "e1")]


def test_each_restart_looks_who_runs_by_then(desk: Desk) -> None:
    async def scenario() -> None:
        actions = desk.actions(services=SERVICES)
        await actions.restart()
        desk.lists(("celery", "a1", "Exited (143) 1 second ago"), ("web", "c1", RUNS))
        await actions.restart()

    asyncio.run(scenario())
    assert desk.told.count("restart --time 1 c1") == 2
    assert desk.told.count("restart --time 1 a1") == 1


def test_web_is_restarted_even_where_it_has_ended(desk: Desk) -> None:
    desk.lists(ONCE, ("web", "c1", "Exited (0) 1 minute ago"))
    asyncio.run(desk.actions(services=SERVICES).restart())
    assert desk.told == ["restart --time 1 c1"]


def test_where_nothing_takes_part_that_is_told(desk: Desk) -> None:
    desk.lists(ONCE)
    with pytest.raises(ServicesError, match="There is no container of web"):
        asyncio.run(desk.actions(services=SERVICES).restart())


def test_a_new_image_starts_nothing_that_had_ended_or_was_stopped(desk: Desk) -> None:
    asyncio.run(desk.actions(services=SERVICES).replace())
    (swap,) = [each for each in desk.told if " up " in each]
    assert swap.partition(" --timeout 1 ")[2].split() == ["web", "worker_mail", "celery"]


def test_what_is_left_alone_does_not_make_a_new_container_an_old_one(desk: Desk) -> None:
    desk.save("devkit.yaml", FILES["devkit.yaml"])
    desk.declare("migrate")
    desk.lists(("web", "c1", RUNS), ONCE)
    desk.lists(("web", "c2", RUNS), ONCE, when="next")

    async def scenario() -> None:
        desk.save("Dockerfile", FILES["Dockerfile"] + "# more\n")
        desk.save("server.py", "2\n")
        await desk.has_told(" up ")
        await asyncio.sleep(QUIET)

    desk.follow(scenario)
    assert not [each for each in desk.told if each.startswith(("restart", "cp"))]


def test_the_log_is_that_of_the_service_that_answers(desk: Desk) -> None:
    desk.logs("one", "two")
    log = asyncio.run(desk.actions(services=SERVICES).log_since(12.5))
    assert log == ("one", "two")
    assert desk.told == ["logs --tail 12 --since 12.500 c1"]


def test_the_log_keeps_secrets(desk: Desk) -> None:
    desk.save(".env-local", "TOKEN=quite-a-secret\n")
    desk.logs("with quite-a-secret in it")
    log = asyncio.run(desk.actions(services=SERVICES).log_since(12.5))
    assert log == ("with *** in it",)


RUNSERVER = ["python", "manage.py", "runserver", "0.0.0.0:80"]
PARTED = (("worker_queue", "q1", RUNS), ("web", "c1", RUNS))


def reloading(desk: Desk, *containers: tuple[str, str, str]) -> None:
    """Have a web that reloads by itself, and services beside it that do not."""
    desk.declare(*(each[0] for each in containers if each[0] != "web"), command=RUNSERVER)
    desk.lists(*containers)


def test_beside_a_server_that_reloads_only_the_others_are_restarted(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    reloading(desk, *PARTED, ("celery", "a1", RUNS), ONCE)

    async def scenario() -> None:
        desk.save("tasks.py", "1\n")
        await desk.has_told("restart --time 1 q1")
        await desk.has_told("restart --time 1 a1")
        await asyncio.sleep(QUIET)

    desk.follow(scenario)
    assert sorted(desk.told) == ["restart --time 1 a1", "restart --time 1 q1"]
    assert "tasks.py: worker_queue, celery restarted in" in capsys.readouterr().err


@pytest.mark.parametrize("other", [ONCE, STOPPED])
def test_where_nothing_runs_beside_it_nothing_is_done_and_told(
    desk: Desk, other: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    reloading(desk, ("web", "c1", RUNS), other)

    async def scenario() -> None:
        desk.save("tasks.py", "1\n")
        await asyncio.sleep(2 * QUIET)

    desk.follow(scenario)
    assert desk.told == []
    assert "tasks.py" not in capsys.readouterr().err


def test_what_concerns_the_server_restarts_all(desk: Desk) -> None:
    desk.save("devkit.yaml", 'name: shop\nwatch: {restart: ["*.ini"]}\n' + TWO_WORKERS)
    reloading(desk, *PARTED)

    async def scenario() -> None:
        desk.save("tasks.py", "1\n")
        desk.save("more.ini", "1\n")
        await desk.has_told("restart --time 1 c1")

    desk.follow(scenario)
    assert sorted(desk.told) == ["restart --time 1 c1", "restart --time 1 q1"]


def test_others_that_were_not_replaced_by_a_new_image_are_restarted(desk: Desk) -> None:
    reloading(desk, *PARTED)
    desk.lists(("worker_queue", "q1", RUNS), ("web", "c2", RUNS), when="next")

    async def scenario() -> None:
        desk.save("tasks.py", "1\n")
        desk.save("Dockerfile", FILES["Dockerfile"] + "# more\n")
        await desk.has_told("restart --time 1 q1")
        await asyncio.sleep(QUIET)

    desk.follow(scenario)
    assert not [each for each in desk.told if each == "restart --time 1 c2"]


def test_the_others_that_were_restarted_are_named(desk: Desk) -> None:
    reloading(desk, *PARTED)
    restarted = asyncio.run(desk.actions(services=SERVICES).restart_others(["worker_queue"]))
    assert restarted == ("worker_queue",)
    assert asyncio.run(desk.actions(services=SERVICES).restart_others(["celery"])) == ()
