"""Which services of an image a change concerns, and whose end is worth telling."""

from __future__ import annotations

import pytest

from devkit.compose.local import RunningContainer
from devkit.watch.along import Along

SERVICES = ("web", "worker_queue", "celery", "migrate")
RUNS = "Up 2 seconds"


def containers(**statuses: str) -> tuple[RunningContainer, ...]:
    return tuple(
        RunningContainer(
            name=f"shop-{service}-1", project="shop", folder="", service=service,
            ports=frozenset(), status=status, id=service,
        )
        for service, status in statuses.items()
    )  # fmt: skip


def along() -> Along:
    return Along(SERVICES, workers=["worker_queue"])


def names(found: tuple[RunningContainer, ...]) -> list[str]:
    return [each.service for each in found]


@pytest.mark.parametrize(
    "status", ["Exited (0) 1 hour ago", "Exited (1) 1 hour ago", "Exited (137) 1 hour ago", "Dead"]
)
def test_the_service_that_answers_takes_part_and_others_that_run(status: str) -> None:
    found = containers(celery="Restarting (1) 1 second ago", web=status, migrate=status)
    assert names(along().part(found)) == ["celery", "web"]


@pytest.mark.parametrize(
    ("status", "takes_part"),
    [
        (RUNS, True), ("Created", True), ("Exited (1) 1 hour ago", True),
        ("Exited (0) 1 hour ago", False), ("Exited (130) 1 hour ago", False),
        ("Exited (137) 1 hour ago", False), ("Exited (143) 1 hour ago", False),
    ],
)  # fmt: skip
def test_a_worker_takes_part_unless_it_was_stopped(status: str, takes_part: bool) -> None:
    found = along().part(containers(web=RUNS, worker_queue=status))
    assert ("worker_queue" in names(found)) is takes_part


def test_what_was_started_and_has_failed_since_takes_part_and_is_told() -> None:
    services = along()
    services.begin(services.part(containers(web=RUNS, celery=RUNS, migrate="Exited (1) ago")))
    now = containers(web="Exited (1)", celery="Exited (1) 1 second ago", migrate="Exited (1) ago")
    assert names(services.part(now)) == ["web", "celery"]
    assert names(services.ended(now)) == ["celery"]


def test_what_has_done_its_work_is_not_told_of() -> None:
    services = along()
    services.begin(containers(web=RUNS, migrate=RUNS))
    now = containers(web=RUNS, migrate="Exited (0) 1 second ago")
    assert services.ended(now) == ()
    assert names(services.part(now)) == ["web"]


def test_a_worker_that_was_seen_to_end_by_itself_takes_part() -> None:
    services = along()
    services.begin(containers(web=RUNS, worker_queue=RUNS))
    now = containers(web=RUNS, worker_queue="Exited (0) 1 second ago")
    assert names(services.ended(now)) == ["worker_queue"]
    assert names(services.part(now)) == ["web", "worker_queue"]
    # It is started anew; somebody may stop it then.
    services.begin(services.part(now))
    assert names(services.part(now)) == ["web"]


def test_a_worker_that_is_stopped_soon_after_it_was_started_stays_so() -> None:
    services = along()
    services.begin(containers(web=RUNS, worker_queue=RUNS))
    now = containers(web=RUNS, worker_queue="Exited (137) 1 second ago")
    assert names(services.ended(now)) == ["worker_queue"]
    assert names(services.part(now)) == ["web"]


def test_a_worker_that_had_been_stopped_is_not_told_of() -> None:
    services = along()
    found = containers(web=RUNS, worker_queue="Exited (137) 1 hour ago")
    services.begin(services.part(found))
    assert services.ended(found) == ()
