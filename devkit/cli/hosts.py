"""``--host``: what up and down do about ``http://NAME.localhost``."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from devkit.errors import CouldNotFindOutError, DevkitError, RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devkit.cli.session import Session
    from devkit.engine.local_stack import LocalStack


def wanted_host(host: str | None, *, no_host: bool) -> str | None:
    """What the options ask for, as devkit.engine.local_stack.prepare takes it.

    Raises:
        UsageError: They ask for both.
    """
    if no_host and host is not None:
        raise UsageError("--host and --no-host do not go together.")
    if no_host:
        return ""
    return host or "@" if host is not None else None


@contextmanager
def hosted(session: Session, stack: LocalStack, *, asked: str | None) -> Iterator[LocalStack]:
    """The stack with its host served, while it is started.

    Args:
        session: The session.
        stack: The stack.
        asked: What the options ask for; a host that is only remembered is worth a warning.

    Raises:
        RefusedError: The host is another project's.
        CouldNotFindOutError: The proxy cannot be started, and was asked for.
    """
    if stack.settings is None or not stack.settings.host:
        if asked is not None:
            leave_host(session, stack.root)
        yield stack
        return
    from devkit.engine.hosts import Hosts  # noqa: PLC0415 - `devkit --help` imports none
    from devkit.engine.local_hosts import serve_host, without_host  # noqa: PLC0415 - the same

    host = stack.settings.host
    try:
        try:
            stack = serve_host(stack, session.environment)
        except (CouldNotFindOutError, RefusedError) as failed:
            if asked:
                raise
            session.warn(f"{host}.localhost has no proxy now: {failed.message}")
            stack = without_host(stack)
        yield stack
    except BaseException:
        with suppress(DevkitError):
            Hosts(environment=session.environment).tidy()
        raise


async def route(session: Session, stack: LocalStack, container: str) -> str:
    """Send requests to the container that is up; the address, empty where there is none."""
    if stack.settings is None or not stack.settings.host_port:
        return ""
    from devkit.engine.local_hosts import route_host  # noqa: PLC0415 - as above

    try:
        return await asyncio.to_thread(route_host, stack, session.environment, container=container)
    except CouldNotFindOutError as failed:
        session.warn(f"{stack.settings.host}.localhost is not served: {failed.message}")
        return ""


def leave_host(session: Session, root: Path) -> None:
    """Take the project's address away, where it has one."""
    from devkit.engine.hosts import Hosts  # noqa: PLC0415 - as above

    try:
        Hosts(environment=session.environment).leave(root.resolve())
    except CouldNotFindOutError as failed:
        session.warn(f"The project's address could not be taken away: {failed.message}")
