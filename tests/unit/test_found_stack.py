"""At which port the project answers that is up."""

from __future__ import annotations

from pathlib import Path

import pytest

from devkit.compose.local import RunningContainer
from devkit.compose.words import ComposeProject
from devkit.engine.local_found import FoundStack

OWN = {"services": {"app": {"ports": ["8000:8000", "5678:5678"]}}}


@pytest.mark.parametrize(
    ("document", "publish", "held", "port"),
    [
        (OWN, None, {5678, 8000}, 8000),
        (OWN, None, {5678}, 5678),
        (OWN, None, {49154, 49153}, 49153),
        (OWN, None, set(), None),
        (None, None, {8000}, 8000),
        (None, 8000, {5678, 8000}, 8000),
        (None, 8001, {5678, 8000}, 5678),
        (None, 8000, set(), None),
    ],
)
def test_the_first_published_port_is_the_pages(
    document: dict[str, object] | None, publish: int | None, held: set[int], port: int | None
) -> None:
    stack = FoundStack(
        root=Path("/shop"),
        compose=ComposeProject(),
        name="shop",
        document=document,
        publish=publish,
    )
    web = RunningContainer(
        name="shop-app-1", project="shop", folder="/shop", service="app", ports=frozenset(held)
    )
    assert stack.published_port(web) == port
