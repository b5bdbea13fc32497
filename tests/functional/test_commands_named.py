"""Every command of devkit's that the README and the documents name exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from devkit.cli.main import app
from tests.docs import DOCS

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = sorted([*DOCS.glob("*.md"), DOCS.parent / "README.md"])
NAMED = re.compile(r"`(?:[A-Z_]+=\S+ )?devkit ([a-z][^`]*)`")
OPTION = re.compile(r"--\w[\w-]*")
TYPED = re.compile(r"(?m)^\S*\$ devkit ([a-z].*)$")


def named(text: str) -> Iterator[list[str]]:
    """The words of each command, up to the first that is no name."""
    for found in (*NAMED.findall(text), *TYPED.findall(text)):
        yield [word.strip("[]") for word in re.split(r"[\s|\\]+", found)]


def unknown(words: list[str], group: Any) -> str:  # noqa: ANN401 - Typer's own Click
    """What in these words names no command or option; empty where all is known."""
    command = group.commands.get(words[0])
    if command is None:
        return words[0]
    if hasattr(command, "commands") and words[1:] and words[1][0].islower():
        return unknown(words[1:], command)
    known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    if not command.context_settings.get("allow_interspersed_args", True):
        return ""  # what follows belongs to another program
    options = [found[0] for word in words[1:] if (found := OPTION.match(word))]
    common = {"--json", "--project", "--quiet", "--verbose", "--help"}
    return " ".join(option for option in options if option not in known | common)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_command_exists(page: Any) -> None:  # noqa: ANN401 - a path
    text = page.read_text(encoding="utf-8")
    wrong = {" ".join(words): unknown(words, get_command(app)) for words in named(text)}
    assert {words: why for words, why in wrong.items() if why} == {}


def test_one_that_does_not_exist_is_found() -> None:
    group = get_command(app)
    assert unknown(["nosuch"], group) == "nosuch"
    assert unknown(["up", "--nosuch"], group) == "--nosuch"
    assert unknown(["hook", "nosuch"], group) == "nosuch"
    assert unknown(["up", "--build"], group) == ""
