"""What a local environment serves, asked as a visitor would, for the tests of ``devkit deploy``."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.e2e.apps import NAME
from tests.e2e.interruptions import Place
from tests.e2e.machine import docker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.machine import Workspace

KEPT = "what a visitor left"
TELLS = """
        import os
        kept = open("/data/kept").read().strip() if os.path.exists("/data/kept") else ""
        body = f"{os.environ.get('GIT_COMMIT')} {kept}".encode()
"""
"""In a server's answer: its commit, and what is in the environment's storage."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """What an environment serves.

    Attributes:
        project: Its Compose project.
        run: The run label of the containers that its state names.
        container: The name of the one.
        page: What the page says.
        sha: The commit that the state names.
        containers: Everything of the environment, with its state.
        images: The tags of its images.
        note: What the state says of a deployment that is not finished.
    """

    project: str
    run: str
    container: str
    page: str
    sha: str
    containers: tuple[str, ...]
    images: tuple[str, ...]
    note: str


def served(workspace: Workspace, environment: str = "test") -> Served:
    """Look at an environment that has served before."""
    path = workspace.path / ".devkit" / "environments" / environment / "state.json"
    state = json.loads(path.read_text(encoding="utf-8"))
    project, live = str(state["project"]), state["live"]
    label = ("--filter", f"label=io.devkit.environment={project}")
    listed = docker("ps", "--all", "--format", "{{.Names}} {{.State}}", *label).splitlines()
    of_run = ("--filter", f"label=io.devkit.run={live['run']}")
    reference = f"reference=devkit/{NAME}:{environment}-{project.rpartition('-')[2]}-*"
    with urllib.request.urlopen(f"http://127.0.0.1:{state['publish']}/", timeout=10) as answer:
        page = answer.read().decode().strip()
    return Served(
        project=project,
        run=live["run"],
        container=docker("ps", "--format", "{{.Names}}", *of_run),
        page=page,
        sha=live["sha"],
        containers=tuple(sorted(listed)),
        images=tuple(docker("image", "ls", "--format", "{{.Tag}}", "--filter", reference).split()),
        note=f"{state['under_way'] or ''}{state['replaced'] or ''}{state['failed'] or ''}",
    )


def wrong_with(workspace: Workspace, before: Served, now: Served, place: Place) -> Iterator[str]:
    """What is not as it has to be after a deployment was cut short, in sentences."""
    if now.run != before.run and place is not Place.SWITCH:
        yield f"{before.container} is replaced, and the deployment never came to the switch"
    if now.run == before.run and now != before:
        yield f"not as before: {before} and {now}"
    if now.page != f"{now.sha} {KEPT}":
        yield f"the page is not that of the state: {now.page!r}, {now.sha}"
    wanted = {f"{now.project}-{name}" for name in ("proxy-1", "database_default-1")}
    if set(now.containers) != {f"{name} running" for name in (*wanted, now.container)}:
        yield f"containers: {now.containers}"
    if len(now.images) != 1:
        yield f"images: {now.images}"
    if now.note:
        yield f"the state is not at rest: {now.note}"
    if workspace.git("status", "--porcelain"):
        yield "the working tree has changed"
