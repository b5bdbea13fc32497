"""``devkit db``: dumps, snapshots and a shell of the local database."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from devkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.cli.session import Session

HELP_WORDS = frozenset({"--help", "-h"})
STDOUT = "-"

app = typer.Typer(
    help="Dump, load, snapshot and restore the local database, and talk to it.",
    no_args_is_help=True,
)

Service = Annotated[
    str,
    typer.Option(
        "--service", "--database", metavar="NAME", help="Which database, where there are several."
    ),
]


@app.command()
def dump(
    ctx: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="Where to; a name with .sql becomes SQL, any other one pg_dump's own format, which"
            " MySQL and MariaDB have none of; .zst and .gz are compressed; - is stdout.",
        ),
    ] = "",
    *,
    service: Service = "",
    dump_format: Annotated[
        str, typer.Option("--format", metavar="plain|custom", help="Whatever the name says.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
) -> None:
    """Write the database into FILE, without owners and rights, while it is in use."""
    from devkit.cli.dbfiles import dump_database  # noqa: PLC0415 - `devkit --help` imports this

    dump_database(ctx.obj, file, service=service, wanted=dump_format, force=force)


@app.command()
def load(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A dump, of whatever name; - is stdin.")
    ],
    *,
    service: Service = "",
    no_snapshot: Annotated[
        bool,
        typer.Option(
            "--no-snapshot",
            help="Keep nothing of what is replaced, once all is loaded: there is no undo.",
        ),
    ] = False,
) -> None:
    """Replace the database by what is in FILE, once all of that is loaded.

    What FILE is, is told by its content: SQL or pg_dump's own format, with gzip, zstd or neither.
    Whatever goes wrong, the database is as it was; what is replaced is kept as a snapshot. MySQL
    and MariaDB stop for a moment, in which their files are copied.
    """
    from devkit.cli.dbfiles import load_database  # noqa: PLC0415 - as above

    load_database(ctx.obj, file, service=service, with_snapshot=not no_snapshot)


@app.command()
def snapshot(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")] = "",
    *,
    service: Service = "",
) -> None:
    """Copy the database's files as they are; only the database stops for it, for a moment."""
    from devkit.cli.dbsnapshots import make_snapshot  # noqa: PLC0415 - as above

    make_snapshot(ctx.obj, name, service=service)


@app.command()
def restore(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Which snapshot; default: the latest.")
    ] = "",
    *,
    service: Service = "",
) -> None:
    """Put a snapshot back; what is there now becomes a snapshot first."""
    from devkit.cli.dbsnapshots import put_back  # noqa: PLC0415 - as above

    put_back(ctx.obj, name, service=service)


@app.command(name="list")
def list_(ctx: typer.Context) -> None:
    """List the snapshots: how old and large they are, and why they were made."""
    from devkit.cli.dbsnapshots import show_snapshots  # noqa: PLC0415 - as above

    show_snapshots(ctx.obj)


@app.command()
def forget(
    ctx: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Which snapshots.")],
) -> None:
    """Remove snapshots for good."""
    from devkit.cli.dbsnapshots import forget_snapshots  # noqa: PLC0415 - as above

    forget_snapshots(ctx.obj, names)


def shell(ctx: typer.Context) -> None:
    r"""Open psql, mariadb or mysql on the database; all ARGS go to it untouched.

    Its exit code is devkit's. The project's folder is at hand in it, under its own path: -f FILE,
    \i, \copy and source work. With --service NAME as the first of the ARGS it is the shell of that
    database.
    """
    from devkit.cli.dbshell import open_shell  # noqa: PLC0415 - as above

    session: Session = ctx.obj
    service, words = split_service(ctx.args)
    if words and words[0] in HELP_WORDS:
        typer.echo(ctx.get_help())
        raise typer.Exit
    raise typer.Exit(open_shell(session, words, service=service))


def split_service(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """Tell the choice of a database, which only may come first, from the client's own arguments.

    Raises:
        UsageError: The choice has no name.
    """
    words = list(arguments)
    first = words[0] if words else ""
    option, _, value = first.partition("=")
    if option == "--":
        return "", words[1:]
    if option not in {"--service", "--database"}:
        return "", words
    if value:
        return value, words[1:]
    if len(words) < 2:  # noqa: PLR2004 - the option and its value
        raise UsageError(f"{option} needs the name of a database.")
    return words[1], words[2:]


def refuse_terminal(session: Session, *, is_binary: bool) -> None:
    """Refuse to write data where a person or a program wants something else.

    Raises:
        UsageError: stdout is for other things.
    """
    if session.json:
        raise UsageError("With --json stdout carries events: give the dump a file.")
    if is_binary and sys.stdout.isatty():
        raise UsageError(
            "Such a dump is nothing for a terminal.", hint="Give it a file, or pipe it on."
        )
