"""Changes as the real watchdog sees them on a real file system."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from devkit.engine.clock import SystemClock
from devkit.engine.watch_contents import Contents
from devkit.engine.watch_gitignore import find_git
from devkit.engine.watching import Watching
from tests.files import build_file_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

FILES = {
    "app/views.py": "1\n",
    "app/models.py": "1\n",
    "README": "1\n",
    "node_modules/a/b.js": "1\n",
}
PATIENCE = 20.0
"""Seconds in which the batches of a change come, however busy the machine is."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = build_file_tree(tmp_path / "shop", FILES)
    subprocess.run(["git", "init", "--quiet"], cwd=made, check=True)
    return made


def seen(
    root: Path,
    *changes: Callable[[], object],
    causes: Sequence[int] | None = None,
    told: list[str] | None = None,
    pause: float = 0.6,
    aside: bool = False,
) -> list[list[str]]:
    """What each batch has really changed, while changes are made one after the other.

    Args:
        root: The folder.
        changes: Each is made when the batches of those before have come.
        causes: How many batches each change is waited to cause; without it, one.
        told: Takes the sentences that the watching tells.
        pause: Seconds after those batches in which more of them would be seen.
        aside: Make the changes in a thread, so that batches come while one is being made.
    """
    numbers = [1] * len(changes) if causes is None else causes
    made = list(zip(changes, numbers, strict=True))
    return asyncio.run(_seen(root, made, told if told is not None else [], pause, aside))


async def _seen(
    root: Path,
    changes: list[tuple[Callable[[], object], int]],
    told: list[str],
    pause: float,
    aside: bool,
) -> list[list[str]]:
    git = find_git(root)
    watching = Watching(root, clock=SystemClock(), tell=told.append, lock=git.lock if git else None)
    contents = Contents(root)
    contents.look()
    found: list[list[str]] = []

    async def gather() -> None:
        async for batch in watching.batches():
            changed = contents.look() if batch.everything else ()
            changed += contents.changed(batch.paths)
            if changed:
                found.append(sorted(set(changed)))

    await watching.start()
    gathering = asyncio.ensure_future(gather())
    awaited = 0
    try:
        for change, caused in changes:
            # On the loop itself a change is made as a whole before any batch is looked at.
            await asyncio.to_thread(change) if aside else change()
            awaited += caused
            await _come(found, awaited)
            await asyncio.sleep(pause)
    finally:
        gathering.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gathering
        await watching.stop()
    return found


async def _come(found: list[list[str]], awaited: int) -> None:
    """Wait for so many batches, but not for ever."""
    for _ in range(int(PATIENCE / 0.05)):
        if len(found) >= awaited:
            break
        await asyncio.sleep(0.05)


