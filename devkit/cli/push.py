"""``devkit push``: verify exactly the commits that git would push, then git push."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from devkit.errors import DevkitError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from devkit.cli.pushed import Push
    from devkit.cli.pushing import Look, Verified
    from devkit.cli.session import Session
    from devkit.engine.git import Repository
    from devkit.hooks.porcelain import PlannedRef

HELP_WORDS = frozenset({"--help", "-h"})


def push(ctx: typer.Context) -> None:
    """Verify what git would push, then push it: `devkit push [GIT PUSH'S ARGUMENTS]`.

    All that follows `push` goes to git untouched. git is asked what it would push, each commit
    without a receipt is rehearsed, what has moved meanwhile as well, and only then the connection
    for the push is opened.
    """
    if ctx.args[:1] and ctx.args[0] in HELP_WORDS:
        typer.echo(ctx.get_help())
        raise typer.Exit
    raise typer.Exit(_push(ctx.obj, ctx.args))


def _push(session: Session, arguments: Sequence[str]) -> int:
    from devkit.cli.pushed import Push  # noqa: PLC0415 - `devkit --help` imports this module
    from devkit.cli.pushing import verify_what_is_pushed  # noqa: PLC0415
    from devkit.engine.git import find_repository  # noqa: PLC0415
    from devkit.engine.git_push import plan_push  # noqa: PLC0415
    from devkit.hooks.prepush import SKIP_VARIABLE  # noqa: PLC0415

    repository = find_repository(session.root, session.environment)
    push = Push(
        session=session,
        repository=repository,
        project=_project(session, repository),
        remote="",
        in_hook=False,
    )

    def look() -> tuple[PlannedRef, ...]:
        return plan_push(arguments, cwd=session.root, environment=session.environment)

    verified = verify_what_is_pushed(push, look)
    if verified.code != 0:
        session.say("devkit: nothing was pushed.")
        return verified.code
    if session.environment.get(SKIP_VARIABLE) == "1":
        return _push_unverified(push, arguments, verified, look)
    return _git_push(session, arguments)


def _push_unverified(push: Push, arguments: Sequence[str], verified: Verified, look: Look) -> int:
    """Push, and have on record what has gone without a verdict, or may have."""
    from devkit.cli.pushskips import record_unverified, recorded, take_back  # noqa: PLC0415

    known = recorded(push)
    code = _git_push(push.session, arguments)
    if code != 0 and _is_planned_still(verified, look):
        take_back(push, verified.refs, known=known)
    else:
        record_unverified(push, verified.refs)
    return code


def _is_planned_still(verified: Verified, look: Look) -> bool:
    """Whether all is as before the push: nothing of it has arrived."""
    try:
        return look() == verified.planned
    except DevkitError:
        return False


def _project(session: Session, repository: Repository) -> Path:
    """The project's folder from the top level: this one, or else the one that the hook is for."""
    from pathlib import Path  # noqa: PLC0415 - see above

    from devkit.config.sources import CONFIG_FILE, DOCKERFILE  # noqa: PLC0415
    from devkit.engine.git_worktree import hooks_folder  # noqa: PLC0415
    from devkit.engine.hookfiles import observe_hooks  # noqa: PLC0415
    from devkit.hooks.installing import hook_project  # noqa: PLC0415

    if not any((session.root / name).exists() for name in (DOCKERFILE, CONFIG_FILE)):
        project = hook_project(observe_hooks(hooks_folder(repository)))
        if project is not None:
            return Path(project)
    top_level = (repository.top_level or session.root).resolve()
    return session.root.resolve().relative_to(top_level)


def _git_push(session: Session, arguments: Sequence[str]) -> int:
    from devkit.engine.git_push import push as git_push  # noqa: PLC0415 - see above

    code = git_push(
        arguments, cwd=session.root, environment=session.environment, aside=session.json
    )
    if session.json:
        _tell_end(session, code)
    return code


def _tell_end(session: Session, code: int) -> None:
    """Tell git's verdict as the last line, whatever the rehearsals have told before it."""
    import time  # noqa: PLC0415 - for a program only

    from devkit.cli.jsonlines import event_line  # noqa: PLC0415
    from devkit.deployment.events import RunFinished  # noqa: PLC0415

    event = RunFinished(
        verdict="failed" if code else "passed",
        code=code,
        seconds=time.monotonic() - session.began,
        message=f"git push ended with code {code}." if code else "",
    )
    session.out(event_line(event))
