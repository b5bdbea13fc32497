"""Commands on services that are up, beside a docker that a test scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functional.programs import devkit, scripted_docker
from tests.shop import made, shop

if TYPE_CHECKING:
    from pathlib import Path

LISTED = "shop-{0}-1\\tshop\\t{1}\\t{0}\\t\\tUp 2 minutes\\tid-{0}\\tFalse\\t\\n"
ENDS = """\
case $* in
*'sh -c'*) exit {looking} ;;
exec*) exit {code} ;;
esac
"""


def up(tmp_path: Path, script: str, *services: str) -> dict[str, str]:
    """A project whose services are up; what finds its docker."""
    root = shop(tmp_path)
    made(root)
    lines = "".join(LISTED.format(each, root) for each in services)
    listing = f"case $1 in ps) printf '{lines}'; exit;; esac\n"
    return {"PATH": scripted_docker(tmp_path / "bin", listing + script)}


@pytest.mark.parametrize(
    ("code", "looking", "ended"),
    [
        (126, 3, 127),  # the engine's 126 for what is not there
        (127, 3, 127),
        (126, 0, 126),  # there, and no program, or its own exit code
        (126, 126, 126),  # no sh, that cannot look
        (3, 3, 3),
    ],
)
def test_a_program_that_is_not_there_ends_exec_with_127(
    code: int, looking: int, ended: int, tmp_path: Path
) -> None:
    docker = up(tmp_path, ENDS.format(code=code, looking=looking), "web")
    done = devkit("exec", "nosuch", cwd=tmp_path / "shop", **docker)
    assert done.returncode == ended, done.stderr
    assert ("`nosuch`, or a command that it runs, is not in the image" in done.stderr) == (
        ended == 127
    )


ECHO = 'echo "docker $*"\n'


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["logs", "database", "queue"], "database_default worker_queue"),
        (["logs", "database_reporting", "web"], "database_reporting web"),
        (["exec", "-s", "database", "psql"], "id-database_default psql"),
        (["shell", "queue"], "id-worker_queue sh"),
        (["stop", "database"], "stop database_default"),
    ],
)
def test_services_go_by_their_names_in_devkit_yaml_too(
    words: list[str], told: str, tmp_path: Path
) -> None:
    services = ("web", "database_default", "database_reporting", "worker_queue")
    docker = up(tmp_path, ECHO, *services)
    done = devkit(*words, cwd=tmp_path / "shop", **docker)
    assert done.returncode == 0, done.stderr
    assert told in done.stdout


@pytest.mark.parametrize("words", [["logs", "cache"], ["stop", "cache"], ["restart", "cache"]])
def test_an_unknown_service_is_refused(words: list[str], tmp_path: Path) -> None:
    docker = up(tmp_path, ECHO, "web")
    done = devkit(*words, cwd=tmp_path / "shop", **docker)
    assert done.returncode == 2
    assert "There is no service `cache`." in done.stderr
    assert "database_default, web" in done.stderr


def test_a_service_of_exactly_that_name_is_the_one(tmp_path: Path) -> None:
    docker = up(tmp_path, ECHO, "web", "database", "database_default")
    done = devkit("logs", "database", cwd=tmp_path / "shop", **docker)
    assert done.stdout.endswith("logs database\n")
