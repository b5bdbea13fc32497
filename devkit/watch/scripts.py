"""Commands that name a script of package.json, with what the script runs put in its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEEPEST = 5
_LONGEST = 4000
_LONGEST_SCRIPT = 1000
_RUNS = re.compile(
    r"""(?<![\w-])
        (?: (?:npm|pnpm|yarn|bun) (?:\s+(?:-s|--silent))* \s+ (?:run|run-script)
              (?:\s+(?:-s|--silent))* \s+ (?P<named>[\w:.-]+)
          | npm (?:\s+(?:-s|--silent))* \s+ (?P<lifecycle>start)
          | (?:yarn|pnpm) (?:\s+(?:-s|--silent))* \s+ (?P<short>[\w:.-]+)
        ) (?![\w:./-])""",
    re.VERBOSE,
)
_OWN = frozenset({"add", "create", "dlx", "exec", "init", "install", "node", "run", "x"})
"""Words after yarn and pnpm that are theirs, whatever the scripts are called."""
_ELSEWHERE = re.compile(
    r"(?<![\w./:=-])(?:cd|pushd|-C|-F|-w|-r|--(?:prefix|dir|cwd|filter|workspaces?|recursive))(?![\w-])"
)
"""What has another package's scripts run."""


def names_script(command: str) -> bool:
    """Whether a command runs a script of package.json, as far as its words tell."""
    return _RUNS.search(command) is not None


def resolved(command: str, scripts: Mapping[str, str]) -> str:
    """A command, with the scripts that it names, and those that they name, put in.

    Args:
        command: What a container runs, as one text.
        scripts: Those of the package.json of its working directory.
    """
    for _ in range(_DEEPEST):
        if _ELSEWHERE.search(command) or len(command) > _LONGEST:
            break
        command = _RUNS.sub(lambda match: _script(match, scripts), command)
    return command


def _script(match: re.Match[str], scripts: Mapping[str, str]) -> str:
    name = match["named"] or match["lifecycle"] or match["short"]
    text = scripts.get(name, "")
    is_script = text and len(text) <= _LONGEST_SCRIPT and match["short"] not in _OWN
    return text if is_script else match[0]
