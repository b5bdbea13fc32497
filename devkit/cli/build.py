"""``devkit build``: build the local image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from devkit.cli.session import Session


def build(
    ctx: typer.Context,
    *,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Build every layer anew, as the cloud does.")
    ] = False,
    pull: Annotated[
        bool, typer.Option("--pull", help="Ask the registry for newer base images.")
    ] = False,
) -> None:
    """Build the image of the working tree for local use."""
    from devkit.cli.finishing import finish  # noqa: PLC0415
    from devkit.cli.interrupts import run_interruptible  # noqa: PLC0415
    from devkit.cli.local import fresh_stack  # noqa: PLC0415
    from devkit.cli.upview import UpView  # noqa: PLC0415
    from devkit.engine import local_up  # noqa: PLC0415

    session: Session = ctx.obj
    with fresh_stack(session) as stack, UpView(session, project=stack.name) as view:
        run_interruptible(
            lambda: local_up.build(
                stack,
                environment=session.environment,
                on_line=view.line,
                no_cache=no_cache,
                pull=pull,
            ),
            remover="devkit down",
        )
    session.say(f"Built in {view.seconds:.1f} s.")
    finish(session)
