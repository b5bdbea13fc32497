"""``devkit push``: verify exactly the commits that git would push, then git push."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from devkit.cli.pushed import Push
    from devkit.cli.session import Session
    from devkit.engine.git import Repository
    from devkit.hooks.porcelain import PlannedRef
    from devkit.hooks.prepush import PushedRef

HELP_WORDS = frozenset({"--help", "-h"})


def push(ctx: typer.Context) -> None:
    """Verify what git would push, then push it: `devkit push [GIT PUSH'S ARGUMENTS]`.

    All that follows `push` goes to git untouched. git is asked what it would push, each commit
    without a receipt is rehearsed, and only then the connection for the push is opened.
    """
    if ctx.args[:1] and ctx.args[0] in HELP_WORDS:
        typer.echo(ctx.get_help())
        raise typer.Exit
    raise typer.Exit(_push(ctx.obj, ctx.args))


def _push(session: Session, arguments: Sequence[str]) -> int:
    from devkit.cli.pushed import Push, record_unverified  # noqa: PLC0415 - `devkit --help`
    from devkit.engine.git import find_repository  # noqa: PLC0415 - imports this module
    from devkit.engine.git_push import plan_push  # noqa: PLC0415
    from devkit.hooks.prepush import SKIP_VARIABLE  # noqa: PLC0415

    repository = find_repository(session.root, session.environment)
    planned = plan_push(arguments, cwd=session.root, environment=session.environment)
    refs = _refs(repository, planned)
    push = Push(
        session=session,
        repository=repository,
        project=_project(session, repository),
        remote="",
        in_hook=False,
    )
    code = _verify(push, refs)
    if code != 0:
        session.say("devkit: nothing was pushed.")
        return code
    code = _git_push(session, arguments)
    if code == 0 and session.environment.get(SKIP_VARIABLE) == "1":
        for ref in refs:
            record_unverified(push, ref)
    return code


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


def _refs(repository: Repository, planned: Sequence[PlannedRef]) -> tuple[PushedRef, ...]:
    from devkit.hooks.porcelain import Fate  # noqa: PLC0415 - see above
    from devkit.hooks.prepush import refs_to_verify  # noqa: PLC0415

    moving = [ref for ref in planned if ref.fate not in {Fate.UP_TO_DATE, Fate.DELETED}]
    return refs_to_verify(tuple(_pushed_ref(repository, ref) for ref in moving))


def _verify(push: Push, refs: Sequence[PushedRef]) -> int:
    from devkit.cli.pushed import mention_skipped, verify_pushed  # noqa: PLC0415 - see above

    if refs:
        mention_skipped(push)
    else:
        push.session.say("devkit: there is nothing in this push to verify.")
    codes = (verify_pushed(push, ref) for ref in refs)
    return next((code for code in codes if code != 0), 0)


def _pushed_ref(repository: Repository, planned: PlannedRef) -> PushedRef:
    """As git will tell the hook; the object name is that of this moment, as in the dry run."""
    from devkit.engine.git_commits import resolve_object  # noqa: PLC0415 - see above
    from devkit.hooks.prepush import PushedRef  # noqa: PLC0415

    sha = planned.new_sha or resolve_object(repository, planned.source)
    return PushedRef(
        local_ref=planned.source,
        local_sha=sha,
        remote_ref=planned.target,
        remote_sha=planned.old_sha or "0" * len(sha),
    )


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
