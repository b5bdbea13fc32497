"""Which version of a language a project asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devkit.config.detection.dependencies import read_json, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_PYTHON = "3.13"
DEFAULT_NODE = "22"
_PYTHON = re.compile(r"(?P<sign>[<>=~^!]*)\s*3\.(?P<minor>\d{1,2})(?P<patch>\.[\d*]+)?")
_NODE = re.compile(r"(?P<sign>[<>=~^]*)\s*v?(?P<major>\d{1,2})")
_MINOR = int(DEFAULT_PYTHON.partition(".")[2])


def python_version(files: Mapping[str, str]) -> tuple[str, str]:
    """The version as ``3.13``, and the file that asks for it; empty where none does."""
    document = read_toml(files.get("pyproject.toml", ""))
    pipfile = read_toml(files.get("Pipfile", ""))
    told = {
        ".python-version": files.get(".python-version"),
        "pyproject.toml": table_at(document, "project", "requires-python")
        or table_at(document, "tool", "poetry", "dependencies", "python"),
        "Pipfile": table_at(pipfile, "requires", "python_version"),
    }
    for file, text in told.items():
        minor = _minor(text) if isinstance(text, str) else None
        if minor is not None:
            return f"3.{minor}", file
    return DEFAULT_PYTHON, ""


def node_version(files: Mapping[str, str]) -> tuple[str, str]:
    """The major version, and the file that asks for it; empty where none does."""
    engines = table_at(read_json(files.get("package.json", "")), "engines", "node")
    for file, text in ((".nvmrc", files.get(".nvmrc")), ("package.json", engines)):
        match = _NODE.match(text.strip()) if isinstance(text, str) else None
        if match is None:
            continue
        lowest = int(match["major"])
        is_open = match["sign"].startswith(">")
        return str(max(lowest, int(DEFAULT_NODE)) if is_open else lowest), file
    return DEFAULT_NODE, ""


def _minor(text: str) -> int | None:
    """The newest minor version up to the default, or above it where that is too old."""
    lowest, highest = 0, None
    found = list(_PYTHON.finditer(text))
    for match in found:
        minor, sign = int(match["minor"]), match["sign"]
        if sign in {"", "=="} or (sign == "~=" and match["patch"]):
            return minor
        if sign.startswith("<"):
            below = minor if sign == "<=" else minor - 1
            highest = below if highest is None else min(highest, below)
        elif sign != "!=":
            lowest = max(lowest, minor)
    if not found:
        return None
    return max(lowest, _MINOR if highest is None else min(highest, _MINOR))


def table_at(document: Mapping[str, object], *keys: str) -> object:
    """What a nested table has under these keys; None where it has nothing."""
    value: object = document
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
