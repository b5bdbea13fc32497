from __future__ import annotations

import pytest

from devkit.cli.quickcalls import Grammar, Said, quick_call, read

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
        ["verify"],
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


def test_a_project_without_its_folder_is_left_to_typer() -> None:
    assert quick_call(["--project"], ["exec", "ls"]) is None
    assert quick_call([], ["exec", "ls"]) is not None


@pytest.mark.parametrize("name", ["migrate", "status"])
def test_a_command_without_arguments_is_quick(name: str) -> None:
    assert quick_call([], [name]) is not None
