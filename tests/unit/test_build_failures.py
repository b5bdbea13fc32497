"""Why a build failed: for what the Dockerfile does, or for what is missing here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from devkit.deployment.build import build_image
from devkit.errors import BuildError, CouldNotFindOutError, DevkitError
from devkit.ports import Completed
from tests.fakes.stage import FakeStage

if TYPE_CHECKING:
    from pathlib import Path

STEP = """\
#5 [2/2] RUN {command}
{output}
#5 ERROR: process "/bin/sh -c {command}" did not complete successfully: exit code: 1
------
ERROR: failed to solve: process "/bin/sh -c {command}" did not complete successfully: exit code: 1
"""
PIP = (
    "#5 0.801 WARNING: Retrying after connection broken by 'NewConnectionError('Failed to"
    " establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/x/\n"
    "#5 0.854 ERROR: No matching distribution found for x"
)
APT = (
    "#5 7.195 W: Failed to fetch http://deb.debian.org/x"
    "  Temporary failure resolving 'deb.debian.org'\n"
    "#5 7.225 E: Unable to locate package x"
)
# Real lines; the names and addresses are shortened.
HERE = [
    ("pip install x", PIP, "no network"),
    ("apt-get install x", APT, "no network"),
    ("npm ci", "#5 9.1 npm error code EAI_AGAIN", "no network"),
    ("dd of=x", "#5 0.322 dd: error writing 'x': No space left on device", "disk is full"),
    ("npm ci", "#5 9.1 npm error code ENOSPC", "disk is full"),
]
DATABASE = (
    '#5 1.2 psycopg.OperationalError: could not translate host name "database_default" to address:'
    " Temporary failure in name resolution"
)
MYSQL = (
    "#5 1.2 OperationalError: (2003, \"Can't connect to MySQL server on 'database_default'"
    ' ([Errno -3] Temporary failure in name resolution)")'
)
RECOVERED = (
    "#4 0.8 WARNING: Retrying after connection broken by 'Temporary failure in name resolution'\n"
    "#5 0.9 gcc: fatal error: no input files"
)
THERE = [
    ("pip install x", "#5 0.8 ERROR: No matching distribution found for x"),
    ("curl https://no.such", "#5 0.4 curl: (6) Could not resolve host: no.such"),
    ("python manage.py migrate", DATABASE),
    ("python manage.py migrate", MYSQL),
    ("gcc", RECOVERED),
    ("npm run build", "#5 9.1 ENOSPC: System limit for number of file watchers reached"),
    ("postgres", '#5 1.0 could not resize shared memory segment "x": No space left on device'),
]


def failure(tmp_path: Path, command: str, output: str) -> DevkitError:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    text = STEP.format(command=command, output=output)
    stage = FakeStage(built=Completed(returncode=1, output=text))
    with pytest.raises(DevkitError) as caught:
        asyncio.run(build_image(stage, tmp_path, on_line=lambda _: None))
    return caught.value


@pytest.mark.parametrize(("command", "output", "why"), HERE)
def test_what_is_missing_here_says_nothing_of_the_commit(
    command: str, output: str, why: str, tmp_path: Path
) -> None:
    failed = failure(tmp_path, command, output)
    assert isinstance(failed, CouldNotFindOutError)
    assert why in failed.message
    assert output.splitlines()[-1] in failed.details


@pytest.mark.parametrize(("command", "output"), THERE)
def test_what_would_fail_there_too(command: str, output: str, tmp_path: Path) -> None:
    assert isinstance(failure(tmp_path, command, output), BuildError)
