"""Copies the development project's data into a rehearsal, streaming, and only reads it there."""

from __future__ import annotations

import asyncio
import contextlib
import tarfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from devkit.cleaning.words import size_of
from devkit.compose.data_copy import COPY_SERVICE, dump, facts, restore, settle
from devkit.deployment.troubles import SENTENCES
from devkit.engine.messages import is_disk_full, trouble_in
from devkit.engine.piping import Counted, feed, pipe, telling
from devkit.engine.process import run
from devkit.engine.tarring import Tree
from devkit.errors import CouldNotFindOutError
from devkit.ports import Trouble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from devkit.compose.data_copy import Source
    from devkit.engine.development import Development
    from devkit.engine.stage import ComposeStage
    from devkit.ports import Completed

QUESTION_LIMIT = 60.0
"""Seconds for a short question to a database."""
_VERSION_STEP = 10_000


@dataclass(frozen=True, kw_only=True)
class DevelopmentData:
    """Keeps the promise of :class:`devkit.ports.Data`.

    Attributes:
        development: Where the data is.
        stage: Any version's of the rehearsal: they share the services.
        empty_image: A reference of the run for an image with nothing in it.
    """

    development: Development
    stage: ComposeStage
    empty_image: str

    async def copy(self, *, on_line: Callable[[str], None], warn: Callable[[str], None]) -> str:
        """See the port; the storage comes first, where most goes wrong that can."""
        copied = []
        for name in self.development.left_out:
            warn(f"{name} begins empty: devkit copies PostgreSQL databases and folders only.")
        if self.development.storage is not None:
            copied.append(await self._copy_storage(self.development.storage, on_line, warn))
        copied += [await self._copy_database(each, on_line) for each in self.development.databases]
        return ", ".join(copied) or "there was nothing to copy"

    async def _copy_database(self, source: Source, on_line: Callable[[str], None]) -> str:
        container = await self.stage.service_container(source.service)
        size = await self._compare(source, container.id)
        counted = Counted()
        of = f"{source.service}, which has {size_of(size)}"
        async with telling(lambda: f"{size_of(counted.bytes)} of {of}", on_line):
            done = await pipe(
                dump(
                    source,
                    image=self.stage.document["services"][source.service]["image"],
                    name=f"{self.stage.name}-dump-{source.service}",
                    labels=self.stage.run_labels,
                ),
                restore(container.id),
                source_env=self._with_password(source),
                target_env=self.stage.command_environment,
                count=counted.add,
            )
        if not done.ok:
            raise await self._explain(source.service, container.name, done.to_blame)
        for words in settle(container.id, restored=source.name):
            settled = await run(words, env=self.stage.command_environment)
            if not settled.ok:
                raise await self._explain(source.service, container.name, settled)
        return f"{source.service} ({size_of(counted.bytes)})"

    async def _compare(self, source: Source, container: str) -> int:
        """The size of a database whose version the rehearsal's can take."""
        words = facts(source.container, user=source.user, name=source.name)
        theirs, size = await self._facts(source, words)
        ours, _ = await self._facts(source, facts(container))
        if theirs > ours:
            raise CouldNotFindOutError(
                f"The development project's {source.service} is PostgreSQL {theirs}, which the"
                f" rehearsal's PostgreSQL {ours} cannot take over.",
                hint="Commit the newer image in `services` of devkit.yaml, or verify without"
                " --data copy.",
            )
        return size

    async def _facts(self, source: Source, words: Sequence[str]) -> tuple[int, int]:
        """A server's major version, and how many bytes its database has."""
        told = await run(words, env=self._with_password(source), timeout=QUESTION_LIMIT)
        with contextlib.suppress(ValueError):
            version, size = told.output.split()
            return int(version) // _VERSION_STEP, int(size)
        raise CouldNotFindOutError(
            f"{source.service} could not be asked for its version.",
            hint="`devkit up` starts the development project anew.",
            details=told.tail(5),
        )

    async def _explain(self, service: str, container: str, done: Completed) -> CouldNotFindOutError:
        log = await self.stage.logs(container, lines=50)
        if is_disk_full(done.output) or is_disk_full("\n".join(log)):
            return _no_room(service)
        return CouldNotFindOutError(
            f"{service} of the development project could not be copied.",
            hint="PostgreSQL's own words above say why; verify without --data copy does without.",
            details=done.tail(5),
        )

    async def _copy_storage(
        self, folder: Path, on_line: Callable[[str], None], warn: Callable[[str], None]
    ) -> str:
        loop, counted = asyncio.get_running_loop(), Counted()

        def write(sink: IO[bytes]) -> None:
            Tree(
                root=folder,
                name="data",
                count=counted.add,
                warn=lambda message: _call_soon(loop, warn, message),
            ).write(sink)

        async with (
            self._storage_container() as container,
            telling(lambda: f"{size_of(counted.bytes)} of {folder}", on_line),
        ):
            # Onto the parent: of the folder it unpacks to docker keeps neither owner nor mode.
            words = ["docker", "cp", "-", f"{container}:/"]
            done = await feed(words, env=self.stage.command_environment, write=write)
        if not done.ok:
            raise _storage_error(folder, done)
        return f"{folder.name}/ ({size_of(counted.bytes)})"

    @contextlib.asynccontextmanager
    async def _storage_container(self) -> AsyncIterator[str]:
        """A container that never runs; its image is empty, because none need be here yet."""
        name = f"{self.stage.name}-{COPY_SERVICE}-1"
        label = f"LABEL io.devkit.image={self.stage.run_image.repository.removeprefix('devkit/')}"
        imported = await feed(
            ["docker", "import", "--change", label, "-", self.empty_image],
            env=self.stage.command_environment,
            write=_write_empty_archive,
        )
        if not imported.ok:
            raise _storage_error(None, imported)
        created = await self.stage.create_service(COPY_SERVICE)
        if not created.ok:
            raise _storage_error(None, created)
        yield name
        for words in (["rm", name], ["image", "rm", self.empty_image]):
            await run(["docker", *words], env=self.stage.command_environment)

    def _with_password(self, source: Source) -> dict[str, str]:
        return {**self.stage.command_environment, "PGPASSWORD": source.password}


def _write_empty_archive(sink: IO[bytes]) -> None:
    with tarfile.open(fileobj=sink, mode="w|"):
        """Nothing is in it."""


def _call_soon(loop: asyncio.AbstractEventLoop, warn: Callable[[str], None], message: str) -> None:
    loop.call_soon_threadsafe(warn, message)


def _no_room(what: str) -> CouldNotFindOutError:
    _, hint = SENTENCES[Trouble.DISK_FULL]
    return CouldNotFindOutError(
        f"The copy of {what} has no room: the engine's disk is full.", hint=hint
    )


def _storage_error(folder: Path | None, done: Completed) -> CouldNotFindOutError:
    what = str(folder or "the storage")
    if is_disk_full(done.output):
        return _no_room(what)
    why, hint = SENTENCES.get(trouble_in(done.output), ("docker's own words above say why", ""))
    return CouldNotFindOutError(
        f"{what} could not be copied: {why}.", hint=hint, details=done.tail(5)
    )
