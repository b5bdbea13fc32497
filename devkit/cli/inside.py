"""Programs in the containers that are up: what ``devkit exec`` and ``shell`` do.

Without Typer, whose import and whose own check of each option take as long as docker does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.cli.services import running_container, started_stack
from devkit.compose.inside import NO_SHELL_CODES, SHELL, Inside
from devkit.engine.inside import run_inside
from devkit.errors import CouldNotFindOutError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.cli.session import Session
    from devkit.engine.local_found import FoundStack


@dataclass(frozen=True, kw_only=True)
class ExecOptions:
    """How a command is to run.

    Attributes:
        service: In which service; empty for web.
        user: As whom; empty for the image's own.
        workdir: Where; empty for the image's own.
        env: ``NAME=value``, or ``NAME`` for the value that it has here.
        no_tty: Without a terminal, even where there is one.
    """

    service: str = ""
    user: str = ""
    workdir: str = ""
    env: tuple[str, ...] = ()
    no_tty: bool = False


def exec_code(session: Session, command: Sequence[str], options: ExecOptions) -> int:
    """Run a command in a container that is up, and return its exit code.

    Raises:
        UsageError: There is no such service, or no command.
        CouldNotFindOutError: It is down, or the engine does not answer.
    """
    if not command or not command[0]:
        raise UsageError("devkit exec needs a command.", hint="devkit exec ls -l")
    stack = started_stack(session)
    where = Inside(
        container=running_container(stack, options.service or stack.find_web()).id,
        user=options.user,
        folder=options.workdir,
        variables=options.env,
    )
    code = _code(session, stack, where, command, terminal=not options.no_tty)
    return _told_why(session, stack, where, command[0], code)


def _told_why(session: Session, stack: FoundStack, where: Inside, program: str, code: int) -> int:
    """Tell a program that is not there from one that cannot be run, as ``devkit run`` does."""
    if code not in NO_SHELL_CODES:
        return code
    from devkit.engine.inside import NOT_FOUND, is_absent  # noqa: PLC0415 - after a failure only

    if code != NOT_FOUND and not is_absent(program, where, cwd=stack.root, env=session.environment):
        return code
    session.warn(f"Exit code 127: `{program}`, or a command that it runs, is not in the image.")
    return NOT_FOUND


def shell_code(session: Session, service: str, user: str) -> int:
    """Open a shell and return its exit code; where web is down, in a one-off container.

    Args:
        session: The session.
        service: In which service; empty for web.
        user: As whom; empty for the image's own.

    Raises:
        UsageError: There is no such service.
        CouldNotFindOutError: It is down, or the engine does not answer.
    """
    try:
        stack = started_stack(session)
        container = running_container(stack, service or stack.find_web())
    except CouldNotFindOutError as down:
        if user:
            raise
        return _one_off_shell(session, service, down)
    return _code(session, stack, Inside(container=container.id, user=user), SHELL)


def _one_off_shell(session: Session, service: str, down: CouldNotFindOutError) -> int:
    from devkit.cli.local import one_off, settled_stack  # noqa: PLC0415 - where web is down

    stack = settled_stack(session)
    if service not in {"", stack.web}:
        raise down
    session.say(f"{down.message} This shell is in a container of its own, which goes with it.")
    return one_off(session, stack, SHELL).code


def _code(
    session: Session,
    stack: FoundStack,
    where: Inside,
    words: Sequence[str],
    *,
    terminal: bool = True,
) -> int:
    root, environment = stack.root, session.environment
    ended = run_inside(where, words, cwd=root, env=environment, terminal=terminal)
    if ended.lost:
        session.warn("The signal could not be handed on: the command may run on in the container.")
    elif ended.code == 1:  # as docker ends, too, where the engine does not answer
        from devkit.engine.engine_state import all_containers  # noqa: PLC0415 - the same

        all_containers(cwd=root, environment=environment, project=stack.name)
    return ended.code
