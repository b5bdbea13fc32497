"""``devkit restart``, ``stop`` and ``start``: the containers that are there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from devkit.cli.completing import complete_service

if TYPE_CHECKING:
    from devkit.cli.session import Session
    from devkit.cli.upview import UpView
    from devkit.engine.local_stack import LocalStack

Services = Annotated[
    list[str] | None, typer.Argument(metavar="SERVICE", autocompletion=complete_service)
]


def restart(ctx: typer.Context, services: Services = None) -> None:
    """Restart the services, or those named, and wait until they are ready again.

    With the settings that their containers were made with: `devkit up` applies new ones.
    """
    _begin(ctx.obj, "restart", services or [])


def start(ctx: typer.Context, services: Services = None) -> None:
    """Start the services that were stopped, or those named, and wait until they are ready."""
    _begin(ctx.obj, "start", services or [])


def stop(ctx: typer.Context, services: Services = None) -> None:
    """Stop the services, or those named; their containers stay."""
    from devkit.cli.finishing import finish  # noqa: PLC0415 - `--help` imports this module
    from devkit.cli.local import compose_code  # noqa: PLC0415 - the same
    from devkit.cli.services import compose_names, started_stack  # noqa: PLC0415 - the same
    from devkit.compose.words import services_do  # noqa: PLC0415 - the same
    from devkit.engine.locks import stopping_lock  # noqa: PLC0415 - the same
    from devkit.errors import CouldNotFindOutError  # noqa: PLC0415 - the same

    session: Session = ctx.obj
    stack = started_stack(session)
    services = compose_names(stack, services or ())
    command = services_do(stack.compose, "stop", services)
    with stopping_lock(stack.root):
        code = compose_code(session, stack, command, aside=session.json)
    if code != 0:
        raise CouldNotFindOutError("docker compose could not stop the services.")
    session.say(f"{', '.join(services or [stack.name])}: stopped; `devkit start` goes on.")
    finish(session)


def _begin(session: Session, verb: str, services: list[str]) -> None:
    from devkit.cli.interrupts import run_interruptible  # noqa: PLC0415
    from devkit.cli.local import settled_stack  # noqa: PLC0415
    from devkit.cli.services import compose_names, started_stack  # noqa: PLC0415
    from devkit.cli.upview import UpView  # noqa: PLC0415
    from devkit.engine.locks import project_lock  # noqa: PLC0415

    services = compose_names(started_stack(session), services)
    with project_lock(session.root.resolve()):
        stack = settled_stack(session)
        with UpView(session, project=stack.name) as view:
            run_interruptible(
                lambda: _wait(session, stack, view, verb=verb, services=services),
                remover="devkit down",
            )
    if session.json:
        event = {"event": verb, "verdict": "passed", "seconds": round(view.seconds, 3)}
        session.out(json.dumps(event))


async def _wait(
    session: Session, stack: LocalStack, view: UpView, *, verb: str, services: list[str]
) -> None:
    """Have docker compose do it, and tell of each service when it is ready.

    Raises:
        ServicesError: A service does not become ready.
        GateError: web does not answer.
        CouldNotFindOutError: The engine gives no answer.
    """
    from devkit.engine import local_up  # noqa: PLC0415

    environment = session.environment
    await local_up.begin(stack, verb, services, environment=environment, on_line=view.line)
    wanted = await local_up.until_ready(stack, environment, services=services)
    for each in wanted:
        if each.service != stack.web or stack.publish is None:
            view.ready(each.service, each.state)
    if stack.publish is not None and any(each.service == stack.web for each in wanted):
        verdict = await local_up.answer(stack, stack.publish)
        view.service(stack.web, f"answers {verdict.status}", verdict.seconds)
