"""The table of interruptions as a page; docs/interrupts.md is this text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.docs import markdown_table
from tests.e2e.interruptions import COMMANDS, Cleaner, Expectation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.e2e.interruptions import Case

HEAD = """\
# What an interruption leaves behind: nothing

Made by the test run (`tests/e2e/test_interrupt_matrix.py`) from the table that it plays; do not
edit it. Each row is played on a real engine, at a random moment within the step, while the same
project runs under `devkit up` and other rehearsals of it are under way. Afterwards there is no
container, network, volume, image, clone, note or process of that run; the development database,
the working tree, the index and the refs are byte for byte as before.

A deployment is cut short in an environment that serves already. Afterwards the page is asked
through the proxy: the same containers answer it as before, with the data that they had, and they
are the only ones. In the switch there is a point of no return: from the moment at which the
environment's state names the new containers these answer, and the old ones are gone.

A cell tells the exit code and who removes what was started. "The next devkit command" is any that
talks to the engine: after a SIGKILL nobody else is there to do it, and while the engine is away
nobody can.

"""


def render(cases: Sequence[Case]) -> str:
    """The page."""
    commands = [f"`devkit {command}`" for command in COMMANDS]
    rows = [(c.place.value, c.happening.value, *_cells(c)) for c in cases]
    return HEAD + markdown_table(("step", "what happens", *commands), rows)


def _cells(case: Case) -> list[str]:
    return [_cell(case.expected[c]) if c in case.expected else "" for c in COMMANDS]


def _cell(expected: Expectation) -> str:
    codes = " or ".join(_code(code) for code in expected.codes)
    by = "itself" if expected.cleaner is Cleaner.ITSELF else expected.cleaner.value
    return f"{codes}; {by}"


def _code(code: int) -> str:
    return "killed" if code < 0 else str(code)
