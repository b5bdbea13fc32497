"""One piece of work at a time, and the newest change wins."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from devkit.watch.conductor import PATIENT_AFTER, Conductor
from devkit.watch.meaning import Action, Meaning
from devkit.watch.plan import Plan
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

Script = list[tuple[float, str, Action]]


def plan(path: str, action: Action) -> Plan:
    return Plan(meanings=(Meaning(path=path, action=action, reason=""),))


class Machine:
    """Takes its time over each action, and keeps a diary."""

    def __init__(self, seconds: dict[Action, float], failing: Iterable[int] = ()) -> None:
        self.clock = FakeClock()
        self.diary: list[str] = []
        self._seconds = seconds
        self._failing = set(failing)
        self._count = 0
        self.stuck = False

    async def perform(self, wanted: Plan) -> bool:
        self._count += 1
        number = self._count
        paths = ",".join(each.path for each in wanted.meanings)
        name = f"{wanted.action.name.lower()} {paths}"
        try:
            await self.clock.sleep(self._seconds[wanted.action])
        except asyncio.CancelledError:
            self.diary.append(f"gave up {name}")
            raise
        failed = number in self._failing
        self.diary.append(f"{'failed' if failed else 'did'} {name}")
        return not failed

    async def plans(self, script: Script) -> AsyncIterator[Plan]:
        for when, path, action in script:
            await self.clock.sleep(self.clock.start + when - self.clock.monotonic())
            yield plan(path, action)

    def run(self, script: Script) -> list[str]:
        conductor = Conductor(self.perform, is_stuck=lambda: self.stuck)
        asyncio.run(conductor.run(self.plans(script)))
        return self.diary


BUILD, RESTART, NOTHING = Action.REBUILD, Action.RESTART, Action.NOTHING
TIMES = {BUILD: 10.0, RESTART: 1.0, Action.REGENERATE: 3.0}


def test_a_newer_build_cancels_the_one_under_way_and_takes_its_files_along() -> None:
    assert Machine(TIMES).run([(0, "a", BUILD), (4, "b", BUILD)]) == [
        "gave up rebuild a",
        "did rebuild a,b",
    ]


def test_a_new_configuration_cancels_a_build() -> None:
    done = Machine(TIMES).run([(0, "a", BUILD), (4, "devkit.yaml", Action.REGENERATE)])
    assert done == ["gave up rebuild a", "did regenerate a,devkit.yaml"]


def test_what_needs_no_build_lets_it_end_and_comes_then() -> None:
    done = Machine(TIMES).run([(0, "a", BUILD), (4, "b", RESTART), (5, "c", NOTHING)])
    assert done == ["did rebuild a", "did restart b,c"]


def test_restarts_are_finished_and_what_came_meanwhile_is_one() -> None:
    done = Machine(TIMES).run([(0, "a", RESTART), (0.3, "b", RESTART), (0.6, "c", RESTART)])
    assert done == ["did restart a", "did restart b,c"]


def test_a_constant_writer_does_not_keep_builds_from_their_end() -> None:
    script = [(4.0 * step, f"f{step}", BUILD) for step in range(6)]
    done = Machine(TIMES).run(script)
    assert done[:PATIENT_AFTER] == ["gave up rebuild f0", "gave up rebuild f0,f1",
                                    "gave up rebuild f0,f1,f2"]  # fmt: skip
    assert done[PATIENT_AFTER] == "did rebuild f0,f1,f2,f3"
    assert done[-1].startswith("did")
    assert "f5" in done[-1]


def test_what_failed_is_tried_again_with_the_next_save_whatever_it_is() -> None:
    machine = Machine(TIMES, failing=[1])
    assert machine.run([(0, "a", BUILD), (20, "b", NOTHING), (40, "c", NOTHING)]) == [
        "failed rebuild a",
        "did rebuild a,b",
    ]


def test_what_failed_is_not_forgotten_when_what_came_meanwhile_fails_too() -> None:
    machine = Machine(TIMES, failing=[1, 2])
    assert machine.run([(0, "a", BUILD), (4, "b", RESTART), (20, "c", NOTHING)]) == [
        "failed rebuild a",
        "failed restart b",
        "did rebuild a,b,c",
    ]


def test_nothing_to_do_does_nothing() -> None:
    assert Machine(TIMES).run([(0, "a", NOTHING), (1, "b", NOTHING)]) == []


def test_what_is_to_be_kept_is_finished_before_a_newer_build() -> None:
    machine = Machine(TIMES)
    asyncio.run(_kept(machine))
    assert machine.diary == ["did rebuild a", "gave up rebuild b", "did rebuild b,c"]


async def _kept(machine: Machine) -> None:
    """Keep the first build alone."""

    async def perform(wanted: Plan) -> bool:
        if not machine.diary:
            conductor.keep()
        return await machine.perform(wanted)

    conductor = Conductor(perform, is_stuck=lambda: not machine.diary)
    await conductor.run(machine.plans([(0, "a", BUILD), (4, "b", BUILD), (12, "c", BUILD)]))


def test_even_what_is_to_be_kept_is_given_up_at_the_end() -> None:
    diary: list[str] = []
    asyncio.run(_ended(diary))
    assert diary == ["began", "gave up"]


async def _ended(diary: list[str]) -> None:
    async def plans() -> AsyncIterator[Plan]:
        yield plan("a", BUILD)
        await asyncio.Event().wait()

    async def perform(_: Plan) -> bool:
        conductor.keep()
        diary.append("began")
        running.cancel()
        try:
            return await asyncio.Event().wait()
        finally:
            diary.append("gave up")

    conductor = Conductor(perform)
    running = asyncio.ensure_future(conductor.run(plans()))
    await asyncio.wait([running])


def test_what_is_stuck_gives_way_to_any_change() -> None:
    machine = Machine({RESTART: 100.0})
    machine.stuck = True
    asyncio.run(_stuck(machine))
    assert machine.diary == ["gave up restart a", "did restart a,b"]


async def _stuck(machine: Machine) -> None:
    async def plans() -> AsyncIterator[Plan]:
        yield plan("a", RESTART)
        await machine.clock.sleep(5)
        yield plan("b", RESTART)
        await asyncio.sleep(0.5)  # the conductor looks on its own, real time
        machine.stuck = False
        await machine.clock.sleep(200)

    machine.stuck = False

    async def turn_stuck() -> None:
        await machine.clock.sleep(4)
        machine.stuck = True

    turning = asyncio.ensure_future(turn_stuck())
    await Conductor(machine.perform, is_stuck=lambda: machine.stuck).run(plans())
    await turning
