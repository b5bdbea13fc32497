"""``devkit deploy``: local test and live environments that stay, switched without downtime."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from devkit.errors import UsageError

if TYPE_CHECKING:
    from devkit.cli.session import Session
    from devkit.engine.environment_files import Deployed, EnvironmentFolder

NAMES = ("test", "live")

app = typer.Typer(
    help="Local test and live environments that stay, switched without downtime.",
    no_args_is_help=True,
)

Revision = Annotated[
    str | None,
    typer.Argument(metavar="REV", help="The commit to deploy; default: HEAD, all committed."),
]
Rebuild = Annotated[
    bool, typer.Option("--rebuild", help="Build the image even where the cloud would not.")
]
MirrorOf = Annotated[
    Path | None,
    typer.Option(
        "--mirror-of", metavar="DIR", help="Use the image of the project in DIR, and build none."
    ),
]
Which = Annotated[str, typer.Argument(metavar="test|live", help="The environment.")]


@app.command(name="test")
def to_test(
    ctx: typer.Context,
    revision: Revision = None,
    *,
    rebuild: Rebuild = False,
    mirror_of: MirrorOf = None,
) -> None:
    """Deploy a commit to the local test environment.

    All of the cloud's steps, on services whose data are kept; requests move to the new
    containers when each of them answers, and none is lost. Where a step fails, the containers
    before serve on.
    """
    _deploy(ctx, "test", revision, rebuild=rebuild, mirror_of=mirror_of)


@app.command(name="live")
def to_live(
    ctx: typer.Context,
    revision: Revision = None,
    *,
    rebuild: Rebuild = False,
    mirror_of: MirrorOf = None,
) -> None:
    """Deploy a commit to the local live environment; see `devkit deploy test`.

    The image that was built for test is used again where the branch has no new commit since.
    """
    _deploy(ctx, "live", revision, rebuild=rebuild, mirror_of=mirror_of)


@app.command()
def history(
    ctx: typer.Context,
    environment: Annotated[
        str, typer.Argument(metavar="test|live", help="Of one environment alone.")
    ] = "",
) -> None:
    """List what was deployed, the latest last."""
    session: Session = ctx.obj
    names = (_known(environment),) if environment else NAMES
    lines = sorted(
        (line for name in names for line in _folder(session, name).history()),
        key=lambda line: line.began_at,
    )
    if session.json:
        for line in lines:
            session.out(f'{{"event": "deployed", {line.model_dump_json()[1:]}')
    elif not lines:
        session.say("Nothing was deployed here yet; `devkit deploy test` does.")
    else:
        for line in lines:
            session.out(_told(line))


@app.command()
def stop(
    ctx: typer.Context,
    environment: Which,
    *,
    volumes: Annotated[
        bool, typer.Option("--volumes", help="Remove its data, too; asks first.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Stop an environment and remove its containers; its data are kept."""
    from devkit.cli.asking import agree_to_delete  # noqa: PLC0415
    from devkit.cli.finishing import finish  # noqa: PLC0415
    from devkit.cli.interrupts import run_interruptible  # noqa: PLC0415
    from devkit.cli.reaping import reap_runs  # noqa: PLC0415
    from devkit.engine.environment_stop import stop_environment  # noqa: PLC0415
    from devkit.engine.locks import environment_lock  # noqa: PLC0415

    session: Session = ctx.obj
    folder = _folder(session, _known(environment))
    if volumes and not yes:
        unasked = f"devkit deploy stop {environment} --volumes --yes"
        agree_to_delete("data", of=environment, unasked=unasked)
    reap_runs(session)
    there = folder.path.is_dir()
    with environment_lock(session.root, folder.path) if there else contextlib.nullcontext():
        was_there = run_interruptible(
            lambda: stop_environment(folder, session.environment, volumes=volumes),
            remover=f"devkit deploy stop {environment}",
        )
    kept = "its data are gone" if volumes else "its data are kept"
    session.say(
        f"{environment} is stopped; {kept}."
        if was_there
        else f"There is no {environment} environment here."
    )
    finish(session)


@app.command()
def status(
    ctx: typer.Context,
    environment: Annotated[
        str, typer.Argument(metavar="test|live", help="Of one environment alone.")
    ] = "",
) -> None:
    """Show what serves: the commit, since when, the address and the containers."""
    from devkit.cli.deploystatus import show_environments  # noqa: PLC0415 - pydantic

    show_environments(ctx.obj, (_known(environment),) if environment else NAMES)


def _deploy(
    ctx: typer.Context, name: str, revision: str | None, *, rebuild: bool, mirror_of: Path | None
) -> None:
    from devkit.cli.deploying import deploy_code  # noqa: PLC0415 - 0.2 s

    code = deploy_code(ctx.obj, name, revision, rebuild=rebuild, mirror_of=mirror_of)
    raise typer.Exit(code)


def _known(environment: str) -> str:
    if environment not in NAMES:
        raise UsageError(
            f"There is no environment {environment!r}.", hint="It is either test or live."
        )
    return environment


def _folder(session: Session, name: str) -> EnvironmentFolder:
    from devkit.engine.environment_files import EnvironmentFolder  # noqa: PLC0415 - pydantic

    return EnvironmentFolder(root=session.root, name=name)


def _told(line: Deployed) -> str:
    when = line.began_at.astimezone().strftime("%Y-%m-%d %H:%M")
    how = line.reused or ("built" if line.image_id else "")
    record = f" ({line.record})" if line.record else ""
    end = "" if line.verdict == "passed" else f": {line.message}{record}"
    return (
        f"{when}  {line.environment:4} {line.number:3}  {line.sha[:12]}  {line.verdict}"
        f" in {line.seconds:.0f} s{f', {how}' if how else ''}{end}"
    )
