"""What ``devkit up`` does with its options; apart from Typer, which takes 0.2 s to load."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from devkit.errors import PortTakenError

if TYPE_CHECKING:
    from devkit.cli.session import Session
    from devkit.cli.upview import UpView
    from devkit.cli.watchloop import WatchLoop
    from devkit.compose.local import RunningContainer
    from devkit.engine.image_inputs import ImageState
    from devkit.engine.local_stack import LocalStack

BROKEN_FROM = 400
PORTS_LOST = 3
"""How often another port is chosen because somebody took the one before."""


def start(
    session: Session,
    *,
    build: bool = False,
    no_cache: bool = False,
    attach: bool = False,
    watch: bool = False,
    host: str | None = None,
    no_host: bool = False,
    allow_host_access: bool = False,
) -> None:
    """Start the project as the options of ``devkit up`` say.

    Raises:
        UsageError: They do not go together.
        DevkitError: As ``bring_up`` does.
    """
    from devkit.cli.finishing import finish  # noqa: PLC0415
    from devkit.cli.hosts import hosted, wanted_host  # noqa: PLC0415
    from devkit.cli.interrupts import run_interruptible  # noqa: PLC0415
    from devkit.cli.local import fresh_stack  # noqa: PLC0415
    from devkit.cli.upview import UpView  # noqa: PLC0415
    from devkit.errors import UsageError  # noqa: PLC0415

    if watch and attach:
        raise UsageError(
            "--watch and --attach do not go together.", hint="`devkit logs` beside it."
        )
    asked = wanted_host(host, no_host=no_host)
    with (
        fresh_stack(session, allow_host_access=allow_host_access, host=asked) as found,
        hosted(session, found, asked=asked) as stack,
        UpView(session, project=stack.name) as view,
    ):
        loop = _watch_loop(session, stack) if watch else None
        addresses = run_interruptible(
            lambda: bring_up(session, stack, view, build=build or no_cache, no_cache=no_cache),
            remover="devkit down",
        )
    tell_up(session, stack, addresses, view.seconds)
    if loop is not None:
        from devkit.cli.watch import follow, moved  # noqa: PLC0415 - Typer's, and watchdog's

        moved(session, loop, stack, addresses)
        follow(loop)
    if attach:
        _follow(session, stack)
    finish(session)


def _watch_loop(session: Session, stack: LocalStack) -> WatchLoop:
    from devkit.cli.watch import watch_loop  # noqa: PLC0415 - Typer's, and watchdog's

    return watch_loop(session, stack)


async def bring_up(
    session: Session, stack: LocalStack, view: UpView, *, build: bool, no_cache: bool
) -> tuple[str, ...]:
    """Start everything and wait for an answer.

    Returns:
        The addresses, that of its own host second; none where nobody knows them.

    Raises:
        DevkitError: As devkit.engine.local_up says.
    """
    import asyncio  # noqa: PLC0415 - `devkit --help` imports this module

    from devkit.cli.hosts import route  # noqa: PLC0415
    from devkit.engine import local_up  # noqa: PLC0415
    from devkit.engine.local_undo import undone_when_interrupted  # noqa: PLC0415

    environment = session.environment
    if build:
        await local_up.build(stack, environment=environment, on_line=view.line, no_cache=no_cache)
        stack = replace(stack, containers=None)  # it took a while
    async with undone_when_interrupted(stack, environment):
        ready, stack = await _started(session, stack, view)
        for container in ready:
            if container.service != stack.web or stack.publish is None:
                view.ready(container.service or container.name, _state(container))
        looking = asyncio.create_task(local_up.image_state(stack, ready, environment))
        if stack.publish is None:
            _tell_image(session, await looking)
            return ()
        verdict = await local_up.answer(stack, stack.publish)
        ended = await local_up.ended_workers(stack, environment)
    view.service(stack.web, f"answers {verdict.status}", verdict.seconds)
    for sentence in ended:
        session.warn(sentence)
    _tell_image(session, await looking)
    if verdict.status and verdict.status >= BROKEN_FROM:
        from devkit.cli.upadvice import tell_error  # noqa: PLC0415 - only after such an answer

        await asyncio.to_thread(tell_error, session, stack, verdict.status)
    web = next((each.name for each in ready if each.service == stack.web), "")
    at_host = await route(session, stack, web)
    return (f"http://127.0.0.1:{stack.publish}/", *filter(None, [at_host]))


def _state(container: RunningContainer) -> str:
    """Its state, and where it can be looked at: a catcher of mails has a page."""
    is_mail = container.service.startswith("mail_")
    ports = sorted(container.ports) if is_mail else ()
    pages = (f"http://127.0.0.1:{port}/" for port in ports)
    return ", ".join((container.state, *pages))


def _tell_image(session: Session, state: ImageState | None) -> None:
    if state is not None and state.sentence:
        session.warn(state.sentence)


async def _started(
    session: Session, stack: LocalStack, view: UpView
) -> tuple[tuple[RunningContainer, ...], LocalStack]:
    """Start the services; at another port where somebody was quicker at ours."""
    import asyncio  # noqa: PLC0415 - `devkit --help` imports this module

    from devkit.engine import local_up  # noqa: PLC0415
    from devkit.engine.local_stack import at_another_port  # noqa: PLC0415

    environment = session.environment
    for _ in range(PORTS_LOST):
        try:
            ready = await local_up.start(stack, environment=environment, on_line=view.line)
        except PortTakenError as taken:
            # It may as well be a port of the person's own override file.
            if stack.settings is None or not taken.names(stack.settings.publish):
                raise
            stack = await asyncio.to_thread(at_another_port, stack, environment)
            for note in stack.notes:
                session.say(note)
        else:
            return ready, stack
    return await local_up.start(stack, environment=environment, on_line=view.line), stack


def tell_up(
    session: Session, stack: LocalStack, addresses: tuple[str, ...], seconds: float
) -> None:
    """Tell that the project is up."""
    if session.json:
        import json  # noqa: PLC0415 - `devkit --help` imports this module

        event = {"event": "up", "verdict": "passed", "project": stack.name}
        address, host = (*addresses, "", "")[:2]
        more = {"address": address, "host": host, "seconds": round(seconds, 3)}
        session.out(json.dumps({**event, **more}))
    where = f" at {' and '.join(addresses)}" if addresses else ""
    session.say(f"{stack.name} is up{where} ({seconds:.1f} s)")


def _follow(session: Session, stack: LocalStack) -> None:
    from devkit.compose.words import compose, logs  # noqa: PLC0415
    from devkit.engine.commands import foreground  # noqa: PLC0415

    where, aside = stack.root, session.json
    try:
        follow = logs(stack.compose, ["--follow", "--tail", "20"], ())
        foreground(follow, cwd=where, env=session.environment, aside=aside)
    finally:
        session.say("Stopping the services ...")
        stop = compose(stack.compose, "stop")
        foreground(stop, cwd=where, env=session.environment, aside=aside)
