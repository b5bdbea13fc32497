"""Documents in docs/ that the tests make, so that none of them can say what is not so.

A test makes the text from the data that it has just proven and gives it to the fixture
``keep_document``. A plain run compares; ``pytest --write-docs`` writes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    KeepDocument = Callable[[str, str], None]
    """Takes the file's name in docs/ and its text."""

DOCS = Path(__file__).parents[1] / "docs"
OPTION = "--write-docs"


def keep(name: str, text: str, *, write: bool) -> None:
    """Write a document, or assert that it is up to date."""
    path = DOCS / name
    if write:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    there = path.read_text(encoding="utf-8") if path.exists() else ""
    assert there == text, f"docs/{name} is not what the tests say; `pytest {OPTION}` writes it."


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown, with its last line ended."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(_cell(each) for each in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")
