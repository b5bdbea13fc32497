"""What installers and build tools make, by how a RUN calls them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.dockerfile.calls import Call, calls, commands
from devkit.dockerfile.words import expand

if TYPE_CHECKING:
    from collections.abc import Mapping

_NODE = frozenset({
    "ci", "ic", "cit", "i", "in", "it", "install", "add", "update", "rebuild", "clean-install",
    "clean-install-test", "install-clean", "install-test", "install-ci-test",
})  # fmt: skip
_PROJECT = frozenset({"install", "sync", "update", "add"})
_INSTALLS = {
    "npm": _NODE,
    "pnpm": _NODE,
    "bun": _NODE,
    "yarn": frozenset({"install", "add", "upgrade"}),
    "composer": frozenset({"install", "i", "update", "require"}),
    "bundle": frozenset({"install", "update"}),
    "poetry": _PROJECT,
    "pipenv": _PROJECT,
    "pdm": _PROJECT,
    "uv": frozenset({"sync", "add", "run"}),
}
_BUILDS = {
    "npm": frozenset({"run", "run-script"}),
    "pnpm": frozenset({"run"}),
    "bun": frozenset({"run"}),
    "yarn": frozenset({"run", "workspace", "workspaces"}),
    "go": frozenset({"build"}),
    "cargo": frozenset({"build"}),
    "dotnet": frozenset({"build", "publish"}),
}
_INSTALLS_ELSEWHERE = {
    "pip": frozenset({"install", "wheel", "sync"}),
    "uv": frozenset({"pip"}),
    **dict.fromkeys(
        ("conda", "mamba", "micromamba"), frozenset({"install", "create", "update", "env"})
    ),
    "composer": frozenset({"dump-autoload", "dumpautoload"}),
    "gem": frozenset({"install"}),
    "go": frozenset({"mod", "build", "install", "get"}),
    "cargo": frozenset({"build", "install", "fetch"}),
    "dotnet": frozenset({"restore", "build", "publish"}),
    **dict.fromkeys(("apt", "apt-get", "dnf", "microdnf", "yum"), frozenset({"install"})),
    "apk": frozenset({"add"}),
}
_JAVA = frozenset({"mvn", "mvnw", "gradle", "gradlew"})
_WHATEVER_FOR = _JAVA | {"yarn", "corepack", "pip-sync"}
_BARE = frozenset({"yarn", "bundle"})
"""Programs that install where no verb says what else."""
_TOLD = frozenset({"-v", "--version", "-h", "--help"})
_PROGRAMS = frozenset({*_INSTALLS, *_BUILDS, *_INSTALLS_ELSEWHERE, *_WHATEVER_FOR})

_GLOBAL = re.compile(r"\s(?:-g|--global|--location=global)(?!\S)")
_ASSETS = re.compile(r"\bassets?(?::precompile|-map:compile)\b")
_BUNDLE_PATH = re.compile(r"\bpath[ =]+[\"']?([^\s\"'-][^\s\"']*)")
_TAKEN_BACK = re.compile(r"\bunset\b|--delete\b|\bfalse\b")
_VENV = re.compile(r"(?:^|[\s/\"'(])(?:-m\s+(?:venv|virtualenv)|uv\s+venv|virtualenv)(?=[\s)]|$)")
_WITH_VALUE = frozenset({"-p", "--python", "--prompt"})
_OFF = frozenset({"", "0", "false", "no", "off"})
_CONFIGURED = re.compile(
    r"\b(?:poetry|pdm)\s+config\s(?:.{0,200}\s)??(?P<key>\w+\.[\w-]+)\s+(?P<value>\w+)"
)
_VARIABLE_OF = {
    "virtualenvs.create": "POETRY_VIRTUALENVS_CREATE",
    "virtualenvs.in-project": "POETRY_VIRTUALENVS_IN_PROJECT",
    "venv.in_project": "PDM_VENV_IN_PROJECT",
    "python.use_venv": "PDM_USE_VENV",
}


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a command leaves behind.

    Attributes:
        folder: Where, from the folder that the command runs in; None where it cannot be told.
        packages: Whether these are installed packages, and nothing else is in the folder.
    """

    folder: str | None
    packages: bool


def installs(script: str) -> bool:
    """Whether a RUN installs something, wherever to."""
    return any(
        _installs(call)
        or call.program in _WHATEVER_FOR
        or not call.verbs.isdisjoint(_INSTALLS_ELSEWHERE.get(call.program, ()))
        for command in commands(script)
        for call in calls(command, _PROGRAMS)
    )


