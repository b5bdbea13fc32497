"""When watch tells that the page broke under a change that the server takes up by itself."""

from __future__ import annotations

import asyncio

from devkit.cli.aftersight import Aftersight
from devkit.errors import CouldNotFindOutError


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


class Look:
    """Answers one after the other; the last one for ever."""

    def __init__(self, *answers: str | Exception | None) -> None:
        self._answers = list(answers)
        self.count = 0
        self.asked = asyncio.Event()

    async def __call__(self) -> str | None:
        self.count += 1
        self.asked.set()
        found = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(found, Exception):
            raise found
        return found


UNKNOWN = CouldNotFindOutError("There is no engine.")


def looked_on(look: Look) -> list[str]:
    """What is told after one change, where it is looked at until all is well."""
    found: list[str] = []

    async def scenario() -> None:
        page = Aftersight(look, found.append, settling=0.0, again=0.01)
        page.soon()
        assert page.pending
        for _ in range(500):
            await asyncio.sleep(0.01)
            if not page.pending:
                return
        page.stop()

    asyncio.run(scenario())
    return found


def test_a_broken_page_is_looked_at_until_it_answers() -> None:
    look = Look("gone", "gone", "gone still", "")
    assert looked_on(look) == ["gone", ""]
    assert look.count == 4


def test_a_look_that_tells_nothing_changes_nothing() -> None:
    assert looked_on(Look(None, "gone", None, "")) == ["gone", ""]
    assert looked_on(Look(None, None, "")) == []


def test_what_cannot_be_found_out_is_not_asked_for_ever_unless_it_is_to_be_taken_back() -> None:
    look = Look(UNKNOWN)
    assert looked_on(look) == []
    assert look.count == 1
    assert looked_on(Look("gone", UNKNOWN, UNKNOWN, "")) == ["gone", ""]


def after_work(*, well: bool, then: str) -> list[str]:
    """What is told of one that is broken after work was done on it."""
    found: list[str] = []

    async def scenario() -> None:
        look = Look("gone", then)
        page = Aftersight(look, found.append, settling=0.0)
        for _ in range(2):
            look.asked.clear()
            page.soon()
            await look.asked.wait()
            page.renew(well=well)

    asyncio.run(asyncio.wait_for(scenario(), 10))
    return found


def test_after_work_was_done_a_break_is_news_again() -> None:
    assert after_work(well=True, then="gone") == ["gone", "gone"]
    assert after_work(well=False, then="gone") == ["gone", "gone"]


def test_what_is_known_to_be_well_need_not_be_told() -> None:
    assert after_work(well=True, then="") == ["gone"]
    assert after_work(well=False, then="") == ["gone", ""]
