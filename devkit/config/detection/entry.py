"""What the image's ENTRYPOINT does with a command that is given to it."""

from __future__ import annotations

import itertools
import posixpath
import re
from typing import TYPE_CHECKING

from devkit.config.detection.image import RUNNERS, words_of
from devkit.dockerfile.copies import place_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.config.detection.findings import Sources
    from devkit.dockerfile import Dockerfile

# An entry point of these alone is the application: further words are its arguments.
_SERVER = (
    r"(?:python[\d.]*|gunicorn|uvicorn|hypercorn|daphne|waitress-serve|flask|fastapi|uwsgi|node"
    r"|npm|yarn|pnpm|ruby|rails|puma|php|php-fpm|apache2-foreground|apachectl|nginx|httpd|java"
    r"|supervisord)"
)
_SERVERS = re.compile(_SERVER)
_SERVER_WORD = re.compile(rf"(?:^|[\s/]){_SERVER}(?:\s|$)")
_SHELLS = {"sh", "bash", "ash", "dash"}
_INITS = {"tini", "dumb-init", "docker-init", "catatonit"}
# What may run the arguments of a script, such as `exec gosu app "$@"`.
_WITH_ARGUMENTS = re.compile(
    r"""(?m)(?:^|[;&|)]|\b(?:then|else|do)\b)[ \t]*
    (?P<before>[^;&|\n]*?)"?\$(?:[@*]|\{[@*][^}]*\})""",
    re.VERBOSE,
)
_AS_ANOTHER_USER = re.compile(
    r"\b(?:gosu|su-exec|chroot)\s+\S+|\b(?:sudo|runuser|setpriv)(?:\s+-u\s+\S+|\s+-\S+)*"
)
_ONLY_LOOKS = re.compile(
    r"(?:echo|printf|set|for|shift|local|export|declare|test|\[|if|elif|case|while|until|\w+=)"
)


def takes_commands(sources: Sources) -> bool:
    """Whether ``docker run IMAGE COMMAND`` runs the command, as far as the texts tell."""
    entrypoint = sources.dockerfile.entrypoint
    if not entrypoint:
        return True
    words = words_of(entrypoint) if entrypoint.startswith("[") else ()  # a shell form takes none
    return bool(words) and _runs_commands(sources, _without_init(words))


def can_reload(sources: Sources) -> bool:
    """Whether a server that reloads would see the changes: the sources are mounted where it is."""
    mount = sources.dockerfile.mountable
    return mount is not None and mount == sources.dockerfile.workdir and takes_commands(sources)


def file_named(sources: Sources, word: str) -> str | None:
    """The project's file that a word of a command names in the image; None for another one."""
    return next((path for path in sources.files if _is_at(sources.dockerfile, path, word)), None)


def _runs_commands(sources: Sources, words: Sequence[str]) -> bool:
    if not words:
        return True
    program = posixpath.basename(words[0])
    if (program, *words[1:])[-2:] in RUNNERS:
        return True
    if program in _SHELLS:
        has_script = not any(word.startswith("-") and "c" in word for word in words[1:])
        script = next((word for word in words[1:] if not word.startswith("-")), None)
        return has_script and (script is None or _script_runs_commands(sources, script))
    return not _SERVERS.fullmatch(program) and _script_runs_commands(sources, words[0])


def _script_runs_commands(sources: Sources, word: str) -> bool:
    """Whether a script runs what it is given; one that nobody has seen is trusted with its CMD."""
    path = file_named(sources, word)
    if path is None:
        return sources.dockerfile.has_command
    found = _WITH_ARGUMENTS.finditer(sources.texts[path].replace("\\\n", " "))
    return any(_runs(match["before"]) for match in found)


def _runs(before: str) -> bool:
    """Whether what stands before a script's arguments runs them as a command."""
    is_in_a_text = before.count('"') % 2 or before.count("'") % 2 or "#" in before
    if is_in_a_text or _ONLY_LOOKS.match(before):
        return False
    return not _SERVER_WORD.search(_AS_ANOTHER_USER.sub("", before))


def _is_at(dockerfile: Dockerfile, path: str, word: str) -> bool:
    place = place_of(dockerfile.copies, path) if dockerfile.copies else path
    if place is None:
        return False
    place = _absolute(dockerfile, place)
    is_on_path = "/" not in word and place.endswith(f"/bin/{word}")
    return is_on_path or place == _absolute(dockerfile, word)


def _absolute(dockerfile: Dockerfile, path: str) -> str:
    return posixpath.normpath(posixpath.join(dockerfile.workdir or "/", path))


def _without_init(words: Sequence[str]) -> tuple[str, ...]:
    """The words behind ``tini --`` and its like."""
    if posixpath.basename(words[0]) not in _INITS:
        return tuple(words)
    if "--" in words:
        return tuple(words[words.index("--") + 1 :])
    return tuple(itertools.dropwhile(lambda word: word.startswith("-"), words[1:]))
