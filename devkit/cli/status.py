"""``devkit status``: what runs of the local project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer  # noqa: TC002 - Typer reads the annotations

if TYPE_CHECKING:
    from devkit.cli.session import Session
    from devkit.engine.local_found import FoundStack


def status(ctx: typer.Context) -> None:
    """Show the project's services, their states and addresses."""
    import json  # noqa: PLC0415 - `devkit --help` imports this module

    from devkit.cli.local import found_stack  # noqa: PLC0415
    from devkit.compose.words import processes  # noqa: PLC0415
    from devkit.engine.commands import ask  # noqa: PLC0415
    from devkit.engine.messages import engine_error  # noqa: PLC0415

    session: Session = ctx.obj
    stack = found_stack(session)
    if stack is None:
        if session.json:
            session.out(json.dumps({"event": "status", "project": None, "services": []}))
        _show_environments(session)
        return
    done = ask(processes(stack.compose), cwd=stack.root, env=session.environment)
    if not done.ok:
        raise engine_error(done.output)
    services = [_service(entry) for entry in parse_processes(done.output)]
    if session.json:
        session.out(json.dumps({"event": "status", "project": stack.name, "services": services}))
    else:
        _show(session, stack, services)
    _show_environments(session)


def _show_environments(session: Session) -> None:
    """One line on each environment that stands, for a person; `devkit deploy status` tells all."""
    folder = session.root / ".devkit" / "environments"
    if session.json or not folder.is_dir():
        return
    from devkit.cli.deploystatus import standing_environments, summary  # noqa: PLC0415 - pydantic

    for each in standing_environments(session, ("test", "live")):
        session.out(summary(each))


def parse_processes(output: str) -> list[dict[str, Any]]:
    """Read ``docker compose ps --format json``: an array before Compose 2.21, lines since."""
    import json  # noqa: PLC0415

    if output.lstrip().startswith("["):
        entries: list[dict[str, Any]] = json.loads(output)
        return entries
    return [json.loads(line) for line in output.splitlines()]


def _service(entry: dict[str, Any]) -> dict[str, str]:
    addresses = {
        f"http://{each['URL'] or '127.0.0.1'}:{each['PublishedPort']}/"
        for each in entry.get("Publishers") or []
        if each.get("PublishedPort")
    }
    return {
        "service": str(entry["Service"]),
        "state": str(entry["State"]),
        "health": str(entry.get("Health", "")),
        "image": str(entry.get("Image", "")),
        "address": ", ".join(sorted(addresses)),
    }


def _show(session: Session, stack: FoundStack, services: list[dict[str, str]]) -> None:
    if not services:
        session.say(f"{stack.name} is down; `devkit up` starts it.")
        return
    for row in rows(services):
        session.out(row)


def rows(services: list[dict[str, str]]) -> list[str]:
    """The services in columns, under a line of headings."""
    headings = {name: name for name in services[0]}
    table = [headings, *services]
    widths = {name: max(len(row[name]) for row in table) for name in headings}
    return ["  ".join(row[n].ljust(widths[n]) for n in headings).rstrip() for row in table]
