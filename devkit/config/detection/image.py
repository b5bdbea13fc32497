"""What the Dockerfile says about running another command, or the same one with reloading."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from typing import TYPE_CHECKING

from devkit.config.defaults import DEFAULT_PORT
from devkit.dockerfile.copies import place_of

if TYPE_CHECKING:
    from devkit.dockerfile import Dockerfile

# An entry point of these alone is the application: further words are its arguments.
_SERVERS = re.compile(
    r"(?:python[\d.]*|gunicorn|uvicorn|hypercorn|daphne|waitress-serve|flask|fastapi|uwsgi|node"
    r"|npm|yarn|pnpm|ruby|rails|puma|php|php-fpm|apache2-foreground|apachectl|nginx|httpd|java"
    r"|supervisord)"
)
_SHELLS = {"sh", "bash", "ash", "dash"}
_RUNNERS = {("poetry", "run"), ("pipenv", "run"), ("uv", "run"), ("bundle", "exec")}
_PYTHON = re.compile(r"python[\d.]*")
_SHELL_ONLY = re.compile(r"[$&|;<>`]")
_APPLICATION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*(?:\(\))?")
_BOUND = re.compile(r"(?<![\d.])(?:0\.0\.0\.0|\[::\]|\*)?:(\d{2,5})(?![\d:])|--port[ =](\d{2,5})\b")
_LAST_PORT = 65535


def takes_commands(dockerfile: Dockerfile) -> bool:
    """Whether ``docker run IMAGE COMMAND`` runs the command, as far as the text tells."""
    if not dockerfile.entrypoint:
        return True
    words = _words(dockerfile.entrypoint)
    if not dockerfile.entrypoint.startswith("[") or not words:
        return False  # the shell form takes no arguments
    program = posixpath.basename(words[0])
    if program in _SHELLS:
        return not any(word.startswith("-") and "c" in word for word in words[1:])
    return tuple([program, *words[1:]][-2:]) in _RUNNERS or not _SERVERS.fullmatch(program)


def command_words(dockerfile: Dockerfile) -> tuple[str, ...]:
    """The words of the CMD, of a shell form without a leading ``exec``; empty where unknown."""
    words = _words(dockerfile.command)
    return words[1:] if words[:1] == ("exec",) else words


def run_prefix(dockerfile: Dockerfile) -> str:
    """What the CMD puts before a program: ``poetry run``, with its flags; empty for nothing."""
    words = command_words(dockerfile)
    if words[:2] not in _RUNNERS:
        return ""
    end = 2
    while end < len(words) and words[end].startswith("--"):
        end += 1
    return shlex.join(words[:end])


def program(dockerfile: Dockerfile, name: str) -> str:
    """How a program is called: with the CMD's runner, or from the folder of the CMD's program.

    Args:
        dockerfile: The image's.
        name: ``python`` is called as the CMD calls it, such as ``python3``.
    """
    prefix = run_prefix(dockerfile)
    if prefix:
        return f"{prefix} {name}"
    first = next(iter(command_words(dockerfile)), "")
    if name == "python" and _PYTHON.fullmatch(posixpath.basename(first)):
        return first
    is_of_environment = "/bin/" in first and not first.startswith(("/bin/", "/usr/bin/"))
    if is_of_environment and not first.startswith(("/usr/local/bin/", "/usr/sbin/")):
        return posixpath.join(posixpath.dirname(first), name)
    return name


def path_in_image(dockerfile: Dockerfile, path: str) -> str | None:
    """How a command names a file of the project; None where the image has it at no known place.

    Args:
        dockerfile: The image's. One with no COPY at all is taken to have the project in place.
        path: From the project's folder.
    """
    if not dockerfile.copies:
        return path
    place = place_of(dockerfile.copies, path)
    here = dockerfile.workdir
    if place is None or here is None or not place.startswith(f"{here.rstrip('/')}/"):
        return place
    # Where no WORKDIR is said the base image may have one of its own.
    return place if here == "/" else posixpath.relpath(place, here)


def is_in_place(dockerfile: Dockerfile, path: str) -> bool:
    """Whether a file of the project lies at the same path below the working directory."""
    return path_in_image(dockerfile, path) == path


def can_reload(dockerfile: Dockerfile) -> bool:
    """Whether a server that reloads would see the changes: the sources are mounted where it is."""
    mount = dockerfile.mountable
    return mount is not None and mount == dockerfile.workdir and takes_commands(dockerfile)


def application(dockerfile: Dockerfile) -> str:
    """The ``module:name`` that the CMD's server is given; empty where there is none."""
    words = command_words(dockerfile)
    if any(word.startswith(("--chdir", "--app-dir", "--pythonpath")) for word in words):
        return ""
    return next((word for word in words if _APPLICATION.fullmatch(word)), "")


def listening_port(dockerfile: Dockerfile) -> tuple[int, str] | None:
    """The port that an image without EXPOSE listens on, and where that is said."""
    match = _BOUND.search(" ".join(command_words(dockerfile)))
    told = [(match[1] or match[2], "its CMD listens on it")] if match else []
    told.append((dockerfile.environment.get("PORT", ""), "it sets PORT"))
    for text, where in told:
        if text.isdecimal() and 0 < int(text) <= _LAST_PORT:
            return int(text), where
    return None


def port_of(dockerfile: Dockerfile) -> int:
    """The port that a local command has to listen on."""
    if len(dockerfile.ports) == 1:
        return dockerfile.ports[0]
    told = None if dockerfile.ports else listening_port(dockerfile)
    return told[0] if told else DEFAULT_PORT


def _words(text: str) -> tuple[str, ...]:
    """The words of an exec form, or of a shell form that needs no shell."""
    if text.startswith("["):
        try:
            return tuple(str(word) for word in json.loads(text))
        except (ValueError, RecursionError):
            return ()
    try:
        return () if _SHELL_ONLY.search(text.replace("$PORT", "")) else tuple(shlex.split(text))
    except ValueError:
        return ()
