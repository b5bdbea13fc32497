from __future__ import annotations

import io
import os
import socket
import tarfile
import threading
from pathlib import Path
from typing import IO

import pytest

from devkit.engine.tarring import Tree
from devkit.errors import CouldNotFindOutError
from tests.files import build_file_tree
from tests.functional.users import as_nobody, let_pass


class Written:
    """What a folder's stream has in it, and what was told meanwhile."""

    def __init__(self, root: Path) -> None:
        self.warnings: list[str] = []
        self.counted = 0
        sink = io.BytesIO()
        Tree(root=root, name="data", count=self._count, warn=self.warnings.append).write(sink)
        sink.seek(0)
        self.tar = tarfile.open(fileobj=sink)  # noqa: SIM115 - in memory
        self.members = {each.name: each for each in self.tar.getmembers()}

    def _count(self, count: int) -> None:
        self.counted += count

    def text(self, name: str) -> bytes:
        file = self.tar.extractfile(name)
        assert file is not None
        return file.read()


def test_owners_modes_times_and_links_are_kept(tmp_path: Path) -> None:
    root = tmp_path / "data"
    build_file_tree(root, {"media/a": "one", "media/deep/b": "two"})
    odd = os.fsencode(root) + b"/\xff '\"$\n"
    Path(os.fsdecode(odd)).write_text("odd")
    (root / "media/a").chmod(0o4640)
    os.utime(root / "media/a", ns=(1, 981173045_500_000_000))
    os.link(root / "media/a", root / "media/hard")
    (root / "out").symlink_to("/etc")
    (root / "loop").symlink_to("media")
    (root / "media").chmod(0o2770)

    written = Written(root)

    first, second = sorted(
        (written.members["data/media/a"], written.members["data/media/hard"]),
        key=lambda each: each.islnk(),
    )
    assert (first.mode, float(first.mtime)) == (0o4640, 981173045.5)
    assert second.linkname == first.name
    assert first.uid == os.getuid()
    assert first.uname == ""
    assert written.members["data/media"].mode == 0o2770
    assert written.members["data"].isdir()
    assert written.members["data/out"].linkname == "/etc"
    assert written.members["data/loop"].issym()
    assert not [name for name in written.members if name.startswith(("data/out/", "data/loop/"))]
    assert written.text("data/" + os.fsdecode(b"\xff '\"$\n")) == b"odd"
    assert written.counted == 9


def test_a_folder_that_is_itself_a_link_is_followed(tmp_path: Path) -> None:
    build_file_tree(tmp_path / "disk", {"a": "one"})
    (tmp_path / "data").symlink_to(tmp_path / "disk")

    written = Written(tmp_path / "data")

    assert written.members["data"].isdir()
    assert written.text("data/a") == b"one"


def test_special_files_are_left_out_with_a_warning(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe\x1b[2J")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))

    written = Written(tmp_path)

    assert list(written.members) == ["data"]
    assert sorted(written.warnings) == [
        f"'{tmp_path.name}/pipe\\x1b[2J' is a named pipe, and was not copied.",
        f"{tmp_path.name}/socket is a socket, and was not copied.",
    ]


@pytest.mark.parametrize("name", ["media/secret", "media"])
def test_what_may_not_be_read_is_named(name: str, tmp_path: Path) -> None:
    let_pass(tmp_path)
    build_file_tree(tmp_path / "data", {"media/secret": "x"})
    (tmp_path / "data" / name).chmod(0o000)

    with as_nobody(), pytest.raises(CouldNotFindOutError) as failure:
        Written(tmp_path / "data")

    (tmp_path / "data" / name).chmod(0o700)
    assert failure.value.message == (
        f"data/{name} in {tmp_path} cannot be read (permission denied), and so not copied."
    )
    assert "chown" in failure.value.hint


def test_a_file_that_changes_meanwhile_does_not_break_the_stream(tmp_path: Path) -> None:
    build_file_tree(tmp_path, {"a-cut": "x" * 300_000, "b": "whole"})
    cut = tmp_path / "a-cut"
    warnings: list[str] = []
    first = threading.Event()

    def count(read: int) -> None:
        if read > len("whole") and not first.is_set():
            first.set()
            os.truncate(cut, 20_000)

    sink = io.BytesIO()
    Tree(root=tmp_path, name="data", count=count, warn=warnings.append).write(sink)
    sink.seek(0)
    with tarfile.open(fileobj=sink) as tar:
        sizes = {each.name: each.size for each in tar.getmembers()}
    assert sizes == {"data": 0, "data/a-cut": 300_000, "data/b": 5}
    assert warnings == [f"{tmp_path.name}/a-cut was cut short while it was copied."]


def test_a_file_that_vanishes_meanwhile_is_left_out(tmp_path: Path) -> None:
    build_file_tree(tmp_path, {name: name for name in "abc"})
    left = set("abc")

    def count(_: int) -> None:
        for name in [name for name in left if (tmp_path / name).exists()][:3]:
            left.discard(name)
            (tmp_path / name).unlink()

    sink = io.BytesIO()
    Tree(root=tmp_path, name="data", count=count, warn=print).write(sink)
    sink.seek(0)
    with tarfile.open(fileobj=sink) as tar:
        assert len(tar.getnames()) == 2


def test_nobody_who_reads_on_ends_it(tmp_path: Path) -> None:
    build_file_tree(tmp_path, {"a": "x" * 1_000_000})
    taking, giving = os.pipe()
    os.close(taking)

    def write(sink: IO[bytes]) -> None:
        Tree(root=tmp_path, name="data", count=lambda _: None, warn=print).write(sink)

    with pytest.raises(BrokenPipeError), open(giving, "wb", buffering=0) as sink:  # noqa: PTH123 - a descriptor
        write(sink)
