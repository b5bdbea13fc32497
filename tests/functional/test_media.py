"""Uploaded files into an archive and out of one; nothing is lost, and nothing gets out."""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import sys
import tarfile
import threading
from typing import TYPE_CHECKING

import pytest
import zstandard

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.machine import Result, Workspace

from devkit.engine.media import MediaLoad
from tests.e2e.machine import make_workspace
from tests.functional.disks import small_disk

FILES = {
    "Dockerfile": "FROM scratch\nEXPOSE 80\n",
    "devkit.yaml": "name: media-try\nservices: {storage: file}\n",
    "data/media/a.txt": "old a",
    "data/media/sub/b.txt": "old b",
}


@pytest.fixture
def project(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "app", FILES)


def tree(project: Workspace) -> dict[str, str]:
    data = project.path / "data"
    return {
        str(path.relative_to(data)): path.read_text() for path in data.rglob("*") if path.is_file()
    }


OLD = {"media/a.txt": "old a", "media/sub/b.txt": "old b"}


def archive(path: Path, *members: tuple[str, str | None, bytes]) -> Path:
    """A tar archive of members: name, link or None, type or content."""
    with tarfile.open(path, "w") as tar:
        for name, link, content in members:
            info = tarfile.TarInfo(name)
            if link is not None:
                info.type, info.linkname = content, link
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return path


def load(project: Workspace, *words: object) -> Result:
    return project.devkit("media", "load", *map(str, words))


def test_an_archive_goes_through_a_pipe(project: Workspace) -> None:
    devkit = f"{sys.executable} -m devkit"
    line = f"{devkit} media dump - | gzip | {devkit} media load --replace -"
    piped = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line], cwd=project.path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert piped.returncode == 0, piped.stderr
    assert tree(project) == OLD
    assert not (project.path / "-").exists()
    early = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{devkit} media dump - | true"], cwd=project.path,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in early.stderr
    assert project.devkit("--json", "media", "dump", "-").code == 2


@pytest.mark.parametrize("name", ["m.tar", "m.tar.zst", "m.tar.gz"])
def test_what_was_dumped_comes_back(project: Workspace, name: str) -> None:
    media = project.path / "data" / "media"
    os.link(media / "a.txt", media / "second.txt")
    (media / "link").symlink_to("/etc/hostname")
    dumped = project.devkit("media", "dump", name)
    assert dumped.code == 0, dumped.err
    assert "link is a link, and was left out" in dumped.err
    assert project.devkit("media", "dump", name).code == 5
    (media / "a.txt").write_text("new a")
    (media / "new.txt").write_text("new")
    (project.path / name).rename(project.path / "any.name")

    loaded = load(project, "any.name")

    assert loaded.code == 0, loaded.err
    assert tree(project) == {**OLD, "media/second.txt": "old a", "media/new.txt": "new",
                             "media/link": (media / "link").read_text()}  # fmt: skip
    assert project.devkit(*undo_of(loaded)).code == 0
    assert tree(project)["media/a.txt"] == "new a"


def test_others_archives_of_the_files_alone_are_added(project: Workspace, tmp_path: Path) -> None:
    made = archive(tmp_path / "x", ("sub/b.txt", None, b"new b"), ("c.txt", None, b"c"))
    loaded = load(project, made)
    assert loaded.code == 0, loaded.err
    assert tree(project) == {**OLD, "media/sub/b.txt": "new b", "media/c.txt": "c"}
    replaced = load(project, made, "--replace")
    assert tree(project) == {"media/sub/b.txt": "new b", "media/c.txt": "c"}
    assert project.devkit(*undo_of(replaced)).code == 0
    assert tree(project) == {**OLD, "media/sub/b.txt": "new b", "media/c.txt": "c"}


def undo_of(loaded: Result) -> list[str]:
    [line] = [each for each in loaded.err.splitlines() if each.startswith("Undo: devkit ")]
    return shlex.split(line.removeprefix("Undo: devkit "))


