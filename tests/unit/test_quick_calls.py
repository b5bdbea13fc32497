from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from devkit.cli import deploying, starting, stopping, verifying
from devkit.cli.boundary import QUICK
from devkit.cli.main import app
from devkit.cli.quickcalls import (
    _COMMANDS,
    _DEPLOY,
    _DOWN,
    _UP,
    _VERIFY,
    Grammar,
    Said,
    quick_call,
    read,
)

if TYPE_CHECKING:
    from types import ModuleType

    from devkit.cli.session import Session

EXEC = Grammar(
    flags={"-T": "no_tty"},
    values={"--env": "env", "-e": "env", "--service": "service"},
    lists=frozenset({"env"}),
    rest_is_theirs=True,
)
LOGS = Grammar(flags={"--follow": "follow", "-f": "follow"}, values={"--tail": "tail"})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ls", "-T", "--", "--env", ""], Said(words=["ls", "-T", "--", "--env", ""])),
        (["--", "-x"], Said(words=["-x"])),
        (["", "a"], Said(words=["", "a"])),
        (["-T", "--service", "-T", "ls"],
         Said(words=["ls"], options={"no_tty": True, "service": "-T"})),
        (["-e", "A=1", "--env=B=2=3", "--", "ls"],
         Said(words=["ls"], options={"env": ("A=1", "B=2=3")})),
    ],
)  # fmt: skip
def test_what_goes_to_the_program_is_untouched(words: list[str], said: Said) -> None:
    assert read(EXEC, words) == said


def test_options_may_stand_between_names() -> None:
    said = Said(words=["web", "db"], options={"follow": True, "tail": "5"})
    assert read(LOGS, ["web", "-f", "db", "--tail=5"]) == said


@pytest.mark.parametrize(
    "words", [["--help"], ["-fx"], ["--tail"], ["--unknown=1"], ["-"], ["--follow=1"]]
)
def test_what_is_not_plain_is_left_to_typer(words: list[str]) -> None:
    assert read(LOGS, words) is None


@pytest.mark.parametrize(
    "rest",
    [
        [],
        ["verify", "HEAD", "main"],
        ["verify", "--containers", "2"],
        ["verify", "--environment", "test"],
        ["verify", "--data=copy"],
        ["verify", "--from"],
        ["deploy"],
        ["deploy", "status"],
        ["deploy", "--rebuild", "test"],
        ["deploy", "--", "live"],
        ["deploy", "test", "HEAD", "main"],
        ["deploy", "test", "--mirror-of", "../shop"],
        ["down", "web"],
        ["up", "--host"],
        ["up", "--detach"],
        ["up", "web"],
        ["exec"],
        ["run", "--help"],
        ["run", "--"],
        ["exec", "-T"],
        ["migrate", "now"],
        ["migrate", "--help"],
        ["status", "web"],
        ["status", "--", "web"],
    ],
)
def test_a_command_that_says_too_little_is_left_to_typer(rest: list[str]) -> None:
    assert quick_call([], rest) is None


def test_the_boundary_knows_which_commands_are_read_here() -> None:
    assert sorted(QUICK) == [[name] for name in sorted(_COMMANDS)]


def test_a_project_without_its_folder_is_left_to_typer() -> None:
    assert quick_call(["--project"], ["exec", "ls"]) is None
    assert quick_call([], ["exec", "ls"]) is not None


@pytest.mark.parametrize("name", ["down", "migrate", "status", "up", "verify"])
def test_a_command_without_arguments_is_quick(name: str) -> None:
    assert quick_call([], [name]) is not None


@pytest.mark.parametrize(
    ("rest", "module", "name", "given", "options"),
    [
        (["up", "--build", "--watch"], starting, "start", (), {"build": True, "watch": True}),
        (["down", "--volumes", "--yes"], stopping, "stop", (), {"volumes": True, "yes": True}),
        (["verify"], verifying, "verify_code", (), {"revision": "HEAD"}),
        (["verify", "--no-from", "main"], verifying, "verify_code", (),
         {"revision": "main", "alone": True}),
        (["verify", "--from", "v1", "--cached", "--again", "--keep", "--allow-incompatible"],
         verifying, "verify_code", (),
         {"revision": "HEAD", "old": "v1", "cached": True, "again": True, "keep": True,
          "allow_incompatible": True}),
        (["deploy", "test"], deploying, "deploy_code", ("test", None), {}),
        (["deploy", "live", "--rebuild", "v2"], deploying, "deploy_code", ("live", "v2"),
         {"rebuild": True}),
    ],
)  # fmt: skip
def test_what_was_said_reaches_the_command(
    rest: list[str],
    module: ModuleType,
    name: str,
    given: tuple[object, ...],
    options: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[tuple[tuple[object, ...], dict[str, object]]] = []
    accepted = signature(getattr(module, name)).parameters

    def note(_session: Session, *words: object, **named: object) -> int:
        called.append((words, named))
        return 0

    monkeypatch.setattr(module, name, note)
    quick = quick_call([], rest)
    assert quick is not None
    assert quick() == 0
    assert called == [(given, options)]
    assert accepted.keys() >= options.keys()


@pytest.mark.parametrize(
    ("words", "grammar"),
    [(["up"], _UP), (["down"], _DOWN), (["verify"], _VERIFY), (["deploy", "test"], _DEPLOY)],
)
def test_every_spelling_is_typer_s(words: list[str], grammar: Grammar) -> None:
    command: Any = get_command(app)
    for word in words:
        command = command.commands[word]
    spelled = {(each.name, spelling) for each in command.params for spelling in each.opts}
    read_here = {(name, spelling) for spelling, name in (grammar.flags | grammar.values).items()}
    assert read_here <= spelled
