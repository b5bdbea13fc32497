"""A release command that turns out to be a server is not waited for."""

from __future__ import annotations

import asyncio

import pytest

from devkit.deployment.release_commands import run_release_commands
from devkit.errors import CouldNotFindOutError, ReleaseCommandError
from devkit.ports import Background, Completed
from tests.fakes.clock import FakeClock
from tests.fakes.stage import FakeStage

ON_80 = "   0: 00000000:0050 00000000:0000 0A 00000000:00000000"
ON_8000 = "   0: 00000000:1F40 00000000:0000 0A 00000000:00000000"
DNS = "   0: 0B00007F:A1C3 00000000:0000 0A 00000000:00000000"


def run(stage: FakeStage, clock: FakeClock, *, limit: float = 600.0) -> None:
    """Run one command on port 80; a TimeoutError where virtual time goes past the limit."""

    async def within() -> None:
        work = asyncio.ensure_future(
            run_release_commands(
                stage, ["start migrate"], port=80, clock=clock, on_line=lambda _: None
            )
        )
        until = asyncio.ensure_future(clock.sleep(limit))
        await asyncio.wait({work, until}, return_when=asyncio.FIRST_COMPLETED)
        until.cancel()
        if not work.done():
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            raise TimeoutError
        await work

    asyncio.run(within())


def test_a_server_in_the_place_of_a_command_is_found_within_seconds() -> None:
    clock = FakeClock()
    stage = FakeStage(endless=True, command_sockets=f"{DNS}\n{ON_80}")

    with pytest.raises(ReleaseCommandError) as failed:
        run(stage, clock)

    assert 10 <= clock.elapsed <= 20
    assert failed.value.cause == "entry-point-ignores-command"
    assert "`start migrate` would never end" in failed.value.message
    assert "ENTRYPOINT" in failed.value.hint
    assert failed.value.details == ("a line of the command",)
    assert stage.cancelled == ["command"]


@pytest.mark.parametrize("sockets", ["", DNS, ON_8000])
def test_a_long_command_that_is_no_server_is_left_alone(sockets: str) -> None:
    stage = FakeStage(endless=True, command_sockets=sockets)

    with pytest.raises(TimeoutError):
        run(stage, FakeClock(), limit=1000)

    assert stage.cancelled == ["command"]


def test_a_server_on_another_port_gives_itself_away_by_its_words() -> None:
    stage = FakeStage(
        endless=True,
        command_sockets=ON_8000,
        says="[2026-11-23 16:15:12 +0000] [1] [INFO] Listening at: http://0.0.0.0:8000 (1)",
    )

    with pytest.raises(ReleaseCommandError) as failed:
        run(stage, FakeClock())

    assert "port 8000" in failed.value.hint


def test_a_command_that_listens_for_a_moment_is_left_alone() -> None:
    class Flickering(FakeStage):
        looks = 0

        async def command_listeners(self) -> str:
            self.looks += 1
            if self.looks % 3 == 0:
                raise CouldNotFindOutError("The engine is busy.")
            return ON_80 if self.looks % 3 == 1 else ""

    with pytest.raises(TimeoutError):
        run(Flickering(endless=True), FakeClock(), limit=200)


def test_a_command_that_was_killed_is_told_its_memory() -> None:
    killed = Completed(returncode=137, output="Loading ...\nKilled")
    stage = FakeStage(commands=[killed], background=Background(memory="256m"))

    with pytest.raises(ReleaseCommandError) as failed:
        run(stage, FakeClock())

    assert failed.value.cause == "release-killed"
    assert "256m" in failed.value.hint
