"""The conformance table in containers and in real time; two late starts through devkit verify."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from devkit.deployment.gate_policy import GatePolicy, Way
from tests.conformance.judging import check
from tests.conformance.table import Place, cases_in
from tests.e2e.apps import server, tiny
from tests.e2e.conformance import PATIENCE, image, judge
from tests.e2e.machine import Result, make_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devkit.deployment.gate_verdict import ContainerVerdict

CASES = cases_in(Place.CONTAINER)
LATE = 15.0
"""Seconds that a container's start and a busy engine may add; in process the figures are exact."""
LATE_STARTS = {"published": 30, "direct": 65}
"""Seconds after which an application listens, by the way on which a rehearsal asks it.

They run from the application's own start, and the gate's from when it begins to ask, which a busy
engine puts off: the second leaves room for that above the minute that earns a warning.
"""

Found = tuple[dict[tuple[str, Way], "ContainerVerdict"], dict[str, Result]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    """All containers and two rehearsals side by side, in some more than a minute."""
    folder = tmp_path_factory.mktemp("conformance")
    (folder / "image").mkdir()
    with image(folder / "image"):
        yield asyncio.run(_all(folder))


async def _all(folder: Path) -> Found:
    rehearsals = asyncio.gather(*(asyncio.to_thread(_rehearse, folder, w) for w in LATE_STARTS))
    verdicts = await judge(CASES)
    return verdicts, dict(zip(LATE_STARTS, await rehearsals, strict=True))


def _rehearse(folder: Path, way: str) -> Result:
    late = server(before=f"import time; time.sleep({LATE_STARTS[way]})")
    workspace = make_workspace(folder / way, tiny(server__py=late))
    words = ("verify", "--cached", "--containers", "1", "--json")
    return workspace.devkit(*words, env={"DEVKIT_GATE": way})


@pytest.mark.parametrize("way", Way, ids=lambda way: way.name.lower())
def test_every_container_is_judged_as_the_table_says(way: Way, found: Found) -> None:
    policy, wrong = GatePolicy(attempts=PATIENCE), []
    for case in CASES:
        expected = case.direct if way is Way.DIRECT else case.on_published
        try:
            check(found[0][case.key, way], expected, policy=policy, late=LATE)
        except AssertionError as difference:
            wrong.append(f"{case.key}: {difference}")

    assert wrong == []


@pytest.mark.parametrize(("way", "seconds"), LATE_STARTS.items())
def test_a_rehearsal_waits_for_an_application_that_listens_late(
    way: str, seconds: int, found: Found
) -> None:
    result = found[1][way]
    (probed,) = [e for e in result.events if e["event"] == "container_probed"]
    warned = [e["message"] for e in result.events if e["event"] == "warned"]

    assert result.code == 0, result.out
    assert seconds - LATE <= probed["seconds"] <= seconds + LATE
    assert probed["attempts"] == pytest.approx(probed["seconds"] / 0.4, abs=12)
    assert any("60 s" in message for message in warned) is (seconds > 60)
