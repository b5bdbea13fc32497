"""``devkit media``: the uploaded files of the local project, as an archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import threading

    from devkit.cli.session import Session

app = typer.Typer(help="Dump and load the uploaded files.", no_args_is_help=True)


@app.command()
def dump(
    ctx: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A tar archive; .zst and .gz at its end are compressed; - is stdout.",
        ),
    ] = "",
    *,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
) -> None:
    """Write all that is /data in the cloud into FILE, while it is in use; links are left out."""
    from devkit.cleaning.words import size_of  # noqa: PLC0415 - `devkit --help` imports this
    from devkit.cli.dataprogress import moving  # noqa: PLC0415 - as above
    from devkit.cli.db import STDOUT, refuse_terminal  # noqa: PLC0415 - as above
    from devkit.cli.dbcommon import now  # noqa: PLC0415 - as above
    from devkit.cli.finishing import finish  # noqa: PLC0415 - as above
    from devkit.cli.interrupts import remover_of, run_interruptible  # noqa: PLC0415 - as above
    from devkit.data.names import default_media, split_compression  # noqa: PLC0415 - as above
    from devkit.engine.data_files import NewFile, NewStdout, refuse_existing  # noqa: PLC0415
    from devkit.engine.media import write_archive  # noqa: PLC0415 - as above
    from devkit.engine.stoppable import in_thread  # noqa: PLC0415 - as above

    session: Session = ctx.obj
    folder = _folder(session)
    path = Path(file or default_media(session.root.resolve().name, now()))
    is_piped = file == STDOUT
    if is_piped:
        refuse_terminal(session, is_binary=True)
    else:
        refuse_existing(path, force=force)
    new_file = NewFile(path, split_compression(path.name)[1])
    new = NewStdout() if is_piped else new_file
    remover = "the next devkit command" if is_piped else remover_of(new_file)
    with moving(session, "Dumping files") as moved:

        def write(stop: threading.Event) -> None:
            write_archive(folder, new, stop=stop, count=moved.add, warn=session.warn)

        async def dump_whole() -> None:
            with new.writing(force=force):
                await in_thread(write)

        run_interruptible(dump_whole, remover=remover)
    if is_piped:
        return
    session.say(f"{folder} is in {path}: {size_of(new_file.bytes)} in {moved.seconds:.1f} s.")
    finish(session)


@app.command()
def load(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A tar archive, of whatever name; - is stdin.")
    ],
    *,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="Put aside all that is there first; of an undo: what its load had written.",
        ),
    ] = False,
) -> None:
    """Add what is in FILE to the uploaded files, once all of it is unpacked.

    What it overwrites is put aside, and the command that brings it back is printed.
    """
    from devkit.cli.dataprogress import moving  # noqa: PLC0415 - as above
    from devkit.cli.db import STDOUT  # noqa: PLC0415 - as above
    from devkit.cli.dbcommon import dump_of, now  # noqa: PLC0415 - as above
    from devkit.cli.finishing import finish  # noqa: PLC0415 - as above
    from devkit.cli.interrupts import run_interruptible  # noqa: PLC0415 - as above
    from devkit.data.names import stamp  # noqa: PLC0415 - as above
    from devkit.deployment.naming import for_shell  # noqa: PLC0415 - as above
    from devkit.engine.data_stdin import STDIN  # noqa: PLC0415 - as above
    from devkit.engine.locks import project_lock  # noqa: PLC0415 - as above
    from devkit.engine.media import MediaLoad  # noqa: PLC0415 - as above
    from devkit.engine.stoppable import in_thread  # noqa: PLC0415 - as above

    session: Session = ctx.obj
    folder = _folder(session)
    piped = dump_of(file) if str(file) == STDOUT else None
    total = file.stat().st_size if file.is_file() and piped is None else None
    with project_lock(session.root), moving(session, f"Loading {file.name}", total=total) as moved:
        loaded = run_interruptible(
            lambda: in_thread(
                lambda stop: MediaLoad(
                    root=session.root.resolve(),
                    folder=folder,
                    source=STDIN if piped else file.resolve(),
                    piped=piped,
                    backup_name=f"before-load-{stamp(now())}",
                    replace=replace,
                    stop=stop,
                    count=moved.add,
                ).run()
            ),
            remover="the next `devkit media load`",
        )
    session.say(f"{loaded.files} files of {file} are in {folder} ({moved.seconds:.1f} s).")
    if loaded.passed_over:
        session.say(f"Left out what a Mac had added (._*, __MACOSX): {loaded.passed_over}.")
    if loaded.backup is not None:
        flag = "--replace " if replace else ""
        session.say(f"Undo: devkit media load {flag}{for_shell(str(loaded.backup))}")
    finish(session)


def _folder(session: Session) -> Path:
    from devkit.engine.development import find_storage  # noqa: PLC0415 - as above
    from devkit.engine.media import storage_folder  # noqa: PLC0415 - as above

    return storage_folder(find_storage(session.root, session.environment))
