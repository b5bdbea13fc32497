"""What the local commands share: the prepared stack, told of as it should be."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from devkit.cli.reaping import reap_what_is_noted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from devkit.cli.session import Session
    from devkit.engine.attached import Ended
    from devkit.engine.local_found import FoundStack
    from devkit.engine.local_stack import Decide, LocalStack
    from devkit.engine.permission import HostAccess
    from devkit.project import Project


@contextmanager
def fresh_stack(
    session: Session, *, allow_host_access: bool = False, host: str | None = None
) -> Iterator[LocalStack]:
    """The project for what starts it: locked, and the port and the name are looked at anew.

    Args:
        session: The session.
        allow_host_access: Whether the Compose files may want something of the machine.
        host: What is to stand before ``.localhost``; see devkit.engine.local_stack.prepare.

    Raises:
        DevkitError: As devkit.engine.local_stack.prepare and devkit.engine.locks say.
    """
    from devkit.engine.git_ignore import ignored_by_git  # noqa: PLC0415 - `--help` needs none
    from devkit.engine.local_stack import Decide  # noqa: PLC0415
    from devkit.engine.locks import project_lock  # noqa: PLC0415
    from devkit.engine.permission import HostAccess  # noqa: PLC0415
    from devkit.engine.project_cache import load_project_cached  # noqa: PLC0415

    reap_what_is_noted(session)
    access = HostAccess.ALLOW if allow_host_access else HostAccess.ASK
    project = load_project_cached(session.root)
    with project_lock(project.root):
        is_ignored = ignored_by_git(session.root, session.environment)
        yield _told(session, project, is_ignored, Decide.ANEW, access, host)


def renewed_stack(session: Session) -> LocalStack:
    """The project anew, for who holds its lock already.

    Raises:
        DevkitError: As devkit.engine.local_stack.prepare says.
    """
    from devkit.engine.git_ignore import ignored_by_git  # noqa: PLC0415 - `--help` needs none
    from devkit.engine.local_stack import Decide  # noqa: PLC0415
    from devkit.engine.project_cache import load_project_cached  # noqa: PLC0415

    is_ignored = ignored_by_git(session.root, session.environment)
    return _told(session, load_project_cached(session.root), is_ignored, Decide.ANEW)


def settled_stack(session: Session) -> LocalStack:
    """The project for all else: the port and the name are those that were used last.

    Raises:
        DevkitError: As devkit.engine.local_stack.prepare says.
    """
    from devkit.engine.local_stack import Decide  # noqa: PLC0415
    from devkit.engine.project_cache import load_project_cached  # noqa: PLC0415

    reap_what_is_noted(session)
    return _told(session, load_project_cached(session.root), lambda _: True, Decide.ONCE)


def found_stack(session: Session) -> FoundStack | None:
    """The project as it was started; where it never was, None, and that is said.

    Raises:
        ConfigurationError: The compose file, or without one devkit.yaml, cannot be followed.
        CouldNotFindOutError: docker cannot be asked.
    """
    from devkit.engine.local_found import find_stack  # noqa: PLC0415
    from devkit.engine.project_cache import load_project_cached  # noqa: PLC0415

    reap_what_is_noted(session)
    stack = find_stack(session.root, environment=session.environment)
    if stack is None:
        session.say(f"{load_project_cached(session.root).name} is down; `devkit up` starts it.")
    return stack


def compose_code(
    session: Session,
    stack: LocalStack | FoundStack,
    command: list[str],
    *,
    aside: bool = False,
    plain: bool = False,
) -> int:
    """Run a docker compose command on the terminal and return its exit code.

    Args:
        session: The session.
        stack: The project.
        command: The whole command.
        aside: Whether its output goes to stderr, because stdout carries JSON lines.
        plain: Whether it is to lose what clears a terminal's lines; as ``foreground`` has it.

    Raises:
        CouldNotFindOutError: It failed because the engine does not answer.
    """
    from devkit.engine.commands import foreground  # noqa: PLC0415
    from devkit.engine.engine_state import all_containers  # noqa: PLC0415

    environment = session.environment
    code = foreground(command, cwd=stack.root, env=environment, aside=aside, plain=plain)
    if code != 0:
        all_containers(cwd=stack.root, environment=environment, project=stack.name)
    return code


def one_off(session: Session, stack: LocalStack, words: Sequence[str]) -> Ended:
    """Run words in a one-off web container; how that has ended.

    Signals reach them; afterwards the container is gone, whether they heeded one or not.

    Raises:
        CouldNotFindOutError: The engine does not answer.
    """
    import secrets  # noqa: PLC0415 - `--help` needs none
    import time  # noqa: PLC0415

    from devkit.compose.words import one_off as command_of  # noqa: PLC0415
    from devkit.engine.attached import has_terminal  # noqa: PLC0415
    from devkit.engine.inside import run_one_off  # noqa: PLC0415

    _build_first(session, stack)
    name = f"{stack.name}-run-{secrets.token_hex(4)}"
    tty = has_terminal(aside=session.json)
    command = command_of(
        stack.compose, words, name=name, tty=tty, quiet=session.quiet, web=stack.web
    )
    began = time.time()
    root, environment = stack.root, session.environment
    ended = run_one_off(command, name=name, cwd=root, env=environment, aside=session.json)
    if ended.code != 0 and not ended.signals:
        return _told_why(session, stack, words[0], ended, name=name, began=began)
    return ended


def _build_first(session: Session, stack: LocalStack) -> None:
    """Build an image that was never built: Compose would tell of it where the program writes.

    Raises:
        BuildError: It does not build.
        CouldNotFindOutError: The engine or a registry gives no answer.
    """
    from devkit.engine.image_inputs import is_noted  # noqa: PLC0415 - `--help` needs none

    if stack.settings is None or is_noted(stack.root):
        return
    from devkit.cli.interrupts import run_interruptible  # noqa: PLC0415 - where it is built alone
    from devkit.cli.upview import UpView  # noqa: PLC0415 - the same
    from devkit.engine import local_up  # noqa: PLC0415 - the same

    with UpView(session, project=stack.name) as view:
        run_interruptible(
            lambda: local_up.build(stack, environment=session.environment, on_line=view.line),
            remover="devkit down",
        )


def _told_why(
    session: Session, stack: LocalStack, program: str, ended: Ended, *, name: str, began: float
) -> Ended:
    """Tell a program that is not in the image from one that failed; Compose ends with 1 or 127.

    Raises:
        CouldNotFindOutError: The engine does not answer.
    """
    from devkit.engine.engine_state import all_containers  # noqa: PLC0415 - after a failure only
    from devkit.engine.inside import NOT_FOUND, NOT_STARTED, is_missing  # noqa: PLC0415 - the same

    all_containers(cwd=stack.root, environment=session.environment, project=stack.name)
    code = ended.code
    if code == NOT_STARTED and is_missing(
        program, name=name, since=began, cwd=stack.root, env=session.environment
    ):
        code = NOT_FOUND
    if code == NOT_FOUND:
        session.warn(f"Exit code 127: `{program}`, or a command that it runs, is not in the image.")
    return replace(ended, code=code)


def _told(
    session: Session,
    project: Project,
    is_ignored: Callable[[str], bool],
    decide: Decide,
    access: HostAccess | None = None,
    host: str | None = None,
) -> LocalStack:
    from devkit.engine.adopted import is_news  # noqa: PLC0415
    from devkit.engine.local_stack import Decide, prepare  # noqa: PLC0415
    from devkit.engine.permission import HostAccess  # noqa: PLC0415

    stack = prepare(
        project,
        environment=session.environment,
        is_ignored=is_ignored,
        decide=decide,
        access=access or HostAccess.ASK,
        host=host,
    )
    is_started = decide is Decide.ANEW
    if is_started and (is_news(stack.root, "up", stack.assumed) or session.verbose):
        for sentence in stack.assumed:
            session.say(sentence)
    for note in stack.notes:
        session.say(note)
    for warning in stack.warnings:
        session.warn(warning)
    return stack
