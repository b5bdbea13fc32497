from __future__ import annotations

import pytest

from devkit.cli.arguments import hoist


@pytest.mark.parametrize(
    ("given", "hoisted"),
    [
        (["verify", "--json"], ["--json", "verify"]),
        (["verify", "HEAD~1", "--project", "x", "--cached"],
         ["--project", "x", "verify", "HEAD~1", "--cached"]),
        (["verify", "--project=x"], ["--project=x", "verify"]),
        (["--quiet", "up", "--verbose"], ["--quiet", "--verbose", "up"]),
        (["run", "manage.py", "--json", "--project", "x"],
         ["run", "manage.py", "--json", "--project", "x"]),
        (["--json", "run", "--quiet"], ["--json", "run", "--quiet"]),
        (["--json", "push", "--quiet", "--project"], ["--json", "push", "--quiet", "--project"]),
        (["hook", "run", "origin", "--json"], ["--json", "hook", "run", "origin"]),
        (["db", "shell", "--quiet", "--json"], ["db", "shell", "--quiet", "--json"]),
        (["--json", "db", "dump", "--quiet"], ["--json", "--quiet", "db", "dump"]),
        (["verify", "--", "--json"], ["verify", "--", "--json"]),
        (["verify", "--project"], ["--project", "verify"]),
        ([], []),
    ],
)  # fmt: skip
def test_common_options_may_stand_anywhere(given: list[str], hoisted: list[str]) -> None:
    assert hoist(given) == hoisted
