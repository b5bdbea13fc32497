"""What `devkit deploy status` counts as the serving deployment's."""

from __future__ import annotations

import pytest

from devkit.cli.deploystatus import Standing, is_of, summary
from devkit.compose.local import RunningContainer
from devkit.engine.environment_state import Generation


def generation(number: int) -> Generation:
    return Generation(
        number=number, sha="a" * 40, image="devkit/shop:1", run=f"devkit-verify-{number:010x}"
    )


@pytest.mark.parametrize(
    ("service", "belongs"),
    [
        ("web-3", True),
        ("worker_queue-3", True),
        ("web-2", False),
        ("worker_queue-2", False),
        ("worker_queue-13", False),
        ("database_default", False),
        ("search-3", False),
    ],
)
def test_a_worker_is_of_the_deployment_that_started_it(service: str, *, belongs: bool) -> None:
    container = RunningContainer(
        name="x", project="shop", folder="", service=service, ports=frozenset()
    )
    assert is_of(container, [generation(3)]) is belongs


@pytest.mark.parametrize(("down", "words"), [(0, "00"), (1, "00, 1 of its containers is down"),
                                            (2, "00, 2 of its containers are down")])  # fmt: skip
def test_containers_that_are_down_are_counted(down: int, words: str) -> None:
    names = ["shop-web-3-1", "shop-worker_queue-3-1"]
    containers = {n: "Exited (1)" if at < down else "Up 1 second" for at, n in enumerate(names)}
    standing = Standing(
        environment="test", address="http://127.0.0.1:8100/", number=3, sha="a" * 40,
        since="2026-11-23 10:00", behind=0, containers=containers, failed=(),
    )  # fmt: skip
    assert summary(standing).endswith(f" since 2026-11-23 10:{words}")


def test_the_containers_of_a_deployment_under_way_are_not_the_serving_one_s() -> None:
    containers = {"shop-web-3-1": "Up 1 second", "shop-web-4-1": "Created",
                  "shop-worker_queue-4-1": "Created"}  # fmt: skip
    standing = Standing(
        environment="test", address="http://127.0.0.1:8100/", number=3, sha="a" * 40,
        since="2026-11-23 10:00", behind=0, containers=containers, failed=(),
    )  # fmt: skip
    assert summary(standing).endswith(" since 2026-11-23 10:00")
