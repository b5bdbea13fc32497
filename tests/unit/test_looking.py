from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from devkit.compose.looking import StandingRun, look_into
from devkit.ports import Container

if TYPE_CHECKING:
    from collections.abc import Sequence

COMPOSE = "docker compose -p devkit-verify-1 -f '/tmp/a b/compose.json'"


def looks(*containers: Container, web: str = "web", databases: Sequence[str] = ()) -> list[str]:
    return list(
        look_into(
            StandingRun(
                name="devkit-verify-1",
                document="/tmp/a b/compose.json",
                clone="/tmp/a b/clone-web",
                web=web,
                databases=databases,
                containers=containers,
            )
        )
    )


def test_each_container_is_looked_into_as_it_is() -> None:
    told = looks(
        Container(id="1", name="database_default-1"),
        Container(id="2", name="proxy-1", running=False),
        Container(id="3", name="web-1"),
        Container(id="4", name="web-2", running=False, exit_code=1),
        databases=["database_default"],
    )

    assert told == [
        f"{COMPOSE} ps --all",
        "docker exec -it devkit-verify-1-database_default-1 psql -U postgres db",
        "docker logs devkit-verify-1-web-1",
        "docker exec -it devkit-verify-1-web-1 sh",
        "docker logs devkit-verify-1-web-2",
        f"{COMPOSE} run --rm --no-deps web sh",
        "cd '/tmp/a b/clone-web'",
    ]
    assert shlex.split(told[-1]) == ["cd", "/tmp/a b/clone-web"]


def test_without_an_image_there_is_no_shell_in_it() -> None:
    gone = Container(id="1", name="database_default-1", running=False, exit_code=1)

    told = looks(gone, web="", databases=["database_default"])

    assert told == [
        f"{COMPOSE} ps --all",
        "docker logs devkit-verify-1-database_default-1",
        "cd '/tmp/a b/clone-web'",
    ]