def configured(command: str) -> dict[str, str]:
    """What a command configures for those that follow, as the variable that does the same."""
    match = _CONFIGURED.search(command)
    variable = _VARIABLE_OF.get(match["key"]) if match else None
    return {variable: match["value"]} if match and variable else {}


def made_by(command: str, variables: Mapping[str, str]) -> tuple[Made, ...]:
    """What a simple command leaves behind in the folder that it runs in.

    Args:
        command: The command.
        variables: The environment, as far as the Dockerfile tells it.
    """
    found = tuple(calls(command, _PROGRAMS))
    folders = [_packages(call, command, variables) for call in found if _installs(call)]
    if any(call.program == "bundle" and "config" in call.verbs for call in found):
        folders.append(_bundle(command, variables))
    made = [Made(folder=folder, packages=True) for folder in folders if folder]
    if match := _VENV.search(command):
        made += _venv(command[: match.end()], command[match.end() :], variables)
    if any(map(_builds, found)) or _ASSETS.search(command):
        made.append(Made(folder=".", packages=False))
    return tuple(made)


def _installs(call: Call) -> bool:
    if call.bare and call.program in _BARE:
        return call.verbs.isdisjoint(_TOLD)
    return not call.verbs.isdisjoint(_INSTALLS.get(call.program, ()))


def _builds(call: Call) -> bool:
    if call.program in {"yarn", "pnpm", "bun"} and any(v.startswith("build") for v in call.verbs):
        return True
    return call.program in _JAVA or not call.verbs.isdisjoint(_BUILDS.get(call.program, ()))


def _packages(call: Call, command: str, variables: Mapping[str, str]) -> str:
    """The folder that it installs into; empty for one that the project has no part in."""
    if call.program == "composer":
        return "vendor"
    if call.program == "bundle":
        return _bundle(command, variables)
    if call.program not in {"poetry", "pipenv", "pdm", "uv"}:
        return "" if _GLOBAL.search(command) else "node_modules"
    active = variables.get("VIRTUAL_ENV") or ".venv"
    if call.program == "uv":
        own = variables.get("UV_PROJECT_ENVIRONMENT") or ".venv"
        return active if "--active" in call.verbs else own
    if call.program == "pdm" and not _is_on(variables, "PDM_USE_VENV", default="true"):
        return "__pypackages__"
    return active if _is_in_project(call.program, command, variables) else ""


def _is_in_project(program: str, command: str, variables: Mapping[str, str]) -> bool:
    """Whether Poetry, Pipenv or PDM makes its virtual environment inside the project."""
    if program == "pipenv":
        return _is_on(variables, "PIPENV_VENV_IN_PROJECT") and "--system" not in command
    if program == "pdm":
        wanted = _is_on(variables, "PDM_VENV_IN_PROJECT", default="true")
        return wanted and not _GLOBAL.search(command)
    creates = _is_on(variables, "POETRY_VIRTUALENVS_CREATE", default="true")
    return creates and _is_on(variables, "POETRY_VIRTUALENVS_IN_PROJECT")


def _bundle(command: str, variables: Mapping[str, str]) -> str:
    match = _BUNDLE_PATH.search(command)
    path = match[1] if match else variables.get("BUNDLE_PATH", "")
    is_told = "deployment" in command and not _TAKEN_BACK.search(command)
    if not path and (is_told or _is_on(variables, "BUNDLE_DEPLOYMENT")):
        return "vendor"
    return "vendor" if path.startswith("vendor") else path


def _venv(before: str, after: str, variables: Mapping[str, str]) -> list[Made]:
    words = after.split()
    # pip install virtualenv, apk add virtualenv
    if not {"install", "add"}.isdisjoint(before.split()) or not _TOLD.isdisjoint(words):
        return []
    told = [
        word
        for previous, word in zip(("", *words), words, strict=False)
        if not word.startswith("-") and previous not in _WITH_VALUE
    ]
    folder = expand(told[0].strip("\"')"), variables) if told else ".venv"
    is_known = folder is not None and "$(" not in folder and "`" not in folder
    return [Made(folder=folder if is_known else None, packages=True)]


def _is_on(variables: Mapping[str, str], name: str, *, default: str = "") -> bool:
    return variables.get(name, default).strip("\"'").lower() not in _OFF
