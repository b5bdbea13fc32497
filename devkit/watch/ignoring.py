"""Whether .dockerignore or .gitignore leaves a file out, matched by pathspec."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from pathspec import GitIgnoreSpec, PathSpec
from pathspec.pattern import RegexPattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SEGMENT = r"[^/]"
_REGEX_ONLY = ".+()|{}$^"


class DockerIgnore:
    """A .dockerignore file.

    Its patterns are no .gitignore's: each is anchored at the context's root, ``*`` stops at a
    slash, a folder that matches takes all below it along, ``!`` takes a file back in wherever it
    is, and the last line that matches counts. Source: moby/patternmatcher, which BuildKit uses.

    Args:
        text: The file's text.
    """

    def __init__(self, text: str) -> None:
        self._spec: PathSpec[RegexPattern] = PathSpec(list(_docker_patterns(text)))

    def leaves_out(self, path: str) -> bool:
        """Whether the build does not get a file.

        Args:
            path: From the context's root.
        """
        return self._spec.match_file(path)


def _docker_patterns(text: str) -> Iterator[RegexPattern]:
    for line in text.removeprefix("\ufeff").split("\n"):
        pattern = _clean(line)
        if pattern and pattern != "!":
            again = pattern.startswith("!")
            regex = _regex(pattern.removeprefix("!"))
            if regex is not None:
                yield RegexPattern(regex, include=not again)


def _clean(line: str) -> str:
    """As moby/patternmatcher/ignorefile reads a line; empty for none."""
    if line.startswith("#"):
        return ""
    pattern = line.strip()
    again = "!" if pattern.startswith("!") else ""
    pattern = pattern.removeprefix("!").strip()
    if not pattern:
        return again
    pattern = posixpath.normpath(pattern)
    return again + (pattern.lstrip("/") if len(pattern) > 1 else pattern)


def _regex(pattern: str) -> re.Pattern[str] | None:
    """The expression for a path and all below it; None where Go's would not compile either."""
    try:
        return re.compile(rf"\A(?:{_translated(pattern)})(?:/.*)?\Z", re.DOTALL)
    except re.error:
        return None


def _translated(pattern: str) -> str:
    """One pattern as Pattern.compile of moby/patternmatcher writes it."""
    found, place = "", 0
    while place < len(pattern):
        letter = pattern[place]
        place += 1
        if pattern.startswith("**", place - 1):
            place += 1
            place += pattern.startswith("/", place)
            found += ".*" if place == len(pattern) else "(?:.*/)?"
            # `**name` at the very beginning is compared as the end of the path.
            if place == 2 and place < len(pattern):  # noqa: PLR2004 - two stars and no slash
                found += ".*"
        elif letter == "*":
            found += f"{_SEGMENT}*"
        elif letter == "?":
            found += _SEGMENT
        elif letter == "\\":
            found += re.escape(pattern[place : place + 1] or "\\")
            place += 1
        elif letter == "[":
            inner, place = _class(pattern, place)
            found += inner
        else:
            found += "\\" + letter if letter in _REGEX_ONLY else letter
    return found


def _class(pattern: str, place: int) -> tuple[str, int]:
    """A character class, from behind its bracket; a class never matches a slash."""
    end = pattern.find("]", place + 1)
    if end < 0:
        raise re.error("a class that does not end")
    inner = pattern[place:end].replace("[", "\\[")
    return f"(?!/)[{inner}]", end + 1


class GitIgnore:
    """The .gitignore files of a repository, and what stands beside them.

    Args:
        texts: Folder, from the repository's root and "" for that itself, to the text of its
            .gitignore. Files for the whole repository (.git/info/exclude) are joined before "".
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._specs = {
            folder: GitIgnoreSpec.from_lines(_lines(text)) for folder, text in texts.items()
        }
        self._folders: dict[str, bool] = {"": False}

    def leaves_out(self, path: str) -> bool:
        """Whether git ignores a file that it does not track already.

        Args:
            path: From the repository's root.
        """
        return self._folder(posixpath.dirname(path)) or self._decides(path, path)

    def _folder(self, folder: str) -> bool:
        """What is below an ignored folder cannot be taken back in."""
        if folder not in self._folders:
            above = self._folder(posixpath.dirname(folder))
            self._folders[folder] = above or self._decides(folder, f"{folder}/")
        return self._folders[folder]

    def _decides(self, path: str, as_given: str) -> bool:
        """The innermost .gitignore that says anything counts."""
        folder = posixpath.dirname(path)
        while True:
            spec = self._specs.get(folder)
            if spec is not None:
                rest = as_given.removeprefix(f"{folder}/") if folder else as_given
                said = spec.check_file(rest).include
                if said is not None:
                    return said
            if not folder:
                return False
            folder = posixpath.dirname(folder)


def _lines(text: str) -> list[str]:
    """The lines that pathspec can follow; git passes over the others, too."""
    lines = []
    for line in text.removeprefix("\ufeff").splitlines():
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:
            continue
        lines.append(line)
    return lines


def matches(patterns: tuple[str, ...], path: str) -> str | None:
    """The first of some patterns of .gitignore's kind that matches a file; None for none."""
    for pattern in patterns:
        if GitIgnoreSpec.from_lines([pattern]).match_file(path):
            return pattern
    return None
