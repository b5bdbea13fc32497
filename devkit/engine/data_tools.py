"""Containers that do one thing to a database, and are gone when it is done or its caller is."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from typing import IO, TYPE_CHECKING

from devkit.data.dialects import Dialect, dialect_of
from devkit.data.tools import TOOL_LABEL, tool
from devkit.deployment.troubles import could_not_find_out
from devkit.engine.messages import engine_error, trouble_in
from devkit.engine.ownership import OWNER_LABEL, is_dead, parse_owner, this_process
from devkit.engine.piping import LINES_KEPT, feed
from devkit.engine.process import drain, end, run, start
from devkit.engine.shielding import to_the_end
from devkit.errors import CouldNotFindOutError
from devkit.ports import Completed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from devkit.data.database import Call, Database

CHUNK = 1024 * 1024
LONGEST_DETAIL = 500
"""Characters of a line that are shown: it may quote a statement with all its rows."""
LIMIT = 60.0
"""Seconds for a short question."""


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Runs tools on one database.

    Attributes:
        database: The database.
        environment: The person's environment, for docker.
    """

    database: Database
    environment: Mapping[str, str] = field(repr=False)

    @property
    def dialect(self) -> Dialect:
        """What the database understands."""
        return dialect_of(self.database)

    @property
    def client_environment(self) -> dict[str, str]:
        """The whole environment of what asks the database, its password included."""
        return {**self.environment, self.dialect.password_variable: self.database.password}

    async def run(
        self,
        entrypoint: str,
        arguments: Sequence[str],
        *,
        options: Sequence[str] = (),
        connected: bool = True,
        write: Callable[[IO[bytes]], None] | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Completed:
        """Run a tool to its end.

        Args:
            entrypoint: The program.
            arguments: Its arguments.
            options: More for ``docker run``.
            connected: Whether it is in the network of the database, which runs.
            write: Writes what the tool reads from stdin.
            on_line: Told of each line that it writes.
        """
        name = f"devkit-data-{secrets.token_hex(5)}"
        more = ("--interactive", *options) if write else options
        begin = tool(
            self.database,
            name=name,
            labels=self._labels,
            options=more,
            entrypoint=entrypoint,
            connected=connected,
        )
        words = [*begin, *arguments]
        try:
            if write is None:
                return await run(words, env=self.client_environment, on_line=on_line)
            return await feed(words, env=self.client_environment, write=write, on_line=on_line)
        except BaseException:
            await to_the_end(self._remove(name))
            raise

    async def read(self, call: Call, *, take: Callable[[bytes], Awaitable[None]]) -> Completed:
        """Run a tool whose stdout is data; its stderr is what is returned.

        Args:
            call: The tool.
            take: Given what it writes, piece by piece. What it raises ends the tool.
        """
        name = f"devkit-data-{secrets.token_hex(5)}"
        begin = tool(
            self.database,
            name=name,
            labels=self._labels,
            options=call.options,
            entrypoint=call.program,
        )
        errors: deque[str] = deque(maxlen=LINES_KEPT)
        process = await start(
            [*begin, *call.arguments], env=self.client_environment, stderr=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None  # noqa: S101 - start asked for it
        assert process.stderr is not None  # noqa: S101 - as above
        telling = asyncio.create_task(drain(process.stderr, errors))
        try:
            while chunk := await process.stdout.read(CHUNK):
                await take(chunk)
            await telling
            await process.wait()
        except BaseException:
            telling.cancel()
            await end(process)
            await to_the_end(self._remove(name))
            raise
        return Completed(returncode=process.returncode or 0, output="\n".join(errors))

    async def sql(self, statements: str, **variables: str) -> Completed:
        """Run statements one after the other, beside the database; stops at the first error.

        Args:
            statements: For the database's client.
            variables: What psql fills in; ``name``, the database's, is always among them.
        """
        # Executed in the database's own container, which takes a quarter of the time: it is short,
        # and is waited for, so that no signal ends it there.
        words = [
            "docker", "exec", "--interactive", "--env", self.dialect.password_variable,
            self.database.container, *self.dialect.asking(self.database, variables),
        ]  # fmt: skip
        write = partial(_write_text, text=statements)
        return await to_the_end(feed(words, env=self.client_environment, write=write))

    async def tidy(self) -> None:
        """Remove the tools of this project whose devkit is dead.

        Raises:
            CouldNotFindOutError: The engine does not answer.
        """
        label = f"label={TOOL_LABEL}={self.database.project}"
        form = f'{{{{.ID}}}}\t{{{{.Label "{OWNER_LABEL}"}}}}'
        words = ["docker", "ps", "--all", "--filter", label, "--format", form]
        done = await run(words, env=self.environment, timeout=LIMIT)
        if not done.ok:
            raise engine_error(done.output)
        pairs = (line.partition("\t") for line in done.output.splitlines())
        dead = [i for i, _, text in pairs if (owner := parse_owner(text)) and is_dead(owner)]
        if dead:
            await run(["docker", "rm", "--force", "--volumes", *dead], env=self.environment,
                      timeout=LIMIT)  # fmt: skip

    def error(self, what: str, done: Completed, *, way_out: str = "") -> CouldNotFindOutError:
        """The error for a tool that failed.

        Args:
            what: What could not be done, a sentence without its end.
            done: The tool.
            way_out: Where the messages have none.
        """
        trouble = trouble_in(done.output)
        beside = could_not_find_out(what, Completed(**{**vars(done), "trouble": trouble}))
        if beside is not None:
            return beside
        meant = self.dialect.explain(done.output)
        details = tuple(line[:LONGEST_DETAIL] for line in done.tail(5))
        return CouldNotFindOutError(
            f"{what}: {meant.why}.", hint=meant.hint or way_out, details=details
        )

    async def _remove(self, name: str) -> None:
        words = ["docker", "rm", "--force", "--volumes", name]
        await run(words, env=self.environment, timeout=LIMIT)

    @property
    def _labels(self) -> dict[str, str]:
        return {TOOL_LABEL: self.database.project, OWNER_LABEL: str(this_process())}


def _write_text(sink: IO[bytes], text: str) -> None:
    sink.write(text.encode())