@pytest.mark.parametrize("top", ["media/", ""])
def test_the_undo_of_a_replacement_touches_what_it_replaced_alone(tmp_path: Path, top: str) -> None:
    files = {**FILES, "data/media-private/p.txt": "private"}
    project = make_workspace(tmp_path / "my app", files)
    before = tree(project)

    loaded = load(project, archive(tmp_path / "x", (f"{top}c.txt", None, b"c")), "--replace")
    assert loaded.code == 0, loaded.err
    assert tree(project) == {"media/c.txt": "c", "media-private/p.txt": "private"}
    undone = project.devkit(*undo_of(loaded))
    assert undone.code == 0, undone.err
    assert tree(project) == before
    again = project.devkit(*undo_of(undone))
    assert again.code == 0, again.err
    assert tree(project) == {"media/c.txt": "c", "media-private/p.txt": "private"}


def test_the_undo_of_a_replacement_of_everything_brings_everything_back(
    project: Workspace, tmp_path: Path
) -> None:
    loaded = load(project, archive(tmp_path / "x", ("data/other/c", None, b"c")), "--replace")
    assert tree(project) == {"other/c": "c"}
    assert project.devkit(*undo_of(loaded)).code == 0
    assert tree(project) == OLD


def test_the_undo_of_an_addition_replaces_nothing_else(project: Workspace, tmp_path: Path) -> None:
    loaded = load(project, archive(tmp_path / "x", ("media/a.txt", None, b"new a")))
    undone = project.devkit(*undo_of(loaded), "--replace")
    assert undone.code == 0, undone.err
    assert tree(project) == OLD


@pytest.mark.parametrize("words", [["--replace"], []])
def test_a_load_that_fails_halfway_changes_nothing(
    project: Workspace, tmp_path: Path, words: list[str]
) -> None:
    with small_disk(project.path / "data" / "media" / "thumbs"):  # which nobody can rename
        made = archive(tmp_path / "x", ("a.txt", None, b"new a"), ("thumbs", None, b"a file"))
        loaded = load(project, made, *words)
        assert loaded.code == 4, loaded.err
        assert "data is as it was" in loaded.err
        assert tree(project) == OLD
        assert not list((project.path / ".devkit" / "media").iterdir())


def test_files_on_another_disk_are_put_aside_and_come_back(tmp_path: Path) -> None:
    project = make_workspace(tmp_path / "app", {k: v for k, v in FILES.items() if "data" not in k})
    with small_disk(project.path / "data"):
        project.write({k: v for k, v in FILES.items() if "data" in k})
        made = archive(tmp_path / "x", ("c.txt", None, b"c"))
        loaded = load(project, made, "--replace")
        assert loaded.code == 0, loaded.err
        assert tree(project) == {"media/c.txt": "c"}
        assert project.devkit(*undo_of(loaded)).code == 0
        assert tree(project) == OLD


@pytest.mark.parametrize("top", ["media/", ""])
def test_what_a_mac_adds_to_an_archive_is_left_out(
    project: Workspace, tmp_path: Path, top: str
) -> None:
    made = archive(
        tmp_path / "x",
        (f"._{top.rstrip('/') or 'c.txt'}", None, b"\0\5\x16\7"),
        (f"{top}._c.txt", None, b"\0\5\x16\7"),
        (f"{top}c.txt", None, b"c"),
        (f"__MACOSX/{top}._c.txt", None, b"\0\5\x16\7"),
    )
    loaded = load(project, made)
    assert loaded.code == 0, loaded.err
    assert tree(project) == {**OLD, "media/c.txt": "c"}
    assert "what a Mac had added (._*, __MACOSX): 3" in loaded.err