def save_atomically(path: Path, text: str) -> None:
    """As Vim and others do: a new file takes the old one's place."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(text, encoding="utf-8")
    path.rename(path.with_name(f"{path.name}~"))
    temporary.rename(path)
    path.with_name(f"{path.name}~").unlink()


def test_a_save_is_one_batch_and_so_is_an_atomic_one(root: Path) -> None:
    views = root / "app/views.py"
    found = seen(root, lambda: views.write_text("2\n"), lambda: save_atomically(views, "3\n"))
    assert found == [["app/views.py"], ["app/views.py"]]


def test_what_holds_the_same_is_no_change(root: Path) -> None:
    views = root / "app/views.py"

    def there_and_back() -> None:
        views.write_text("2\n")
        views.write_text("1\n")

    assert seen(root, views.touch, there_and_back, causes=(0, 0)) == []


def test_another_mode_is_a_change(root: Path) -> None:
    assert seen(root, lambda: (root / "README").chmod(0o755)) == [["README"]]


def test_renames_case_changes_and_removals(root: Path) -> None:
    found = seen(
        root,
        lambda: (root / "README").rename(root / "readme"),
        lambda: (root / "app").rename(root / "lib"),
        lambda: (root / "lib/views.py").write_text("2\n"),
        (root / "lib/models.py").unlink,
    )
    assert found == [
        ["README", "readme"],
        ["app/models.py", "app/views.py", "lib/models.py", "lib/views.py"],
        ["lib/views.py"],
        ["lib/models.py"],
    ]


def test_a_folder_that_goes_and_comes_again(root: Path) -> None:
    def again() -> None:
        shutil.rmtree(root / "app")
        build_file_tree(root, {"app/views.py": "2\n", "app/deep/er/new.py": "1\n"})

    found = seen(root, again, lambda: (root / "app/deep/er/new.py").write_text("2\n"))
    assert found == [
        ["app/deep/er/new.py", "app/models.py", "app/views.py"],
        ["app/deep/er/new.py"],
    ]


def test_links_are_themselves_and_lead_nowhere(root: Path, tmp_path: Path) -> None:
    outside = build_file_tree(tmp_path / "outside", {"a.py": "1\n"})
    link = root / "link"

    def elsewhere() -> None:
        link.unlink()
        link.symlink_to(root / "app")

    found = seen(
        root,
        lambda: link.symlink_to(outside),
        lambda: (outside / "a.py").write_text("2\n"),
        elsewhere,
        lambda: (root / "app/views.py").write_text("2\n"),
        causes=(1, 0, 1, 1),
    )
    assert found == [["link"], ["link"], ["app/views.py"]]


def test_git_devkit_and_installed_packages_are_not_watched(root: Path) -> None:
    def write() -> None:
        build_file_tree(root, {".git/x": "1", ".devkit/x": "1", "node_modules/a/b.js": "2"})

    assert seen(root, write, causes=(0,), pause=1.1) == []


def test_a_branch_switch_of_5000_files_is_one_batch(root: Path) -> None:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
        subprocess.run(["git", *identity, *words], cwd=root, check=True, capture_output=True)

    git("checkout", "-q", "-b", "old")
    git("add", "-A")
    git("commit", "-qm", "1")
    git("checkout", "-q", "-b", "new")
    build_file_tree(root, {f"many/{n % 50}/{n}.txt": f"{n}\n" for n in range(5000)})
    git("add", "-A")
    git("commit", "-qm", "2")
    git("checkout", "-q", "old")
    found = seen(root, lambda: git("checkout", "-q", "new"), pause=3, aside=True)
    assert [len(batch) for batch in found] == [5000]


def test_a_constant_writer_is_heard_each_second(root: Path) -> None:
    def write() -> None:
        until = time.monotonic() + 2.5
        while time.monotonic() < until:
            (root / "app/views.py").write_text(f"{time.monotonic()}\n")
            time.sleep(0.02)  # noqa: TID251 - a writer is not to know our clock

    assert len(seen(root, write, aside=True)) in {2, 3, 4}


def test_where_inotify_has_no_more_to_give_the_folder_is_polled(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inotify_c = pytest.importorskip("watchdog.observers.inotify_c")
    real, given = inotify_c.inotify_add_watch, iter(range(2))

    def limited(descriptor: int, path: bytes, mask: int) -> int:
        if next(given, None) is None:
            ctypes.set_errno(errno.ENOSPC)
            return -1
        watch: int = real(descriptor, path, mask)
        return watch

    monkeypatch.setattr(inotify_c, "inotify_add_watch", limited)
    told: list[str] = []
    deep = root / "app/deep/views.py"
    found = seen(
        root,
        lambda: build_file_tree(root, {"app/deep/views.py": "1\n"}),
        lambda: deep.write_text("2\n"),
        told=told,
        pause=2.2,
    )
    assert found == [["app/deep/views.py"], ["app/deep/views.py"]]
    assert len(told) == 1
    assert "inotify watch limit reached" in told[0]


EMFILE = """
import asyncio, resource, sys
from pathlib import Path
from devkit.engine.clock import SystemClock
from devkit.engine.watching import Watching

def tell(sentence):
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 4096))  # polling needs some, too
    print(sentence)

async def main():
    watching = Watching(Path(sys.argv[1]), clock=SystemClock(), tell=tell)
    await asyncio.to_thread(int)  # what threads need is there
    import watchdog.observers.inotify
    with open("/dev/null") as free:
        lowest = free.fileno()
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, 4096))
    await watching.start()
    print(watching.polls)
    await watching.stop()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_where_there_is_no_inotify_descriptor_the_folder_is_polled(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", EMFILE, str(root)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "limit reached" in done.stdout
    assert done.stdout.endswith("True\n")


@pytest.fixture(autouse=True)
def few_descriptors_are_left_open() -> Iterator[None]:
    before = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0  # noqa: PTH208
    yield
    after = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0  # noqa: PTH208
    assert after <= before + 1
