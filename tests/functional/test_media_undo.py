"""What a load of files has put aside comes back, whoever may read it, and however often."""

from __future__ import annotations

import io
import stat
import tarfile
import threading
from typing import TYPE_CHECKING

import pytest

from devkit.engine.media import Loaded, MediaLoad
from devkit.engine.moves import Moves
from devkit.errors import CouldNotFindOutError
from tests.files import build_file_tree
from tests.functional.disks import small_disk
from tests.functional.users import as_nobody, give_to_nobody, let_pass

if TYPE_CHECKING:
    from pathlib import Path

OLD = {"media/sub/x.bin": "old x", "media/y.txt": "old y"}
NEW = {"media/sub/x.bin": "new x", "media/z.txt": "new z"}
HINT = "`sudo chown -R $(id -u) {}` makes what containers wrote yours."


class Failing(Moves):
    """Moves of which one fails; ``take_back`` is never come to where the process is killed."""

    def __init__(self, *, at: int, error: BaseException) -> None:
        super().__init__()
        self._left, self._error = at, error

    def move(self, source: Path, target: Path) -> None:
        self._left -= 1
        if self._left == 0:
            raise self._error
        super().move(source, target)

    def take_back(self) -> list[Path]:
        return super().take_back() if isinstance(self._error, OSError) else []


@pytest.fixture
def root(tmp_path: Path) -> Path:
    let_pass(tmp_path)
    return tmp_path / "app"


def make(root: Path) -> None:
    build_file_tree(root / "data", OLD)
    with tarfile.open(root / "new.tar", "w") as tar:
        for name, text in NEW.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    give_to_nobody(root)


def load(root: Path, source: Path, *, replace: bool = False, moves: Moves | None = None) -> Loaded:
    return MediaLoad(
        root=root, folder=root / "data", source=source, backup_name="before-load-now",
        replace=replace, stop=threading.Event(), count=lambda _: None, _moves=moves or Moves(),
    ).run()  # fmt: skip


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("replace", [False, True])
def test_what_nobody_here_may_read_is_put_aside_and_comes_back(root: Path, replace: bool) -> None:
    make(root)
    unreadable = root / "data" / "media" / "sub" / "x.bin"
    unreadable.chmod(0o000)
    with as_nobody():
        loaded = load(root, root / "new.tar", replace=replace)
        assert loaded.backup is not None
        undone = load(root, loaded.backup, replace=replace)
        assert undone.backup is not None
        assert stat.S_IMODE(unreadable.stat().st_mode) == 0
        unreadable.chmod(0o600)
        assert tree(root / "data") == (OLD if replace else {**NEW, **OLD})
        assert not loaded.backup.exists()
        again = load(root, undone.backup, replace=replace)
        assert again.files == (2 if replace else 1)
        assert tree(root / "data") == (NEW if replace else {**OLD, **NEW})


def test_what_cannot_be_copied_from_another_disk_is_named_and_nothing_changes(root: Path) -> None:
    root.mkdir()
    with small_disk(root / "data"):
        make(root)
        unreadable = root / "data" / "media" / "sub" / "x.bin"
        unreadable.chmod(0o000)
        with as_nobody(), pytest.raises(CouldNotFindOutError) as failure:
            load(root, root / "new.tar", replace=True)
        unreadable.chmod(0o600)
        assert tree(root / "data") == OLD
    assert failure.value.message == (
        f"{unreadable} could not be moved (permission denied), and so nothing was loaded:"
        f" {root / 'data'} is as it was."
    )
    assert failure.value.hint == HINT.format(root / "data")
    assert not list((root / ".devkit" / "media").iterdir())


def test_another_project_s_is_copied_or_refused_and_never_moved(root: Path, tmp_path: Path) -> None:
    make(root)
    theirs = tmp_path / "theirs"
    build_file_tree(theirs / "data", NEW)
    assert load(root, theirs).files == len(NEW)
    assert tree(root / "data") == {**OLD, **NEW}
    assert tree(theirs / "data") == NEW
    give_to_nobody(tmp_path)
    (theirs / "data" / "media" / "z.txt").write_text("newer z")
    (theirs / "data" / "media" / "sub" / "x.bin").chmod(0o000)
    with as_nobody(), pytest.raises(CouldNotFindOutError) as failure:
        load(root, theirs)
    assert failure.value.message == (
        f"{theirs}/data/media/sub/x.bin could not be copied (permission denied), and so nothing"
        " was loaded."
    )
    assert failure.value.hint == HINT.format(theirs / "data")
    assert tree(root / "data") == {**OLD, **NEW}


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
def test_an_undo_that_fails_halfway_can_be_made_again(root: Path, at: int) -> None:
    make(root)
    backup = load(root, root / "new.tar", replace=True).backup
    assert backup is not None
    kept = tree(backup)
    with pytest.raises(CouldNotFindOutError, match="is as it was"):
        load(root, backup, replace=True, moves=Failing(at=at, error=PermissionError(1, "no")))
    assert tree(root / "data") == NEW
    assert tree(backup) == kept
    load(root, backup, replace=True)
    assert tree(root / "data") == OLD


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
def test_an_undo_that_is_killed_halfway_can_be_made_again(root: Path, at: int) -> None:
    make(root)
    backup = load(root, root / "new.tar", replace=True).backup
    assert backup is not None
    with pytest.raises(SystemExit):
        load(root, backup, replace=True, moves=Failing(at=at, error=SystemExit()))
    load(root, backup, replace=True)
    assert tree(root / "data") == OLD
