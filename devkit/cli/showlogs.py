"""What ``devkit logs`` does; without Typer, as devkit.cli.inside says."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.cli.local import compose_code
from devkit.cli.services import compose_names, started_stack
from devkit.compose.words import logs
from devkit.engine.commands import STDOUT
from devkit.errors import SIGNAL_BASE, InterruptedByUserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devkit.cli.session import Session


@dataclass(frozen=True, kw_only=True)
class LogOptions:
    """Which lines to show, and how; each as ``docker compose logs`` has it.

    Attributes:
        follow: Whether to go on with what comes.
        since: A time, or how long ago; empty for the beginning.
        until: The same for the end.
        tail: How many lines of each service; empty for all.
        timestamps: With the time of each line.
        no_color: Without colours.
        no_log_prefix: Without the service's name.
    """

    follow: bool = False
    since: str = ""
    until: str = ""
    tail: str = ""
    timestamps: bool = False
    no_color: bool = False
    no_log_prefix: bool = False


def logs_code(session: Session, services: Sequence[str], options: LogOptions) -> int:
    """Show the logs of services, of all where none is named; docker compose's exit code.

    Raises:
        UsageError: There is no such service.
        CouldNotFindOutError: The project was never started, or the engine does not answer.
    """
    stack = started_stack(session)
    services = compose_names(stack, services)
    no_color = options.no_color or bool(session.environment.get("NO_COLOR"))
    flags = list(_flags(options, no_color=no_color))
    # Compose 2.26 clears the line before each, wherever it writes to.
    plain = not os.isatty(STDOUT)
    try:
        return compose_code(session, stack, logs(stack.compose, flags, services), plain=plain)
    except InterruptedByUserError as stopped:  # as one ends to follow them: nothing was started
        return SIGNAL_BASE + stopped.signal_number


def _flags(options: LogOptions, *, no_color: bool) -> Iterator[str]:
    flags = {
        "--follow": options.follow,
        "--timestamps": options.timestamps,
        "--no-color": no_color,
        "--no-log-prefix": options.no_log_prefix,
    }
    yield from (name for name, wanted in flags.items() if wanted)
    values = {"--since": options.since, "--until": options.until, "--tail": options.tail}
    yield from (f"{name}={value}" for name, value in values.items() if value)
