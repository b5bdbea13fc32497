"""The uploaded files of the local project: into an archive, and out of one."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import tarfile
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from devkit.data.kinds import HINTS, Kind
from devkit.data.members import (
    DATA,
    MEDIA,
    Places,
    RefusedMemberError,
    is_of_a_mac,
    mode_of,
)
from devkit.data.names import free_name
from devkit.deployment.naming import for_shell
from devkit.engine.data_files import LOADABLE, damaged, look_into, unwritable
from devkit.engine.local_files import make_own_folder
from devkit.engine.moves import Moves, is_folder, remove_empty
from devkit.engine.shielding import to_the_end
from devkit.engine.tarring import Tree
from devkit.errors import CouldNotFindOutError, RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devkit.engine.data_files import DataFile, NewFile, NewStdout

T = TypeVar("T")

REPLACED = "replaced"
"""The file in a folder of what was overwritten that names what the load replaced as a whole."""
BLOCK = 512
_COPIED = 1024 * 1024


class _StoppedError(Exception):
    """A signal came."""


async def in_thread(work: Callable[[threading.Event], T]) -> T:
    """Do blocking work that looks at an event now and then; cancelled, it is waited for.

    Where it has come to its end by then, it has.
    """
    stop = threading.Event()
    task = asyncio.ensure_future(asyncio.to_thread(work, stop))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stop.set()
        with suppress(asyncio.CancelledError):
            await to_the_end(_over(task))
        if task.exception() is None:
            return task.result()
        raise


async def _over(task: asyncio.Future[T]) -> None:
    await asyncio.wait([task])


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
        if stop.is_set():
            raise _StoppedError
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
        staging = keep / f".loading-{secrets.token_hex(4)}"
        try:
            staging.mkdir(parents=True)
            backup = keep / free_name(self.backup_name, {path.name for path in keep.iterdir()})
            below = self._stage(staging)
            self._check()
            self._swap(staging, backup, below)
        except OSError as error:
            raise unwritable(Path(str(error.filename or self.folder)), error) from None
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return Loaded(
            files=self._files,
            overwritten=self._overwritten,
            backup=backup if self._overwritten else None,
            passed_over=self._passed_over,
        )

    def _swap(self, staging: Path, backup: Path, below: Path | None) -> None:
        """All of it, or nothing."""
        try:
            if self.replace and below is not None:
                self._empty(self.folder / below, backup / DATA / below)
                if self._overwritten:
                    (backup / REPLACED).write_text(below.as_posix(), encoding="utf-8")
            self._merge(staging, self.folder, backup / DATA)
        except BaseException as error:
            left = self._moves.take_back()
            (backup / REPLACED).unlink(missing_ok=True)
            remove_empty(backup)
            if left:
                raise _left(backup, error) from error
            if isinstance(error, OSError):
                raise _as_it_was(self.folder, error) from None
            raise

    def _check(self) -> None:
        if self.stop.is_set():
            raise _StoppedError

    def _stage(self, staging: Path) -> Path | None:
        """Have all of it in ``staging``; the folder that it replaces, below ``/data``, if any."""
        if self.piped is None and self.source.is_dir():
            if not (self.source / DATA).is_dir():
                raise UsageError(
                    f"{self.source} is a folder, and none that devkit made.",
                    hint="Give it a tar archive: tar --create --zstd --file media.tar.zst media",
                )
            shutil.copytree(self.source / DATA, staging, symlinks=True, dirs_exist_ok=True)
            self._files = sum(1 for path in staging.rglob("*") if not path.is_dir())
            return _replaced(self.source)
        file = self.piped or look_into(self.source)
        if file.kind is not Kind.TAR:
            raise UsageError(
                f"{self.source} is {file.kind.value}, and no tar archive.",
                hint="`devkit db load` loads dumps."
                if file.kind in LOADABLE
                else HINTS.get(file.kind, ""),
            )
        return self._unpack(file, staging)

    def _unpack(self, file: DataFile, staging: Path) -> Path:
        stream = _Stream(file.pieces(self.count), self._check)
        places = Places()
        try:
            with tarfile.open(fileobj=stream, mode="r|") as tar:  # type: ignore[call-overload] # it reads alone
                for member in tar:
                    self._write(tar, member, staging, places)
            stream.to_the_end()
        except RefusedMemberError as refused:
            raise RefusedError(
                f"{self.source} was not loaded: {member.name!r} in it {refused}.",
                hint="Only files and folders are; make the archive without the others.",
            ) from None
        except (tarfile.TarError, EOFError):
            raise damaged(self.source) from None
        return Path(places.below)

    def _write(
        self, tar: tarfile.TarFile, member: tarfile.TarInfo, staging: Path, places: Places
    ) -> None:
        if is_of_a_mac(member):
            self._passed_over += 1
            return
        target = staging / places.place(member)
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
            target.chmod(mode_of(member))
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        content = tar.extractfile(member)
        with target.open("wb") as sink:
            while content is not None and (piece := content.read(_COPIED)):
                sink.write(piece)
        target.chmod(mode_of(member))
        os.utime(target, (member.mtime, member.mtime))
        self._files += 1

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


def _replaced(backup: Path) -> Path | None:
    """What the load replaced that put this folder aside; None where it only added."""
    with suppress(FileNotFoundError):
        below = PurePosixPath((backup / REPLACED).read_text(encoding="utf-8"))
        if below in {PurePosixPath(), PurePosixPath(MEDIA)}:
            return Path(below)
    return None


def _as_it_was(folder: Path, error: OSError) -> CouldNotFindOutError:
    theirs = f"`sudo chown -R $(id -u) {for_shell(str(folder))}` makes what containers wrote yours."
    return CouldNotFindOutError(
        f"{error.filename} could not be moved ({(error.strerror or str(error)).lower()}), and so"
        f" nothing was loaded: {folder} is as it was.",
        hint=theirs if isinstance(error, PermissionError) else "",
    )


def _left(backup: Path, error: BaseException) -> CouldNotFindOutError:
    why = f"{type(error).__name__}: {error}"
    return CouldNotFindOutError(
        f"The load was cut short ({why}), and not all that it had put aside could be put back: the"
        f" rest is in {backup}.",
        hint=f"`devkit media load {for_shell(str(backup))}` brings it back.",
    )


class _Stream:
    """What tarfile reads from, with a look at its very end."""

    def __init__(self, pieces: Iterator[bytes], check: Callable[[], None]) -> None:
        self._pieces = pieces
        self._check = check
        self._rest = b""
        self._last = b""

    def read(self, size: int) -> bytes:
        """As many bytes as there are, and never more than asked for."""
        while len(self._rest) < size:
            self._check()
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._rest += piece
        found, self._rest = self._rest[:size], self._rest[size:]
        self._last = (self._last + found[-BLOCK:])[-BLOCK:]
        return found

    def to_the_end(self) -> None:
        """Read the rest, which has the compression's own check; an archive ends with zeros.

        Raises:
            EOFError: It ends without.
        """
        while self.read(_COPIED):
            pass
        if self._last.strip(b"\0"):
            raise EOFError


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
