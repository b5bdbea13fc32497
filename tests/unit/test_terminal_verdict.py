"""What a person reads of a run that failed."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from devkit.cli.terminal import TerminalReporter
from devkit.deployment.events import RunFinished, Step


def told(*names: str, record: str = "") -> str:
    """The text for a verdict of a failed gate."""
    console = Console(file=StringIO(), width=500)
    verdict = RunFinished(
        verdict="failed", code=14, seconds=1.0, step=Step.GATE, only_local=names, record=record
    )
    TerminalReporter(console, quiet=False, verbose=False)(verdict)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_names_that_only_env_local_has_and_the_record() -> None:
    text = told("A_KEY", "[b]", record=".devkit/runs/1")

    assert "Only your .env-local has: A_KEY, [b].\n" in text
    assert "Exit code 14, after 1.0 s. Its record: .devkit/runs/1\n" in text


def test_of_many_names_the_first_are_shown() -> None:
    text = told(*(f"N{number}" for number in range(15)))

    assert "N11 and 3 more." in text
    assert "N12" not in text


def test_nothing_is_said_of_what_there_is_not() -> None:
    assert ".env-local" not in told()
    assert "record" not in told()
