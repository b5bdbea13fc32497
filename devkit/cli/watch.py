"""``devkit watch``: what runs follows the files as they are saved."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from devkit.errors import UsageError

if TYPE_CHECKING:
    from devkit.cli.session import Session
    from devkit.cli.watchloop import WatchLoop
    from devkit.engine.local_stack import LocalStack
    from devkit.watch.meaning import Meaning


def watch(
    ctx: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", help="Files to explain.", show_default=False),
    ] = None,
    *,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Say what a change of each PATH means, and start nothing."),
    ] = False,
    migrate: Annotated[
        bool,
        typer.Option("--migrate", help="Run the release commands when a migration changes."),
    ] = False,
) -> None:
    """Start what is not up, and restart or rebuild as files change.

    The Dockerfile tells what each file means; `watch:` in devkit.yaml overrides it. A new image
    takes the place of the old one when it answers. Ctrl-C ends it and leaves the project up.
    """
    session: Session = ctx.obj
    if explain:
        if not paths:
            raise UsageError("There is nothing to explain.", hint="Name a file after --explain.")
        _explain(session, paths)
        return
    if paths:
        raise UsageError("The whole project is watched.", hint="To explain a file, say --explain.")
    _up_and_watch(session, migrate=migrate)


def _up_and_watch(session: Session, *, migrate: bool) -> None:
    from devkit.cli.boundary import show_error  # noqa: PLC0415
    from devkit.cli.hosts import hosted  # noqa: PLC0415
    from devkit.cli.interrupts import run_interruptible  # noqa: PLC0415
    from devkit.cli.local import fresh_stack  # noqa: PLC0415
    from devkit.cli.starting import bring_up, tell_up  # noqa: PLC0415
    from devkit.cli.upview import UpView  # noqa: PLC0415
    from devkit.errors import StepFailedError  # noqa: PLC0415

    failed = False
    with (
        fresh_stack(session) as found,
        hosted(session, found, asked=None) as stack,
        UpView(session, project=stack.name) as view,
    ):
        loop = watch_loop(session, stack, migrate=migrate)
        try:
            addresses = run_interruptible(
                lambda: bring_up(session, stack, view, build=False, no_cache=False),
                remover="devkit down",
            )
            tell_up(session, stack, addresses, view.seconds)
            moved(session, loop, stack, addresses)
        except StepFailedError as error:
            # The next save is to mend it.
            failed = True
            show_error(error, as_json=False)
    follow(loop, failed=failed)


def watch_loop(session: Session, stack: LocalStack, *, migrate: bool = False) -> WatchLoop:
    """The loop for a project that is about to be brought up: it knows the files from now on."""
    from devkit.cli.watchloop import WatchLoop  # noqa: PLC0415 - `devkit --help` needs none

    loop = WatchLoop(session, stack, migrate=migrate)
    loop.remember()
    return loop


def moved(session: Session, loop: WatchLoop, stack: LocalStack, addresses: tuple[str, ...]) -> None:
    """Follow a project to the port that it came up at, where that is another one."""
    from devkit.cli.local import settled_stack  # noqa: PLC0415 - `devkit --help` needs none

    if addresses and f":{stack.publish}/" not in addresses[0]:
        loop.adopt(settled_stack(session))


def follow(loop: WatchLoop, *, failed: bool = False) -> None:
    """Follow the files of a project that is up, until a signal comes.

    Args:
        loop: The loop.
        failed: Whether it could not be brought up: then the first save tries again.

    Raises:
        InterruptedByUserError: A signal came, as it always does in the end.
    """
    from devkit.cli.interrupts import run_interruptible  # noqa: PLC0415
    from devkit.errors import InterruptedByUserError  # noqa: PLC0415

    try:
        run_interruptible(lambda: loop.run(failed=failed), remover="devkit down")
    except InterruptedByUserError as stopped:
        left = "the project is up, and `devkit down` stops it"
        raise InterruptedByUserError(stopped.signal_number, left=left) from None


def _explain(session: Session, paths: list[Path]) -> None:
    from devkit.engine.project_cache import load_project_cached  # noqa: PLC0415
    from devkit.engine.watch_setting import has_own_files, own_document, read_setting  # noqa: PLC0415
    from devkit.watch.meaning import meaning  # noqa: PLC0415

    project = load_project_cached(session.root)
    if has_own_files(project.root):
        document, web = own_document(project, session.environment)
        setting = read_setting(project, document, environment=session.environment, service=web)
    else:
        setting = read_setting(project, None, environment=session.environment)
    strange: list[UsageError] = []
    for path in paths:
        try:
            inside = _from_root(session, path)
        except UsageError as error:
            strange.append(error)
        else:
            is_there = os.path.lexists(session.root / inside)
            _tell(session, meaning(inside, setting), is_there=is_there)
    for each in strange[:-1]:
        session.warn(each.message)
    if strange:
        raise strange[-1]


def _from_root(session: Session, path: Path) -> str:
    """A path as a person gives it, from the folder they are in or from the project's."""
    root = session.root
    bases = (root, root.resolve())
    here = path if path.is_absolute() else Path.cwd() / path
    given = [Path(os.path.normpath(each)) for each in (here, root / path)]
    for normal in given:
        for base in bases:
            if normal != base and normal.is_relative_to(base):
                return normal.relative_to(base).as_posix()
    if any(normal in bases for normal in given):
        raise UsageError("The project's folder itself has no meaning.", hint="Name a file of it.")
    raise UsageError(f"{path} is not in {root}.", hint="Name a file of the project.")


def _tell(session: Session, found: Meaning, *, is_there: bool) -> None:
    import json  # noqa: PLC0415 - `devkit --help` imports this module

    if session.json:
        event = {
            "event": "meaning", "path": found.path, "action": found.action.name.lower(),
            "reason": found.reason, "into": found.into, "migration": found.migration,
            "services": list(found.services),
        }  # fmt: skip
        session.out(json.dumps(event))
        return
    waits = "; `devkit migrate` will wait" if found.migration else ""
    missing = "" if is_there else " (there is no such file now)"
    session.out(f"{found.path}: {found.action.name.lower()}, it {found.reason}{waits}{missing}")
