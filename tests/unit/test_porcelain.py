from __future__ import annotations

import pytest

from devkit.hooks.porcelain import Fate, PlannedRef, dry_run_arguments, parse_porcelain

A, B = "a" * 40, "b" * 40


def test_every_flag_of_a_real_answer() -> None:
    text = (
        "To ../remote.git\n"
        f" \trefs/heads/main:refs/heads/main\t{A}..{B}\n"
        f"+\trefs/heads/x:refs/heads/x\t{A}...{B} (forced update)\n"
        "*\tHEAD~2:refs/heads/new\t[new branch]\n"
        "-\t:refs/heads/old\t[deleted]\n"
        "=\trefs/tags/v1:refs/tags/v1\t[up to date]\n"
        "!\trefs/heads/y:refs/heads/y\t[rejected] (fetch first)\n"
        "Would set upstream of 'main' to 'main' of 'origin'\n"
        "Done\n"
    )
    refs = parse_porcelain(text)
    assert [(ref.fate, ref.source, ref.target, ref.old_sha, ref.new_sha) for ref in refs] == [
        (Fate.FORWARD, "refs/heads/main", "refs/heads/main", A, B),
        (Fate.FORCED, "refs/heads/x", "refs/heads/x", A, B),
        (Fate.NEW, "HEAD~2", "refs/heads/new", "", ""),
        (Fate.DELETED, "", "refs/heads/old", "", ""),
        (Fate.UP_TO_DATE, "refs/tags/v1", "refs/tags/v1", "", ""),
        (Fate.REJECTED, "refs/heads/y", "refs/heads/y", "", ""),
    ]
    assert refs[-1].summary == "[rejected] (fetch first)"


def test_two_urls_that_have_the_same_say_it_once() -> None:
    line = "*\trefs/heads/main:refs/heads/main\t[new branch]\n"
    text = f"To one\n{line}Done\nTo two\n{line}Done\n"
    only = PlannedRef(
        fate=Fate.NEW,
        source="refs/heads/main",
        target="refs/heads/main",
        summary="[new branch]",
    )
    assert parse_porcelain(text) == (only,)


def test_a_source_and_a_summary_with_colons() -> None:
    text = "!\tHEAD:a b.html:refs/tags/page\t[remote rejected] (hook: no)"
    (ref,) = parse_porcelain(text)
    assert (ref.source, ref.target) == ("HEAD:a b.html", "refs/tags/page")
    assert ref.summary == "[remote rejected] (hook: no)"


@pytest.mark.parametrize(
    ("given", "before", "after"),
    [
        (["origin", "main"], ["origin", "main"], []),
        (["--quiet", "--", "-odd"], ["--quiet"], ["--", "-odd"]),
        (["-o", "--", "origin", "--", "main"], ["-o", "--", "origin"], ["--", "main"]),
        ([], [], []),
    ],
)
def test_ours_come_last_but_before_the_end_of_options(
    given: list[str], before: list[str], after: list[str]
) -> None:
    words = dry_run_arguments(given)
    assert words[:3] == ["-c", "core.abbrev=no", "push"]
    start, end = 3 + len(before), len(words) - len(after)
    assert (words[3:start], words[end:]) == (before, after)
    assert words[start:end][:3] == ["--dry-run", "--porcelain", "--no-verify"]
