"""What ``devkit status`` shows: address, services, image, environments and HEAD.

Without Typer, whose import takes longer than the question.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from devkit.cli.local import found_stack
from devkit.cli.statusfacts import address_of, head_of, image_fields, image_of
from devkit.compose.words import processes
from devkit.engine.commands import ask
from devkit.engine.messages import engine_error

if TYPE_CHECKING:
    from devkit.cli.deploystatus import Standing
    from devkit.cli.session import Session
    from devkit.cli.statusfacts import Head
    from devkit.engine.local_found import FoundStack


def show_status(session: Session) -> None:
    """Show it.

    Raises:
        ConfigurationError: The compose file, or without one devkit.yaml, cannot be followed.
        CouldNotFindOutError: The engine does not answer.
    """
    stack = found_stack(session)
    services = _services(session, stack) if stack else []
    environments = _environments(session)
    head = head_of(session)
    if session.json:
        _show_json(session, stack, services, environments, head)
        return
    if stack is not None:
        _show(session, stack, services)
    for each in environments:
        from devkit.cli.deploystatus import summary  # noqa: PLC0415 - it has been imported

        session.out(summary(each))
    if head is not None:
        session.out(head.line)


def _show_json(
    session: Session,
    stack: FoundStack | None,
    services: list[dict[str, str]],
    environments: tuple[Standing, ...],
    head: Head | None,
) -> None:
    event = {
        "event": "status",
        "project": stack.name if stack else None,
        "services": services,
        "address": address_of(stack) if stack else "",
        "image": image_fields(image_of(session, stack)) if stack else None,
        "environments": [asdict(each) for each in environments],
        "head": head.fields if head else None,
    }
    session.out(json.dumps(event))


def _services(session: Session, stack: FoundStack) -> list[dict[str, str]]:
    """The containers as docker compose shows them.

    Raises:
        CouldNotFindOutError: The engine does not answer.
    """
    done = ask(processes(stack.compose), cwd=stack.root, env=session.environment)
    if not done.ok:
        raise engine_error(done.output)
    return [_service(entry) for entry in parse_processes(done.output)]


def _environments(session: Session) -> tuple[Standing, ...]:
    """The environments that stand; `devkit deploy status` tells all of them."""
    if not (session.root / ".devkit" / "environments").is_dir():
        return ()
    from devkit.cli.deploystatus import standing_environments  # noqa: PLC0415 - pydantic

    return standing_environments(session, ("test", "live"))


def parse_processes(output: str) -> list[dict[str, Any]]:
    """Read ``docker compose ps --format json``: an array before Compose 2.21, lines since."""
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
        "status": str(entry.get("Status", "")),
        "image": str(entry.get("Image", "")),
        "address": ", ".join(sorted(addresses)),
    }


def _show(session: Session, stack: FoundStack, services: list[dict[str, str]]) -> None:
    if not services:
        session.say(f"{stack.name} is down; `devkit up` starts it.")
        return
    address = address_of(stack)
    if address:
        session.out(f"{stack.name} is up at {address}")
    shown = ("service", "status", "image", "address")
    for row in rows([{name: each[name] for name in shown} for each in services]):
        session.out(row)
    image = image_of(session, stack)
    if image is not None:
        session.out(image.sentence or image.up_to_date)


def rows(services: list[dict[str, str]]) -> list[str]:
    """The services in columns, under a line of headings."""
    headings = {name: name for name in services[0]}
    table = [headings, *services]
    widths = {name: max(len(row[name]) for row in table) for name in headings}
    return ["  ".join(row[n].ljust(widths[n]) for n in headings).rstrip() for row in table]
