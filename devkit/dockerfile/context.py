"""Whether a file of the build context gets into the image, as .dockerignore and COPY tell."""

from __future__ import annotations

import json
import posixpath
import re
from fnmatch import fnmatchcase

from devkit.dockerfile.instructions import read_instructions, split_words

_NOT_FROM_CONTEXT = re.compile(r"--from=")
_FLAG = re.compile(r"--\S+")
_LEADING_FLAGS = re.compile(r"\A(\s*--\S+)+")
_ODD = re.compile(r"[\[\\$]")
"""What Docker's patterns have and ours read otherwise, or what is only known when it is built."""


def is_copied(dockerfile_text: str, name: str) -> bool:
    """Whether a COPY, an ADD or a mounted context takes in a file at the context's root."""
    for instruction in read_instructions(dockerfile_text):
        keyword, arguments = instruction.keyword, instruction.arguments
        if keyword == "ONBUILD":
            keyword, _, arguments = arguments.partition(" ")
        if keyword.upper() == "RUN" and "type=bind" in arguments:
            return True
        if keyword.upper() in {"COPY", "ADD"} and _takes_in(arguments, name):
            return True
    return False


def is_ignored(dockerignore_text: str, name: str) -> bool:
    """Whether .dockerignore keeps a file at the context's root out; the last line counts.

    In doubt it does not: a pattern that takes files in again counts where it might be this one.
    """
    ignored = False
    for line in dockerignore_text.split("\n"):
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            again = pattern.startswith("!")
            wanted = _below_any_folder(pattern.lstrip("!").strip().strip("/"))
            if fnmatchcase(name, wanted) or (again and _ODD.search(wanted)):
                ignored = not again
    return ignored


def _below_any_folder(pattern: str) -> str:
    """The pattern without the folders that need not be there; ``**`` is any name, too."""
    pattern = posixpath.normpath(pattern)
    while pattern.startswith("**/"):
        pattern = pattern.removeprefix("**/")
    return pattern


def copied_paths(arguments: str) -> tuple[str, ...]:
    """What a COPY or an ADD takes from the context, as it is written; nothing of another stage."""
    words = split_words(arguments)
    if any(_NOT_FROM_CONTEXT.match(word) for word in words):
        return ()
    paths = _listed(arguments) or [w.strip("\"'") for w in words if not _FLAG.match(w)]
    return tuple(paths[:-1])


def _takes_in(arguments: str, name: str) -> bool:
    sources = (posixpath.normpath(path.lstrip("/") or ".") for path in copied_paths(arguments))
    return any(each == "." or _ODD.search(each) or fnmatchcase(name, each) for each in sources)


def _listed(arguments: str) -> list[str]:
    """The paths of a JSON list; empty where it is none, as ``[^a]b /app`` is none."""
    try:
        paths = json.loads(_LEADING_FLAGS.sub("", arguments))
    except (ValueError, RecursionError):
        return []
    return [str(path) for path in paths] if isinstance(paths, list) else []
