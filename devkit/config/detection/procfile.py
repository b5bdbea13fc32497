"""What a Procfile says; where there is one it is the strongest evidence."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

from devkit.config.checks import WORKER_PATTERN, check_command
from devkit.config.detection.findings import Guess

if TYPE_CHECKING:
    from devkit.config.detection.findings import Sources

_LINE = re.compile(r"(?m)^([A-Za-z0-9_-]+):[ \t]*(\S.*?)[ \t]*$")
_NEEDS_SHELL = re.compile(r"[$&|;<>`*]|^\w+=")
_OPERATORS = re.compile(r"[&|;]")
# Commands joined by && or ;, and nothing else that a shell would have to take apart before the
# last one; that one may have variables before it.
_LAST_OF_CHAIN = re.compile(
    r"(?P<before>(?:[^&|;(){}`\"'\\]*(?:&&|;))*[ \t]*(?:\w+=[^\s&|;(){}`\"'\\]*[ \t]+)*)"
    r"(?P<program>[\w./-]+)(?P<rest>(?:[ \t][^&|;]*)?)"
)
_BUILTINS = re.compile(
    r"\.|alias|case|cd|do|done|elif|else|esac|eval|exec|exit|export|fi|for|if|read|set|shift"
    r"|source|then|time|trap|ulimit|umask|unset|until|wait|while"
)
"""What belongs to the shell itself, and `exec` would look for as a file."""
_LONGEST = 40  # of a worker's name


def read_procfile(text: str) -> dict[str, str]:
    """The commands by the name of their process."""
    return dict(_LINE.findall(text))


def release_of(sources: Sources) -> Guess | None:
    """The command of the line ``release:``."""
    command = read_procfile(sources.files.get("Procfile", "")).get("release")
    words = as_command(command or "")
    return Guess(command=words, reason="the Procfile says so") if words else None


def workers_of(sources: Sources) -> dict[str, str]:
    """The commands of all other processes but ``web``."""
    processes = read_procfile(sources.files.get("Procfile", ""))
    found = {n: as_command(c) for n, c in processes.items() if n not in {"release", "web"}}
    named = {_name(name): command for name, command in found.items() if command}
    return {
        n: c for n, c in named.items() if re.fullmatch(WORKER_PATTERN, n) and len(n) <= _LONGEST
    }


def worker_of(sources: Sources) -> str:
    """The command of a worker, as a package that has one is called; empty where none has."""
    packages = sources.dependencies
    known = {
        "celery -A NAME worker": packages.python.get("celery"),
        "rq worker": packages.python.get("rq"),
        "python manage.py rqworker": packages.python.get("django-rq"),
        "bundle exec sidekiq": packages.ruby.get("sidekiq"),
        "node worker.js": packages.node.get("bullmq") or packages.node.get("bull"),
    }
    return next((command for command, package in known.items() if package), "")


def as_command(text: str) -> str:
    """The command as words, through a shell where only a shell would understand it."""
    command = f"sh -c {shlex.quote(text)}" if _NEEDS_SHELL.search(text) else text
    return command if is_sound(command) else ""


def as_cmd(text: str) -> str:
    """The CMD of a Dockerfile for a command; the last program takes the shell's place if it can.

    It is that program which has to hear when the container is to stop.
    """
    try:
        words = [] if _NEEDS_SHELL.search(text) else shlex.split(text)
    except ValueError:  # a quote that does not end
        words = []
    if words:
        return json.dumps(words)
    script = _with_exec(text)
    return json.dumps(["sh", "-c", script]) if _OPERATORS.search(text) else script


def _with_exec(text: str) -> str:
    found = _LAST_OF_CHAIN.fullmatch(text)
    if found is None or _BUILTINS.fullmatch(found["program"]):
        return text
    return f"{found['before']}exec {found['program']}{found['rest']}"


def is_sound(command: str) -> bool:
    """Whether devkit.yaml may have it: words that need no shell, and nothing unprintable."""
    try:
        return bool(check_command(command)) and command.isprintable()
    except PydanticCustomError:
        return False


def _name(process: str) -> str:
    return process.lower().replace("_", "-").strip("-") or "worker"
