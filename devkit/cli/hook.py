"""``devkit hook``: the pre-push hook, installed, taken out, shown, and run by git."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from devkit.errors import UsageError

if TYPE_CHECKING:
    from devkit.cli.session import Session
    from devkit.engine.git import Repository
    from devkit.hooks.installing import ObservedHooks, WantedHook

app = typer.Typer(help="The pre-push hook, which verifies what is pushed.", no_args_is_help=True)


class _Here(NamedTuple):
    repository: Repository
    observed: ObservedHooks
    wanted: WantedHook


@app.command()
def install(ctx: typer.Context) -> None:
    """Verify every commit before git pushes it; a pre-push hook that is there runs first."""
    from devkit.cli.finishing import finish  # noqa: PLC0415
    from devkit.engine.hookfiles import carry_out  # noqa: PLC0415
    from devkit.hooks.installing import plan_install  # noqa: PLC0415

    session: Session = ctx.obj
    here = _look(session)
    plan = plan_install(here.observed, here.wanted)
    carry_out(plan)
    done = "is installed" if plan else "was installed already"
    session.say(f"The pre-push hook {done} in {here.observed.folder}.")
    _warn_where_it_is_tracked(session, here)
    finish(session)


@app.command()
def uninstall(ctx: typer.Context) -> None:
    """Take the pre-push hook out, and give the one that was there before back."""
    from devkit.cli.finishing import finish  # noqa: PLC0415
    from devkit.engine.hookfiles import carry_out  # noqa: PLC0415
    from devkit.hooks.installing import plan_uninstall  # noqa: PLC0415

    session: Session = ctx.obj
    here = _look(session)
    plan = plan_uninstall(here.observed, here.wanted)
    carry_out(plan)
    done = "has been taken out of" if plan else "is not installed in"
    session.say(f"The pre-push hook {done} {here.observed.folder}.")
    finish(session)


@app.command()
def status(ctx: typer.Context) -> None:
    """Say whether the hook is installed, which receipts are good, and what went unverified."""
    from devkit.cli.hookstatus import tell_status  # noqa: PLC0415
    from devkit.hooks.installing import hook_status  # noqa: PLC0415

    here = _look(ctx.obj)
    tell_status(ctx.obj, here.repository, hook_status(here.observed, here.wanted))


@app.command(
    hidden=True, context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
)
def run(
    ctx: typer.Context,
    *,
    folder: Annotated[
        str | None, typer.Option("--folder", help="The project's, from the repository's top level.")
    ] = None,
) -> None:
    """Be the pre-push hook: git calls this with the remote's name and location."""
    from devkit.cli.hookcall import given_by_git  # noqa: PLC0415
    from devkit.cli.prepush import run_hook  # noqa: PLC0415

    raise typer.Exit(run_hook(ctx.obj, ctx.args, given_by_git(), folder=folder))


def _look(session: Session) -> _Here:
    from devkit.engine.git import find_repository  # noqa: PLC0415
    from devkit.engine.git_worktree import hooks_are_shared, hooks_folder  # noqa: PLC0415
    from devkit.engine.hookfiles import observe_hooks  # noqa: PLC0415
    from devkit.hooks.installing import Scope, wanted_hook  # noqa: PLC0415
    from devkit.templating import template_text  # noqa: PLC0415

    repository = find_repository(session.root, session.environment)
    if repository.top_level is None:
        raise UsageError(f"{repository.git_dir} is a bare repository: nobody pushes from it.")
    scope = Scope.SHARED if hooks_are_shared(repository) else Scope.REPOSITORY
    folder = session.root.resolve().relative_to(repository.top_level.resolve())
    return _Here(
        repository=repository,
        observed=observe_hooks(hooks_folder(repository), scope=scope),
        wanted=wanted_hook(
            template_text("pre-push.sh"), executable=_executable(), project=folder.as_posix()
        ),
    )


def _warn_where_it_is_tracked(session: Session, here: _Here) -> None:
    from devkit.engine.git_ignore import ignored_by_git  # noqa: PLC0415

    top_level = (here.repository.top_level or session.root).resolve()
    hook = here.observed.folder.resolve() / "pre-push"
    inside = hook.is_relative_to(top_level)
    if not inside or hook.is_relative_to(here.repository.common_dir.resolve()):
        return
    if not ignored_by_git(session.root, session.environment)(str(hook)):
        session.warn(f"{hook} names this machine's devkit, so keep it out of git.")


def _executable() -> str:
    """The devkit that the hook is to call: the one beside this Python, else PATH's."""
    beside = Path(sys.executable).parent / "devkit"
    import shutil  # noqa: PLC0415 - `devkit --help` imports this module

    return str(beside) if beside.is_file() else shutil.which("devkit") or "devkit"
