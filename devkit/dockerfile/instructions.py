"""Dockerfile text to instructions: continuations, comments, directives and heredocs resolved."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DIRECTIVE = re.compile(r"#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(.+?)\s*$")
_DIRECTIVES = {"syntax", "escape", "check"}
_TAKES_HEREDOC = {"RUN", "COPY", "ADD"}
_WORD = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\]|["'\\])+""")
_HEREDOC = re.compile(r"\d*<<(?P<dash>-?)(?P<name>[^<]+)")


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """One instruction of a Dockerfile.

    Attributes:
        keyword: In upper case.
        arguments: The rest, with the lines of a continuation joined.
        line: Where it starts, counted from 1.
        heredoc: The bodies of its heredocs.
    """

    keyword: str
    arguments: str
    line: int
    heredoc: str = ""


def read_instructions(text: str) -> tuple[Instruction, ...]:
    """Split a Dockerfile into its instructions, the way BuildKit does."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    escape = re.escape(_escape_character(lines))
    continued = re.compile(rf"(?<!{escape}){escape}[ \t]*$")
    return tuple(_instructions(enumerate(lines, start=1), continued))


def split_words(arguments: str) -> tuple[str, ...]:
    """Split at white space outside quotes; the quotes stay."""
    return tuple(_WORD.findall(arguments))


def _escape_character(lines: Iterable[str]) -> str:
    """Read the leading directives; the first line that is none ends them."""
    for line in lines:
        match = _DIRECTIVE.match(line.strip())
        if match is None or match[1].lower() not in _DIRECTIVES:
            break
        if match[1].lower() == "escape":
            return match[2]
    return "\\"


def _instructions(
    lines: Iterator[tuple[int, str]], continued: re.Pattern[str]
) -> Iterator[Instruction]:
    for number, line in lines:
        if _is_idle(line):
            continue
        keyword, *rest = _joined(line, lines, continued).split(maxsplit=1)
        arguments = rest[0].rstrip() if rest else ""
        takes_heredoc = keyword.upper() in _TAKES_HEREDOC
        heredoc = _heredoc(arguments, lines) if takes_heredoc else ""
        yield Instruction(
            keyword=keyword.upper(), arguments=arguments, line=number, heredoc=heredoc
        )


def _is_idle(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _joined(line: str, lines: Iterator[tuple[int, str]], continued: re.Pattern[str]) -> str:
    """Join continuation lines; comments and empty lines between them do not count."""
    parts = []
    while match := continued.search(line):
        parts.append(line[: match.start()])
        line = next((following for _, following in lines if not _is_idle(following)), "")
    return "".join([*parts, line]).strip() or "\\"


def _heredoc(arguments: str, lines: Iterator[tuple[int, str]]) -> str:
    """Take the lines that belong to the heredocs opened in ``arguments``."""
    body: list[str] = []
    for word in split_words(arguments):
        match = _HEREDOC.fullmatch(word)
        if match is None:
            continue
        end = match["name"].strip("\"'")
        for _, line in lines:
            if (line.lstrip("\t") if match["dash"] else line) == end:
                break
            body.append(line)
    return "\n".join(body)
