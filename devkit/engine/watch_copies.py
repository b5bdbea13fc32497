"""The files that ``devkit watch`` copies into a container, and those that it removes there."""

from __future__ import annotations

import asyncio
import contextlib
import io
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.engine.commands import ask
from devkit.engine.messages import engine_error, is_no_container, trouble_beside
from devkit.engine.process import run
from devkit.errors import CouldNotFindOutError
from devkit.ports import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from devkit.compose.local import RunningContainer
    from devkit.engine.local_stack import LocalStack
    from devkit.watch.meaning import Meaning

LIMIT = 120.0
"""Seconds for one short docker command."""


@dataclass(frozen=True, kw_only=True)
class Copies:
    """What is copied, and what is removed.

    Attributes:
        packed: A tar of what is copied; empty for nothing.
        gone: The paths in the container that are removed.
        root: The project's folder.
        environment: The person's environment, for docker.
    """

    packed: bytes
    gone: list[str]
    root: Path
    environment: Mapping[str, str]

    async def into(self, container: RunningContainer, *, warn: Callable[[str], None]) -> bool:
        """Copy and remove; whether there is such a container.

        Args:
            container: Where.
            warn: Told, in a sentence, of what could not be removed.

        Raises:
            CouldNotFindOutError: The engine does not answer.
        """
        if self.packed and not await asyncio.to_thread(self._copied, container):
            return False
        return not self.gone or await self._removed(container, warn)

    def _copied(self, container: RunningContainer) -> bool:
        words = ["docker", "cp", "-", f"{container.id}:/"]
        done = ask(words, cwd=self.root, env=self.environment, timeout=LIMIT, fed=self.packed)
        return done.ok

    async def _removed(self, container: RunningContainer, warn: Callable[[str], None]) -> bool:
        """Remove files as root, whose they are.

        It may have no `rm`, or may have ended: what is left there is gone with the next image.
        """
        gone = self.gone
        command = ["docker", "exec", "--user", "0", container.id, "rm", "-f", *gone]
        done = await run(command, cwd=self.root, env=self.environment, timeout=LIMIT)
        if not done.ok and is_no_container(done.output):
            return False
        if not done.ok and trouble_beside(done.output) is not Trouble.NONE:
            raise engine_error(done.output)
        if not done.ok:
            more = f" and {len(gone) - 1} more" * (len(gone) > 1)
            why = engine_error(done.output).message.rstrip(".")
            warn(
                f"{gone[0]}{more} could not be removed from the container, and stays there until"
                f" its image is built anew ({why})."
            )
        return True


async def copies_of(
    stack: LocalStack, files: Iterable[Meaning], *, environment: Mapping[str, str]
) -> Copies:
    """Read the files that are there, and find those that are not.

    Raises:
        CouldNotFindOutError: One cannot be read.
    """
    here, gone = _sorted(stack, files)
    packed = await asyncio.to_thread(_archive, here)
    return Copies(packed=packed, gone=gone, root=stack.root, environment=environment)


def _sorted(stack: LocalStack, files: Iterable[Meaning]) -> tuple[list[tuple[str, str]], list[str]]:
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


def _archive(files: list[tuple[str, str]]) -> bytes:
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
