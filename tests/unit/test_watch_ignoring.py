""".dockerignore and .gitignore; tests/e2e/test_dockerignore.py asks docker build itself."""

from __future__ import annotations

import pytest

from devkit.watch.ignoring import DockerIgnore, GitIgnore, matches


@pytest.mark.parametrize(
    ("text", "path", "out"),
    [
        ("a", "a", True),
        ("a", "a/b/c", True),
        ("a", "x/a", False),
        ("/a", "a/b", True),
        ("a/", "a/b", True),
        ("*.py", "x/a.py", False),
        ("**/*.py", "x/y/a.py", True),
        ("**/*.py", "a.py", True),
        ("*", "a/b", True),
        ("*\n!a/b", "a/b/c", False),
        ("*\n!a/b", "a/x", True),
        ("a\n!a/b\na/b/c", "a/b/c", True),
        ("# a\na", "a", True),
        (" # a", "# a", True),
        ("!", "a", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[a-c]x", "bx", True),
        ("[^a]x", "ax", False),
        ("a\\*b", "a*b", True),
        ("a\\*b", "axb", False),
        ("./a/../b", "b", True),
        ("a.b", "aXb", False),
        ("\ufeffa", "a", True),
        ("a\r\nb\r\n", "a", True),
        ("[", "[", False),
        ("a/**", "a/b/c", True),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
    ],
)
def test_dockerignore(text: str, path: str, out: bool) -> None:
    assert DockerIgnore(text).leaves_out(path) is out


def test_gitignore_files_in_folders_and_above() -> None:
    ignore = GitIgnore({"": "*.log\n/build/\n!keep.log\n", "app": "/x\n!b.log\n", "deep/er": "z\n"})
    found = {
        path: ignore.leaves_out(path)
        for path in (
            "a.log", "keep.log", "app/a.log", "app/b.log", "app/x", "x", "build/keep.log",
            "app/build/a", "deep/er/z", "deep/z", "build",
        )
    }  # fmt: skip
    assert found == {
        "a.log": True, "keep.log": False, "app/a.log": True, "app/b.log": False, "app/x": True,
        "x": False, "build/keep.log": True, "app/build/a": False, "deep/er/z": True,
        "deep/z": False, "build": False,
    }  # fmt: skip


def test_a_line_that_is_no_pattern_is_passed_over() -> None:
    assert GitIgnore({"": "!\n***\\\n*.log\n"}).leaves_out("a.log")


def test_the_first_pattern_that_matches_is_named() -> None:
    assert matches(("*.css", "static/"), "static/a.css") == "*.css"
    assert matches(("*.css", "static/"), "static/a.js") == "static/"
    assert matches(("/a",), "b/a") is None
