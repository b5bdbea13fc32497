"""``devkit db shell``: the database's client in a container of its own, beside it."""

from __future__ import annotations

import os
import secrets
import sys
from typing import TYPE_CHECKING

from devkit.cli.dbcommon import database_tools
from devkit.data.tools import TOOL_LABEL, tool
from devkit.engine.commands import ask, foreground
from devkit.engine.databases import running
from devkit.engine.engine_state import all_containers
from devkit.engine.ownership import OWNER_LABEL, this_process
from devkit.errors import InterruptedByUserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.cli.session import Session


def open_shell(session: Session, words: Sequence[str], *, service: str) -> int:
    """Run the client with these arguments on the terminal and return its exit code.

    Raises:
        CouldNotFindOutError: The database is down, or the engine does not answer.
        InterruptedByUserError: A signal came.
    """
    tools = database_tools(session, service=service)
    database, call = running(tools.database), tools.dialect.shell(tools.database)
    name = f"devkit-data-{secrets.token_hex(5)}"
    command = [
        *tool(
            database,
            name=name,
            labels={TOOL_LABEL: database.project, OWNER_LABEL: str(this_process())},
            options=[*_options(session), *call.options],
            entrypoint=call.program,
        ),
        *call.arguments,
        *words,
    ]
    try:
        code = foreground(command, cwd=session.root, env=tools.client_environment)
    except InterruptedByUserError:
        command = ["docker", "rm", "--force", "--volumes", name]
        ask(command, cwd=session.root, env=session.environment)
        raise
    if code != 0:
        all_containers(cwd=session.root, environment=session.environment, project=database.project)
    return code


def _options(session: Session) -> list[str]:
    """What it reads and writes is where it would be without a container, and a person's own."""
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    folder = str(session.root.resolve())
    engine = session.environment.get("DOCKER_HOST", "")
    is_here = not engine or engine.startswith("unix:")
    mount = ["--mount", f"type=bind,source={folder},target={folder}", "--workdir", folder]
    return [
        "--interactive", *["--tty"] * is_terminal,
        *(mount if is_here and "," not in folder else ()),
        "--user", f"{os.geteuid()}:{os.getegid()}", "--env", "HOME=/tmp",
    ]  # fmt: skip
