"""``devkit open``: the project in a browser."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from devkit.errors import CouldNotFindOutError, UsageError

if TYPE_CHECKING:
    from devkit.cli.session import Session
    from devkit.engine.local_found import FoundStack


def open_(
    ctx: typer.Context,
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="A page, such as admin/.", show_default=False)
    ] = "/",
    *,
    print_: Annotated[bool, typer.Option("--print", help="Only print the address.")] = False,
) -> None:
    """Open the project's page in the browser; print its address where there is none."""
    from devkit.cli.services import started_stack  # noqa: PLC0415 - `--help` imports this module
    from devkit.engine.browser import open_in_browser  # noqa: PLC0415 - the same

    session: Session = ctx.obj
    address = page_address(started_stack(session), path)
    wanted = not print_ and not session.json and sys.stdout.isatty()
    opened = wanted and open_in_browser(address)
    if session.json:
        import json  # noqa: PLC0415 - for a program only

        session.out(json.dumps({"event": "open", "verdict": "passed", "address": address}))
    elif opened:
        session.say(f"Opened {address}")
    else:
        session.out(address)


def page_address(stack: FoundStack, path: str) -> str:
    """The address of a page of the project that is up.

    Raises:
        UsageError: The path is a whole address.
        CouldNotFindOutError: It is down, or publishes no port.
    """
    if "://" in path.partition("?")[0]:
        raise UsageError(
            f"{path} is a whole address; `devkit open` takes a path of the project's own page.",
            hint="Such as: devkit open /admin/",
        )
    from urllib.parse import quote  # noqa: PLC0415 - `devkit --help` imports this module

    from devkit.cli.services import running_container  # noqa: PLC0415 - the same
    from devkit.engine.local_files import host_address  # noqa: PLC0415 - the same

    web = stack.find_web()
    port = stack.published_port(running_container(stack, web))
    if port is None:
        raise CouldNotFindOutError(
            f"{web} of {stack.name} publishes no port, so that no browser reaches it.",
            hint="Name one under `ports:` in the compose file.",
        )
    base = host_address(stack.root, name=stack.name) or f"http://127.0.0.1:{port}/"
    return f"{base}{quote(path.lstrip('/'), safe='/?&=#%+,;:@!$()*~')}"
