"""What the local commands share: the prepared stack, told of as it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devkit.cli.session import Session
    from devkit.engine.local_stack import LocalStack


def local_stack(session: Session) -> LocalStack:
    """Load the project, bring its files up to date, and tell what a person should know.

    Raises:
        DevkitError: As devkit.engine.local_stack.prepare says.
    """
    from devkit.engine.git_ignore import ignored_by_git  # noqa: PLC0415
    from devkit.engine.local_stack import prepare  # noqa: PLC0415
    from devkit.engine.project_cache import load_project_cached  # noqa: PLC0415

    stack = prepare(
        load_project_cached(session.root),
        environment=session.environment,
        is_ignored=ignored_by_git(session.root, session.environment),
    )
    for note in stack.notes:
        session.say(note)
    for warning in stack.warnings:
        session.warn(warning)
    return stack
