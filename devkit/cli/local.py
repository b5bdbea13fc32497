"""What the local commands share: the prepared stack, told of as it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.cli.session import Session
    from devkit.engine.local_stack import Decide, LocalStack


def fresh_stack(session: Session) -> LocalStack:
    """The project for what starts it: the port and the name are looked at anew.

    Raises:
        DevkitError: As devkit.engine.local_stack.prepare says.
    """
    from devkit.engine.git_ignore import ignored_by_git  # noqa: PLC0415 - `--help` needs none
    from devkit.engine.local_stack import Decide  # noqa: PLC0415

    is_ignored = ignored_by_git(session.root, session.environment)
    return _told(session, is_ignored, Decide.ANEW)


def settled_stack(session: Session) -> LocalStack:
    """The project for all else: the port and the name are those that were used last.

    Raises:
        DevkitError: As devkit.engine.local_stack.prepare says.
    """
    from devkit.engine.local_stack import Decide  # noqa: PLC0415

    return _told(session, lambda _: True, Decide.ONCE)


def compose_code(session: Session, stack: LocalStack, command: list[str]) -> int:
    """Run a docker compose command on the terminal and return its exit code.

    Raises:
        CouldNotFindOutError: It failed because the engine does not answer.
    """
    from devkit.engine.commands import foreground  # noqa: PLC0415
    from devkit.engine.engine_state import all_containers  # noqa: PLC0415

    code = foreground(command, cwd=stack.root, env=session.environment)
    if code != 0:
        all_containers(cwd=stack.root, environment=session.environment, project=stack.name)
    return code


def _told(session: Session, is_ignored: Callable[[str], bool], decide: Decide) -> LocalStack:
    from devkit.engine.local_stack import prepare  # noqa: PLC0415
    from devkit.engine.project_cache import load_project_cached  # noqa: PLC0415

    stack = prepare(
        load_project_cached(session.root),
        environment=session.environment,
        is_ignored=is_ignored,
        decide=decide,
    )
    for note in stack.notes:
        session.say(note)
    for warning in stack.warnings:
        session.warn(warning)
    return stack
