"""When watch tells that the page broke under a change that the server takes up by itself."""

from __future__ import annotations

import asyncio

from devkit.cli.aftersight import Aftersight


def told(*answers: str, changes: int = 1) -> list[str]:
    """What is told where the page answers so, after as many changes at once each time."""
    found: list[str] = []
    left = list(answers)

    async def scenario() -> None:
        asked = asyncio.Event()

        async def look() -> str:
            asked.set()
            return left.pop(0)

        page = Aftersight(look, found.append, settling=0.01)
        while left:
            asked.clear()
            for _ in range(changes):
                page.soon()
            await asked.wait()

    asyncio.run(asyncio.wait_for(scenario(), 10))
    return found


def test_a_page_that_breaks_and_answers_again_is_told_once_each() -> None:
    assert told("", "gone", "gone", "", "") == ["gone", ""]


def test_many_changes_at_once_ask_once() -> None:
    assert told("gone", "", changes=50) == ["gone", ""]


def test_nothing_is_asked_after_the_end() -> None:
    async def scenario() -> list[str]:
        found: list[str] = []

        async def look() -> str:
            return "gone"

        page = Aftersight(look, found.append, settling=0.01)
        page.soon()
        page.stop()
        await asyncio.sleep(0.05)
        return found

    assert asyncio.run(scenario()) == []
