"""What ``devkit up`` tells of a page that answers an error: its log, the cause, the way on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.deployment.diagnosis import explain_log
from devkit.deployment.gate_policy import PASSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devkit.cli.session import Session
    from devkit.engine.local_stack import LocalStack

SERVER_ERROR = 500
LINES_SHOWN = 10
RELEASE = "release: [python manage.py migrate]"


def tell_error(session: Session, stack: LocalStack, status: int) -> None:
    """Tell of an answer from 400 on.

    Args:
        session: The session.
        stack: The project.
        status: The answer's.
    """
    log: Sequence[str] = ()
    if status >= SERVER_ERROR:
        from devkit.engine.local_up import web_log  # noqa: PLC0415 - only after such an answer

        log = web_log(stack)
        for line in log[-LINES_SHOWN:]:
            session.say(f"    {line}")
    session.warn("\n  ".join(_advice(stack, status, log)))


def _advice(stack: LocalStack, status: int, log: Sequence[str]) -> Iterator[str]:
    yield f"The page answers {status}; `devkit logs {stack.web}` has more."
    cause = explain_log(log)
    if cause:
        yield cause
    if status >= SERVER_ERROR:
        if stack.project.release:
            yield "`devkit migrate` runs the release commands, in case it has not been run."
        else:
            yield (
                "devkit.yaml names no release commands: name what makes the database's tables,"
                f" such as `{RELEASE}`, and run `devkit migrate`."
            )
    if status not in PASSING:
        yield "The cloud's gate would refuse it."
