"""The files that ``devkit watch`` copies into a container, and those that it removes there."""

from __future__ import annotations

import contextlib
import io
import tarfile
from typing import TYPE_CHECKING

from devkit.errors import CouldNotFindOutError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from devkit.engine.local_stack import LocalStack
    from devkit.watch.meaning import Meaning


def sort_out(
    stack: LocalStack, files: Iterable[Meaning]
) -> tuple[list[tuple[str, str]], list[str]]:
    """What is there, as pairs of a path here and one in the container, and what is gone."""
    here, gone = [], []
    for each in files:
        path = stack.root / each.path
        with _legible(str(path)):
            if each.into and path.is_file():
                here.append((str(path), each.into))
            elif each.into:
                gone.append(each.into)
    return here, gone


def archive(files: list[tuple[str, str]]) -> bytes:
    """A tar of files by their paths in the container, root's own, as COPY makes them.

    One that is gone meanwhile is left out: its next change is told soon.
    """
    if not files:
        return b""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for path, into in files:
            with _legible(path), contextlib.suppress(FileNotFoundError):
                _add(tar, path, into.lstrip("/"))
    return stream.getvalue()


def _add(tar: tarfile.TarFile, path: str, name: str) -> None:
    with open(path, "rb") as file:  # noqa: PTH123 - a path that is text already
        entry = tar.gettarinfo(path, arcname=name)
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        tar.addfile(entry, file)


@contextlib.contextmanager
def _legible(path: str) -> Iterator[None]:
    """Say it in a sentence where a file cannot be read, or becomes shorter while it is read."""
    try:
        yield
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise CouldNotFindOutError(f"{path} cannot be copied: {why}.") from None
