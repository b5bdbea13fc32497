"""What ``devkit watch`` has docker do, beside a docker that a test scripts."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from devkit.compose.words import ComposeProject
from devkit.config.load import load_project
from devkit.engine import local_up
from devkit.engine.local_stack import LocalStack, prepare
from devkit.engine.watch_candidate import Candidate
from devkit.errors import CouldNotFindOutError, GateError
from devkit.watch.meaning import Action, Meaning
from tests.functional.desk import FILES, PATIENCE, QUIET, Desk
from tests.functional.servers import OK, answering, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.runs("c1")
    return made


def test_after_a_failed_start_nothing_is_tried_before_a_save(desk: Desk) -> None:
    async def scenario() -> None:
        await asyncio.sleep(QUIET)
        assert desk.told == []
        desk.save("server.py", "2\n")
        await desk.has_told(" up ")

    desk.follow(scenario, failed=True)


def test_a_new_image_brings_its_own_packages(desk: Desk) -> None:
    volume = "0" * 64
    desk.keeps(volume, "/app/node_modules")
    asyncio.run(desk.actions(keep=("/app/node_modules",)).replace())
    (swap,) = [each for each in desk.told if " up " in each]
    assert "--renew-anon-volumes" in swap.split()
    assert f"volume rm {volume}" in desk.told[desk.told.index(swap) :]


def test_a_candidate_is_asked_where_the_published_port_leads(desk: Desk) -> None:
    published = {"target": 8000, "published": "8001", "protocol": "tcp"}
    desk.declare(ports=[{"target": 9229}, published])
    project = load_project(desk.root)
    stack = prepare(project, environment=desk.environment, is_ignored=lambda _: True)
    candidate = Candidate(stack, service="web", environment=desk.environment, name="shop-new")
    asyncio.run(candidate.start(on_line=lambda _: None))
    assert (project.web.port, stack.publish, stack.target) == (80, 8001, 8000)
    assert "--publish 127.0.0.1::8000 web" in desk.told[-1]


def test_the_candidate_is_found_at_the_port_that_its_target_has(desk: Desk) -> None:
    project = load_project(desk.root)
    stack = LocalStack(
        project=project, compose=ComposeProject(), name="shop", publish=8001, target=8000
    )
    candidate = Candidate(stack, service="web", environment=desk.environment, name="shop-new")

    async def scenario() -> None:
        async with serving(answering(OK)) as server:
            desk.state("port-8000", f"127.0.0.1:{server.address.port}\n")
            await asyncio.wait_for(candidate.answers(), PATIENCE)

    asyncio.run(scenario())
    assert "port shop-new 8000/tcp" in desk.told


def test_the_cause_is_looked_for_where_the_published_port_leads(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PATH", "LOG", "STATE"):
        monkeypatch.setenv(name, desk.environment[name])
    stack = LocalStack(
        project=load_project(desk.root), compose=ComposeProject(), name="shop", publish=8001,
        target=8000,
    )  # fmt: skip
    desk.state("inspected.json", json.dumps([{"Id": "c1", "State": {"Running": True}}]))
    desk.state("listeners", "  0: 0100007F:1F40 00000000:0000 0A\n")

    async def scenario() -> None:
        async with serving(answering(b"no status line\r\n")) as server:
            await local_up.answer(stack, server.address.port)

    with pytest.raises(GateError) as caught:
        asyncio.run(scenario())
    assert "0.0.0.0:8000" in caught.value.hint


@pytest.mark.parametrize(
    "message",
    [
        "rm: cannot remove '/srv/a.txt': Permission denied",
        'OCI runtime exec failed: exec failed: "rm": executable file not found in $PATH: unknown',
        "Error response from daemon: container c1 is not running",
    ],
)
def test_what_cannot_be_removed_is_told_and_stops_nothing(desk: Desk, message: str) -> None:
    (desk.root / "pages" / "a.txt").unlink()
    desk.refuses_exec(message)
    gone = Meaning(path="pages/a.txt", action=Action.RESTART, reason="", into="/srv/a.txt")
    asyncio.run(desk.actions().sync([gone]))
    assert desk.told == ["exec --user 0 c1 rm -f /srv/a.txt"]
    (warning,) = desk.warnings
    assert warning.startswith("/srv/a.txt could not be removed from the container")
    assert message.partition(": ")[2] in warning


def test_a_container_that_was_replaced_meanwhile_is_looked_for(desk: Desk) -> None:
    (desk.root / "pages" / "a.txt").unlink()
    desk.refuses_exec("Error response from daemon: No such container: c1")
    gone = Meaning(path="pages/a.txt", action=Action.SYNC, reason="", into="/srv/a.txt")
    with pytest.raises(CouldNotFindOutError, match="could not be copied"):
        asyncio.run(desk.actions().sync([gone]))
    assert len(desk.told) == 2
    assert desk.warnings == []


def test_an_engine_that_is_gone_is_no_mere_warning(desk: Desk) -> None:
    (desk.root / "pages" / "a.txt").unlink()
    desk.refuses_exec("Cannot connect to the Docker daemon at unix:///x. Is it running?")
    gone = Meaning(path="pages/a.txt", action=Action.SYNC, reason="", into="/srv/a.txt")
    with pytest.raises(CouldNotFindOutError):
        asyncio.run(desk.actions().sync([gone]))


def test_a_file_that_cannot_be_read_is_told_as_one(desk: Desk) -> None:
    # The kernel says that it is longer than it is, as a file is that is being written anew.
    (desk.root / "kernel").symlink_to("/sys/kernel")
    short = Meaning(path="kernel/uevent_seqnum", action=Action.SYNC, reason="", into="/srv/x")
    with pytest.raises(CouldNotFindOutError, match="seqnum cannot be copied: unexpected end"):
        asyncio.run(desk.actions().sync([short]))
    name = "x" * 300
    unknown = Meaning(path=name, action=Action.SYNC, reason="", into="/srv/x")
    with pytest.raises(CouldNotFindOutError, match="x cannot be copied: file name too long"):
        asyncio.run(desk.actions().sync([unknown]))
    assert desk.told == []


def test_a_file_that_is_gone_again_is_left_out(desk: Desk) -> None:
    def files() -> Iterator[Meaning]:
        for name in ("a.txt", "b.txt"):
            yield Meaning(path=f"pages/{name}", action=Action.SYNC, reason="", into=f"/srv/{name}")
        (desk.root / "pages" / "b.txt").unlink()

    (desk.root / "pages" / "b.txt").write_text("1\n")
    asyncio.run(desk.actions().sync(files()))
    assert desk.told == ["cp - c1:/"]
    assert desk.copied == {"srv/a.txt": b"1\n"}


def test_a_migration_is_not_ended_by_a_newer_save(desk: Desk) -> None:
    desk.save("devkit.yaml", FILES["devkit.yaml"] + "release: [migrate it]\n")
    desk.hangs("migrate it")

    async def scenario() -> None:
        desk.save("migrations/0001_a.py", "1\n")
        desk.save("Dockerfile", FILES["Dockerfile"] + "RUN x\n")
        await desk.has_told("migrate it")
        desk.save("Dockerfile", FILES["Dockerfile"] + "RUN y\n")
        await asyncio.sleep(QUIET)
        assert desk.told[-1].endswith("migrate it")
        desk.goes_on()
        await desk.has_told(" build", times=2)

    desk.follow(scenario, migrate=True)


def test_a_migration_that_the_server_sees_at_once_is_run_all_the_same(desk: Desk) -> None:
    desk.save("devkit.yaml", FILES["devkit.yaml"] + "release: [migrate it]\n")
    desk.declare(command=["python", "manage.py", "runserver", "0.0.0.0:80"])

    async def scenario() -> None:
        desk.save("migrations/0001_a.py", "1\n")
        await desk.has_told("migrate it")

    desk.follow(scenario, migrate=True)
    assert not [each for each in desk.told if "restart" in each]


def test_ctrl_c_ends_a_migration(desk: Desk) -> None:
    desk.save("devkit.yaml", FILES["devkit.yaml"] + "release: [migrate it]\n")
    desk.hangs("migrate it")

    async def scenario() -> None:
        desk.save("migrations/0001_a.py", "1\n")
        await desk.has_told("migrate it")

    desk.follow(scenario, migrate=True)
    name = re.search(r"--name (\S+)", next(e for e in desk.told if "migrate it" in e))
    assert name is not None
    assert desk.told[-1] == f"rm --force --volumes {name[1]}"


RESTARTED = "restart --time 1 c1"
COPIED = "cp - c1:/"


@pytest.mark.parametrize("greater", ["devkit.yaml", "Dockerfile"])
def test_what_was_not_recreated_is_restarted_with_its_copies(desk: Desk, greater: str) -> None:
    async def scenario() -> None:
        desk.save(greater, FILES[greater] + "# more\n")
        desk.save("server.py", "2\n")
        desk.save("pages/a.txt", "2\n")
        await desk.has_told(RESTARTED)

    desk.follow(scenario)
    assert COPIED in desk.told
    assert desk.copied == {"srv/a.txt": b"2\n"}


def test_what_was_recreated_gets_its_copies_back_and_is_not_restarted(desk: Desk) -> None:
    async def scenario() -> None:
        desk.save("pages/a.txt", "2\n")
        await desk.has_told(COPIED)
        desk.will_run("c2")
        desk.save("devkit.yaml", FILES["devkit.yaml"] + "# more\n")
        desk.save("server.py", "2\n")
        desk.save("pages/b.txt", "3\n")
        await desk.has_told("cp - c2:/")
        await asyncio.sleep(QUIET)

    desk.follow(scenario)
    assert not any(each.startswith("restart") for each in desk.told)
    assert desk.copied == {"srv/a.txt": b"2\n", "srv/b.txt": b"3\n"}


def test_a_new_image_has_all_that_was_copied(desk: Desk) -> None:
    async def scenario() -> None:
        desk.save("pages/a.txt", "2\n")
        await desk.has_told(COPIED)
        desk.will_run("c2")
        desk.save("Dockerfile", FILES["Dockerfile"] + "# more\n")
        await desk.has_told(" up ")
        desk.will_run("c3")
        desk.save("devkit.yaml", FILES["devkit.yaml"] + "# more\n")
        await desk.has_told(" up ", times=2)
        await asyncio.sleep(QUIET)

    desk.follow(scenario)
    assert [each for each in desk.told if each.startswith("cp")] == [COPIED]


def test_what_devkit_itself_writes_is_no_news_however_long_it_takes(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk.root / "docker-compose.yml").unlink()
    desk.is_slow(0.5)

    async def scenario() -> None:
        desk.save("devkit.yaml", FILES["devkit.yaml"] + "# more\n")
        await desk.has_told(" up ")
        await asyncio.sleep(QUIET)

    desk.follow(scenario)
    assert (desk.root / "docker-compose.yml").exists()
    assert capsys.readouterr().err.count("decides what runs") == 1


@pytest.fixture
def kept(desk: Desk) -> Desk:
    """A project in git that ignores a folder and tracks a file in it all the same."""
    desk.save(".gitignore", "/config/\n")
    desk.save("config/tracked.py", "1\n")
    desk.save("config/other.py", "1\n")
    git(desk, "init", "--quiet")
    git(desk, "add", "--force", "config/tracked.py")
    return desk


def git(desk: Desk, *words: str) -> None:
    subprocess.run(["git", *words], cwd=desk.root, check=True)


def test_a_file_that_git_tracks_all_the_same_is_known_from_the_beginning(kept: Desk) -> None:
    async def scenario() -> None:
        await asyncio.sleep(QUIET)
        kept.save("config/tracked.py", "1\n")
        await asyncio.sleep(QUIET)
        assert kept.told == []
        kept.save("config/tracked.py", "2\n")
        await kept.has_told(RESTARTED)

    kept.follow(scenario)


def test_a_file_that_git_comes_to_track_is_followed_from_then_on(kept: Desk) -> None:
    async def scenario() -> None:
        kept.save("config/other.py", "2\n")
        await asyncio.sleep(QUIET)
        assert kept.told == []
        git(kept, "add", "--force", "config/other.py")
        kept.save("config/other.py", "3\n")
        await kept.has_told(RESTARTED)

    kept.follow(scenario)
