"""Writes a folder as a tar stream, as it is and without stopping whoever writes to it."""

from __future__ import annotations

import os
import stat
import tarfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CHUNK = 64 * 1024

_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
# Never through a link, which may lead anywhere, and never waiting for a named pipe's other end.
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass
class Tree:
    """A folder while it is written.

    Attributes:
        root: The folder.
        name: What it is called in the stream.
        count: Told of every few bytes of files that were read.
        warn: Told of what is left out or changes meanwhile.
        with_links: Whether links are written as links; without, symbolic ones are left out, and
            what has several names is written under each of them.
    """

    root: Path
    name: str
    count: Callable[[int], None]
    warn: Callable[[str], None]
    with_links: bool = True

    def write(self, sink: IO[bytes]) -> None:
        """Write it: owners, modes, times, links as links; what vanishes meanwhile is left out.

        Raises:
            CouldNotFindOutError: Something in it cannot be read.
            BrokenPipeError: Nobody reads on.
        """
        with tarfile.open(fileobj=sink, mode="w|", bufsize=CHUNK, format=tarfile.PAX_FORMAT) as tar:
            for path in self._paths():
                try:
                    self._add(tar, path)
                except FileNotFoundError:
                    continue
                except BrokenPipeError:
                    raise
                except OSError as error:
                    raise self._unreadable(path, error) from None

    def _paths(self) -> Iterator[str]:
        def failed(error: OSError) -> None:
            if not isinstance(error, FileNotFoundError):
                raise self._unreadable(str(error.filename), error) from None

        for folder, names, files in os.walk(self.root, onerror=failed):
            yield folder
            links = [name for name in names if os.path.islink(os.path.join(folder, name))]  # noqa: PTH114, PTH118 - names need not be text
            yield from (os.path.join(folder, name) for name in (*links, *files))  # noqa: PTH118 - as above

    def _add(self, tar: tarfile.TarFile, path: str) -> None:
        mode = os.lstat(path).st_mode
        if path == os.fspath(self.root):  # a link itself, it may be
            mode = os.stat(path).st_mode  # noqa: PTH116 - as above
        if not self.with_links:
            tar.inodes.clear()  # type: ignore[attr-defined] # by which it knows a second name
        if stat.S_ISLNK(mode) and not self.with_links:
            self.warn(f"{self._shown(path)} is a link, and was left out.")
        elif stat.S_IFMT(mode) in _KINDS:
            self.warn(f"{self._shown(path)} is {_KINDS[stat.S_IFMT(mode)]}, and was not copied.")
        elif stat.S_ISREG(mode):
            with open(os.open(path, _OPEN), "rb") as file:  # noqa: PTH123 - a descriptor
                info = _plain(tar.gettarinfo(arcname=self._arcname(path), fileobj=file))
                tar.addfile(info, _Steady(self, path, file, info.size))  # type: ignore[arg-type] # of which it reads
        else:
            follow = path if stat.S_ISLNK(mode) else os.path.join(path, "")  # noqa: PTH118 - as above
            tar.addfile(_plain(tar.gettarinfo(follow, arcname=self._arcname(path))))

    def _arcname(self, path: str) -> str:
        inner = os.path.relpath(path, self.root)
        return self.name if inner == "." else f"{self.name}/{inner}"

    def _shown(self, path: str) -> str:
        """The path as text that a terminal can carry and is not moved by."""
        inner = os.path.join(self.root.name, os.path.relpath(path, self.root))  # noqa: PTH118 - as above
        return inner if inner.isprintable() else ascii(inner)

    def _unreadable(self, path: str, error: OSError) -> CouldNotFindOutError:
        why = (error.strerror or str(error)).lower()
        what = f"{self._shown(path)} in {self.root.parent} cannot be read ({why})"
        theirs = f"`sudo chown -R $(id -u) {self.root}` makes what containers wrote there yours."
        return CouldNotFindOutError(
            f"{what}, and so not copied.", hint=theirs if isinstance(error, PermissionError) else ""
        )


@dataclass
class _Steady:
    """A file of the size that was announced, whoever writes to it meanwhile."""

    tree: Tree
    path: str
    file: IO[bytes]
    left: int

    def read(self, size: int) -> bytes:
        """As many bytes as are asked for; of a file that was cut short zeros."""
        wanted = min(size, self.left)
        chunk = self.file.read(wanted)
        self.left -= wanted
        self.tree.count(wanted)
        if len(chunk) == wanted:
            return chunk
        if self.left == 0:
            self.tree.warn(f"{self.tree._shown(self.path)} was cut short while it was copied.")  # noqa: SLF001 - its own
        return chunk.ljust(wanted, b"\0")


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Owners by their numbers alone: their names mean somebody else elsewhere."""
    info.uname = info.gname = ""
    return info
