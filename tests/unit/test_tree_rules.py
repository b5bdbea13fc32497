"""The table of the check-out, on what a repository of 900 MB would show."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from devkit.deployment.evidence import Evidence
from devkit.deployment.findings import CASES, as_markdown, judge
from devkit.deployment.naming import for_shell, listed, quoted
from devkit.deployment.tree_rules import LARGE, TOO_LARGE
from devkit.ports import Severity

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/checkout.md"


@pytest.mark.parametrize(
    ("reachable", "stored", "severity", "words"),
    [
        (LARGE, 10 * TOO_LARGE, None, ""),
        (LARGE + 1, LARGE + 1, Severity.WARNED, "takes 100 MB"),
        (TOO_LARGE, TOO_LARGE, Severity.WARNED, "takes 800 MB"),
        (TOO_LARGE + 1, 0, Severity.REFUSED, "at most 800 MB"),
        (1_234_567_890, 0, Severity.REFUSED, "takes 1,234 MB"),
        (None, 2 * TOO_LARGE, Severity.WARNED, "takes 1,600 MB"),
        (None, LARGE, None, ""),
    ],
)
def test_the_size_of_the_history(
    reachable: int | None, stored: int, severity: Severity | None, words: str
) -> None:
    found = judge(Evidence(entries=(), reachable=reachable, stored=stored))
    assert [finding.severity for finding in found] == ([severity] if severity else [])
    assert all(words in finding.sentence and "git gc" in finding.way_out for finding in found)


def test_what_is_refused_comes_first() -> None:
    order = [case.severity for case in CASES]
    assert order == sorted(order, key=list(Severity).index)


def test_the_documentation_has_the_table() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert as_markdown() in text, f"{DOCUMENT} is to have:\n{as_markdown()}"


@pytest.mark.parametrize("name", ["a", "a b", "it's", "$(x)", "-n", "é", "{first}"])
def test_a_name_in_a_command_is_the_name(name: str) -> None:
    assert shlex.split(for_shell(name)) == [name]


def test_names_in_a_sentence() -> None:
    assert listed(["a"]) == "'a'"
    assert listed(list("abcd")) == "'a', 'b', 'c' and 1 more"
    assert len(quoted("x" * 5000)) < 210
