"""What ``devkit watch`` tells of a page or a worker that breaks, with a real server as the page."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.functional.desk import FILES, PATIENCE, RUNS, Desk
from tests.functional.servers import OK, refusing, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.functional.servers import Connection

NO_ANSWER = b"what a server does not say\r\n"
RULES = 'watch: {restart: ["*.ini"], sync: [pages/]}\n'
BROKEN = "The page does not answer any more since {} was saved."
WELL = "The page answers again."
ENDED = "Exited (1) 1 second ago"


class Page:
    """A server's page, which a test breaks and mends."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answer = OK
        self.after = 0.0

    async def _behave(self, connection: Connection) -> None:
        await connection.request()
        await asyncio.sleep(self.after)
        await connection.send(self.answer)

    @contextlib.asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        async with serving(self._behave, port=self.port):
            yield

    def breaks(self) -> None:
        self.answer = NO_ANSWER

    def is_mended(self) -> None:
        self.answer = OK


class Screen:
    """What a person and a program are told."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._out = self._err = ""

    @property
    def text(self) -> str:
        self._read()
        return self._err

    @property
    def events(self) -> list[dict[str, Any]]:
        self._read()
        return [json.loads(line) for line in self._out.splitlines()]

    def _read(self) -> None:
        out, err = self._capsys.readouterr()
        self._out, self._err = self._out + out, self._err + err

    async def has(self, words: str, *, times: int = 1) -> None:
        """Wait until it has some words."""
        for _ in range(int(PATIENCE / 0.02)):
            if self.text.count(words) >= times:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{words} x {times} in {self.text}")

    async def has_changed(self, cause: str) -> None:
        """Wait until a change of that file has been taken note of."""
        for _ in range(int(PATIENCE / 0.02)):
            if any(
                (each["event"], each.get("cause")) == ("changed", cause) for each in self.events
            ):
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{cause} in {self.events}")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk(tmp_path)
    for name in ("PATH", "LOG", "STATE"):
        monkeypatch.setenv(name, made.environment[name])
    made.save("devkit.yaml", "name: shop\n" + RULES)
    made.declare(command=["python", "manage.py", "runserver", "0.0.0.0:80"])
    made.runs("c1")
    return made


@pytest.fixture
def page() -> Iterator[Page]:
    with refusing() as address:
        yield Page(address.port)


@pytest.fixture
def screen(capsys: pytest.CaptureFixture[str]) -> Screen:
    return Screen(capsys)


def test_a_page_that_breaks_is_told_with_its_log_and_taken_back(
    desk: Desk, page: Page, screen: Screen
) -> None:
    desk.save(".env-local", "TOKEN=quite-a-secret\n")
    desk.logs("Traceback of quite-a-secret")
    desk.json = True
    began = time.time()

    async def scenario() -> None:
        async with page.served():
            page.breaks()
            desk.save("server.py", "2\n")
            await screen.has(BROKEN.format("server.py"))
            # It mends itself: nothing is saved.
            page.is_mended()
            await screen.has(WELL)

    desk.follow(scenario, publish=page.port)
    assert "server.py was saved.\n  Traceback of ***\n" in screen.text
    told = [each for each in screen.events if each["event"] == "page"]
    assert [each["verdict"] for each in told] == ["failed", "passed"]
    assert told[0]["message"].endswith("\n  Traceback of ***")
    asked = next(each for each in desk.told if each.startswith("logs")).split()
    assert asked[:4] == ["logs", "--tail", "12", "--since"]
    assert began < float(asked[4]) < time.time()
    assert asked[5:] == ["c1"]


def test_a_server_that_takes_its_time_is_not_told_of(
    desk: Desk, page: Page, screen: Screen
) -> None:
    async def scenario() -> None:
        desk.save("server.py", "2\n")
        await asyncio.sleep(6)
        async with page.served():
            await asyncio.sleep(1)

    desk.follow(scenario, publish=page.port)
    assert "The page" not in screen.text


def test_a_page_is_not_looked_at_while_work_is_under_way_but_afterwards(
    desk: Desk, page: Page, screen: Screen
) -> None:
    desk.state("port-80", f"127.0.0.1:{page.port}\n")

    async def scenario() -> None:
        async with page.served():
            page.breaks()
            desk.save("a.py", "1\n")
            await screen.has(BROKEN.format("a.py"))
            desk.hangs(" build")
            desk.save("Dockerfile", FILES["Dockerfile"] + "# more\n")
            await desk.has_told(" build")
            desk.save("b.py", "1\n")
            await asyncio.sleep(4)
            assert WELL not in screen.text
            page.is_mended()
            desk.goes_on()
            await screen.has("rebuilt and answering")
            page.breaks()
            await screen.has(BROKEN.format("b.py"))

    desk.follow(scenario, publish=page.port)
    assert WELL not in screen.text


def test_a_page_is_looked_at_no_more_when_work_begins(
    desk: Desk, page: Page, screen: Screen
) -> None:
    desk.hangs("restart")
    page.after = 2.0

    async def scenario() -> None:
        async with page.served():
            page.breaks()
            desk.save("a.py", "1\n")
            await asyncio.sleep(2)  # it is being asked by now
            desk.save("more.ini", "1\n")
            await desk.has_told("restart")
            await asyncio.sleep(3)
            desk.goes_on()

    desk.follow(scenario, publish=page.port)
    assert "The page" not in screen.text


def test_a_second_break_is_told_after_a_restart_has_mended_the_first(
    desk: Desk, page: Page, screen: Screen
) -> None:
    async def scenario() -> None:
        async with page.served():
            page.breaks()
            desk.save("a.py", "1\n")
            await screen.has(BROKEN.format("a.py"))
            page.is_mended()
            desk.save("more.ini", "1\n")
            await screen.has("restarted and answering")
            page.breaks()
            desk.save("b.py", "1\n")
            await screen.has(BROKEN.format("b.py"))

    desk.follow(scenario, publish=page.port)
    assert WELL not in screen.text


def test_a_page_is_looked_at_after_a_copy_that_came_between(
    desk: Desk, page: Page, screen: Screen
) -> None:
    desk.json = True

    async def scenario() -> None:
        async with page.served():
            page.breaks()
            desk.save("page.html", "1\n")
            await screen.has_changed("page.html")
            desk.save("pages/a.txt", "2\n")
            await screen.has(BROKEN.format("page.html"))

    desk.follow(scenario, publish=page.port)


def test_the_first_save_is_blamed_that_nobody_has_looked_after(
    desk: Desk, page: Page, screen: Screen
) -> None:
    desk.json = True
    seen: list[float] = []

    async def scenario() -> None:
        async with page.served():
            page.breaks()
            desk.save("a.py", "1\n")
            await screen.has_changed("a.py")
            seen.append(time.time())
            desk.save("b.py", "1\n")
            await screen.has(BROKEN.format("a.py"))
            page.is_mended()
            await screen.has(WELL)
            page.breaks()
            desk.save("b.py", "2\n")
            await screen.has(BROKEN.format("b.py"))

    desk.follow(scenario, publish=page.port)
    asked = next(each for each in desk.told if each.startswith("logs")).split()
    assert float(asked[4]) < seen[0]


@pytest.mark.parametrize(
    ("service", "config", "words"),
    [
        ("worker_queue", "workers: {queue: x}\n", "The worker queue has ended"),
        ("celery", "", "The service celery has ended"),
    ],
)
def test_a_worker_that_ends_after_each_restart_is_told_each_time(
    service: str, config: str, words: str, desk: Desk, screen: Screen
) -> None:
    web, once = ("web", "c1", RUNS), ("migrate", "m1", "Exited (1) 2 days ago")
    desk.save("devkit.yaml", "name: shop\n" + RULES + config)
    desk.declare(service, "migrate")
    desk.lists((service, "w1", RUNS), web, once)
    desk.lists((service, "w1", ENDED), web, once, when="restarted")

    async def scenario() -> None:
        desk.save("more.ini", "1\n")
        await screen.has(words)
        desk.save("more.ini", "2\n")
        await screen.has(words, times=2)
        desk.lists((service, "w1", RUNS), web, once, when="restarted")
        desk.save("more.ini", "3\n")
        await screen.has("The workers run again.")

    desk.follow(scenario)
    assert f"(exited (1) 1 second ago): `devkit logs {service}` says why" in screen.text
    assert "migrate" not in screen.text
    assert desk.told.count("restart --time 1 w1") == 3


@pytest.mark.parametrize("greater", ["Dockerfile", "devkit.yaml"])
def test_a_worker_that_ends_when_it_is_replaced_is_told(
    greater: str, desk: Desk, screen: Screen
) -> None:
    desk.save("devkit.yaml", "name: shop\nworkers: {queue: x}\n" + RULES)
    desk.declare("worker_queue")
    desk.lists(("worker_queue", "w1", RUNS), ("web", "c1", RUNS))
    desk.lists(("worker_queue", "w2", ENDED), ("web", "c2", RUNS), when="next")

    async def scenario() -> None:
        desk.save(greater, (desk.root / greater).read_text() + "# more\n")
        await screen.has("The worker queue has ended")

    desk.follow(scenario)


def test_a_copy_tells_nothing_anew(desk: Desk, screen: Screen) -> None:
    web = ("web", "c1", RUNS)
    desk.declare("celery")
    desk.lists(("celery", "w1", RUNS), web)
    desk.lists(("celery", "w1", ENDED), web, when="restarted")

    async def scenario() -> None:
        desk.save("more.ini", "1\n")
        await screen.has("celery has ended")
        desk.save("pages/a.txt", "2\n")
        await desk.has_told("cp - w1:/")
        await asyncio.sleep(2)

    desk.follow(scenario)
    assert screen.text.count("celery has ended") == 1


def test_a_page_that_breaks_is_told_where_only_workers_were_restarted(
    desk: Desk, page: Page, screen: Screen
) -> None:
    desk.declare("celery", command=["python", "manage.py", "runserver", "0.0.0.0:80"])
    desk.lists(("celery", "w1", RUNS), ("web", "c1", RUNS))

    async def scenario() -> None:
        async with page.served():
            page.breaks()
            desk.save("a.py", "1\n")
            await screen.has("celery restarted in")
            await screen.has(BROKEN.format("a.py"))
            page.is_mended()
            await screen.has(WELL)

    desk.follow(scenario, publish=page.port)
    assert "restart --time 1 c1" not in desk.told