def test_two_loads_of_the_same_second_keep_what_each_overwrote(
    project: Workspace, tmp_path: Path
) -> None:
    def load_now(content: bytes) -> Path:
        loaded = MediaLoad(
            root=project.path, folder=project.path / "data", backup_name="before-load-now",
            source=archive(tmp_path / "x", ("media/a.txt", None, content)),
            replace=False, stop=threading.Event(), count=lambda _: None,
        ).run()  # fmt: skip
        assert loaded.backup is not None
        return loaded.backup / "data" / "media" / "a.txt"

    first, second = load_now(b"new a"), load_now(b"newer a")
    assert (first.read_text(), second.read_text()) == ("old a", "new a")


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (("media/../../out", None, b"x"), "leads out"),
        (("/tmp/out", None, b"x"), "leads out"),
        (("media/l", "/etc/passwd", tarfile.SYMTYPE), "is a link"),
        (("media/l", "media/good", tarfile.LNKTYPE), "is a link"),
        (("media/dev", "", tarfile.CHRTYPE), "is a device"),
        (("media/fifo", "", tarfile.FIFOTYPE), "is a device or a pipe"),
        (("other/x", None, b"x"), "is not below media/"),
    ],
)
def test_what_leads_out_is_refused_and_nothing_changes(
    project: Workspace, tmp_path: Path, member: tuple[str, str | None, bytes], words: str
) -> None:
    loaded = load(project, archive(tmp_path / "x", ("media/good", None, b"g"), member))
    assert loaded.code == 5, loaded.err
    assert words in loaded.err
    assert tree(project) == OLD
    assert not list((project.path / ".devkit" / "media").iterdir())


def test_a_link_that_is_there_is_not_followed(project: Workspace, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (project.path / "data" / "media" / "dir").symlink_to(outside)
    loaded = load(project, archive(tmp_path / "x", ("media/dir/x", None, b"x")))
    assert loaded.code == 0, loaded.err
    assert not list(outside.iterdir())
    assert tree(project)["media/dir/x"] == "x"


def test_a_damaged_archive_changes_nothing(project: Workspace, tmp_path: Path) -> None:
    whole = archive(tmp_path / "x", ("media/a.txt", None, os.urandom(200_000))).read_bytes()
    squeezed = zstandard.compress(whole)
    for name, data in {
        "cut.tar": whole[:100_000],
        "header.tar": whole[: 200_704 + 512 - 512],
        "cut.zst": squeezed[:-20],
        "text": b"hello",
    }.items():
        (tmp_path / name).write_bytes(data)
        loaded = load(project, tmp_path / name)
        assert loaded.code == 2, (name, loaded.err)
        assert "no tar archive" in loaded.err or "ends before its end" in loaded.err
        assert tree(project) == OLD


@pytest.mark.parametrize(
    "headers",
    [{"mtime": "1e30"}, {"mtime": "-1e30"}, {"mtime": "nan"}, {"mtime": "inf"},
     {"GNU.sparse.map": "a,b", "GNU.sparse.size": "1"}],
)  # fmt: skip
def test_numbers_that_no_system_takes_are_damage(
    project: Workspace, tmp_path: Path, headers: dict[str, str]
) -> None:
    with tarfile.open(tmp_path / "x", "w", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo("media/a.txt")
        info.pax_headers = headers
        tar.addfile(info)
    loaded = load(project, tmp_path / "x")
    assert loaded.code == 2, loaded.err
    assert "ends before its end, or is damaged" in loaded.err
    assert tree(project) == OLD


def test_a_full_disk_is_said_and_nothing_changes(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk"):
        project = make_workspace(tmp_path / "disk" / "app", FILES)
        made = archive(tmp_path / "x", ("media/a.txt", None, os.urandom(400_000)))
        loaded = load(project, made)
        assert loaded.code == 4, loaded.err
        assert "the disk is full" in loaded.err
        assert tree(project) == OLD


def test_a_program_is_told_by_events(project: Workspace) -> None:
    told = project.devkit("--json", "media", "dump", "x.tar").events
    assert [each["event"] for each in told] == ["data_moved", "run_finished"]
    assert told[0]["bytes"] == len("old a" + "old b")


def test_a_ctrl_c_leaves_nothing(project: Workspace) -> None:
    big = project.path / "data" / "media" / "big"
    with big.open("wb") as file:
        file.truncate(20_000_000_000)
    words = [sys.executable, "-m", "devkit", "media", "dump", "x.tar.gz"]
    with subprocess.Popen(words, cwd=project.path, stderr=subprocess.PIPE, text=True) as process:
        while not list(project.path.glob(".x.tar.gz*")):
            assert process.poll() is None
        process.send_signal(2)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130, told
    assert not list(project.path.glob("*x.tar*"))
