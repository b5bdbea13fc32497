"""The uploaded files of the local project: into an archive, and out of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.data.kinds import HINTS, Kind
from devkit.data.members import DATA
from devkit.data.names import free_name
from devkit.engine.data_files import LOADABLE, look_into, unwritable
from devkit.engine.local_files import make_own_folder
from devkit.engine.media_kept import (
    REPLACED,
    as_it_was,
    copy_kept,
    count_files,
    is_kept,
    left_behind,
    note_replaced,
    replaced_by,
)
from devkit.engine.moves import Moves, is_folder, remove_empty
from devkit.engine.staging import remove_stale, staging
from devkit.engine.stoppable import check
from devkit.engine.tarring import Tree
from devkit.engine.unpacking import Unpacking
from devkit.errors import CouldNotFindOutError, UsageError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from devkit.engine.data_files import DataFile, NewFile, NewStdout


def write_archive(
    folder: Path,
    file: NewFile | NewStdout,
    *,
    stop: threading.Event,
    count: Callable[[int], None],
    warn: Callable[[str], None],
) -> None:
    """Write the folder that is ``/data`` into a tar archive, without links.

    Raises:
        CouldNotFindOutError: Something cannot be read or written.
    """

    def counted(size: int) -> None:
        check(stop)
        count(size)

    tree = Tree(root=folder, name=DATA, count=counted, warn=warn, with_links=False)
    tree.write(file)  # type: ignore[arg-type] # of which it takes write alone


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What came of a load.

    Attributes:
        files: How many files were written.
        overwritten: How many things that were there before have gone to ``backup``.
        backup: Where they are; None where nothing was.
        passed_over: How many members a Mac had added, which were left out.
    """

    files: int
    overwritten: int
    backup: Path | None
    passed_over: int = 0


@dataclass(kw_only=True)
class MediaLoad:
    """One load of files.

    Attributes:
        root: The project's folder.
        folder: What is ``/data``.
        piped: What comes through a pipe, in the place of ``source``.
        source: An archive, or a folder of what was overwritten before.
        backup_name: What to call the folder of what is overwritten; with a number where there is
            one of that name.
        replace: Whether all that is there goes first; where ``source`` is a folder of what was
            overwritten, what the load had written that it is the undo of.
        stop: Set where a signal came.
        count: Told of every few bytes of the archive.
    """

    root: Path
    folder: Path
    source: Path
    piped: DataFile | None = None
    backup_name: str
    replace: bool
    stop: threading.Event
    count: Callable[[int], None]
    _overwritten: int = field(default=0)
    _files: int = field(default=0)
    _passed_over: int = field(default=0)
    _moves: Moves = field(default_factory=Moves)

    def run(self) -> Loaded:
        """Unpack all of it aside, and only then let it take its place.

        Raises:
            UsageError: It is no archive, or a damaged one.
            RefusedError: A member of it leads out, or is a link or a device.
            CouldNotFindOutError: There is no room, or something cannot be written; nothing has
                changed.
        """
        keep = make_own_folder(self.root) / "media"
        try:
            keep.mkdir(exist_ok=True)
            remove_stale(keep)
            backup = keep / free_name(self.backup_name, {path.name for path in keep.iterdir()})
            if self.piped is None and is_kept(self.source, keep):
                self._bring_back(backup)
            else:
                with staging(keep) as staged:
                    below = self._stage(staged)
                    check(self.stop)
                    self._swap(staged, backup, below)
        except OSError as error:
            raise unwritable(Path(str(error.filename or self.folder)), error) from None
        return Loaded(
            files=self._files,
            overwritten=self._overwritten,
            backup=backup if self._overwritten else None,
            passed_over=self._passed_over,
        )

    def _bring_back(self, backup: Path) -> None:
        """Move what a load of this project put aside: it may be of a user who alone can read it."""
        kept = self.source / DATA
        self._files = count_files(kept)
        self._swap(kept, backup, replaced_by(self.source))
        remove_empty(kept)
        (self.source / REPLACED).unlink(missing_ok=True)
        remove_empty(self.source)

    def _swap(self, staged: Path, backup: Path, below: Path | None) -> None:
        """All of it, or nothing."""
        try:
            if self.replace and below is not None:
                self._empty(self.folder / below, backup / DATA / below)
                if self._overwritten:
                    note_replaced(backup, below, moves=self._moves, origin=staged.parent)
            self._merge(staged, self.folder, backup / DATA)
        except BaseException as error:
            left = self._moves.take_back()
            (backup / REPLACED).unlink(missing_ok=True)
            remove_empty(backup)
            if left:
                raise left_behind(backup, error) from error
            if isinstance(error, OSError):
                raise as_it_was(self.folder, error) from None
            raise

    def _stage(self, staged: Path) -> Path | None:
        """Have all of it in a folder; the folder that it replaces, below ``/data``, if any."""
        if self.piped is None and self.source.is_dir():
            if not (self.source / DATA).is_dir():
                raise UsageError(
                    f"{self.source} is a folder, and none that devkit made.",
                    hint="Give it a tar archive: tar --create --zstd --file media.tar.zst media",
                )
            copy_kept(self.source / DATA, staged)
            self._files = count_files(staged)
            return replaced_by(self.source)
        file = self.piped or look_into(self.source)
        if file.kind is not Kind.TAR:
            raise UsageError(
                f"{self.source} is {file.kind.value}, and no tar archive.",
                hint="`devkit db load` loads dumps."
                if file.kind in LOADABLE
                else HINTS.get(file.kind, ""),
            )
        unpacking = Unpacking(
            file=file, into=staged, check=lambda: check(self.stop), count=self.count
        )
        below = unpacking.run()
        self._files, self._passed_over = unpacking.files, unpacking.passed_over
        return below

    def _empty(self, folder: Path, backup: Path) -> None:
        for each in sorted(folder.iterdir()) if folder.is_dir() else ():
            self._put_aside(each, backup / each.name)

    def _put_aside(self, there: Path, backup: Path) -> None:
        backup.parent.mkdir(parents=True, exist_ok=True)
        self._moves.move(there, backup)
        self._overwritten += 1

    def _merge(self, staged: Path, target: Path, backup: Path) -> None:
        """Never through a link that is there: it is put aside like a file."""
        for each in sorted(staged.iterdir()):
            there, aside = target / each.name, backup / each.name
            if is_folder(each) and is_folder(there):
                self._merge(each, there, aside)
                continue
            if there.is_symlink() or there.exists():
                self._put_aside(there, aside)
            self._moves.move(each, there)


def storage_folder(folder: Path | None) -> Path:
    """The folder that is ``/data``.

    Raises:
        CouldNotFindOutError: There is none on this machine.
    """
    if folder is None:
        raise CouldNotFindOutError(
            "The project keeps no uploaded files in a folder of this machine.",
            hint="devkit.yaml names them: services: {storage: file}; `devkit up` makes the folder.",
        )
    return folder.resolve()
