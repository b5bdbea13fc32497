"""What the Dockerfile says about commands: which it runs, and how another one is called."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from itertools import pairwise
from typing import TYPE_CHECKING

from devkit.dockerfile.copies import place_of

if TYPE_CHECKING:
    from devkit.dockerfile import Dockerfile

RUNNERS = {("poetry", "run"), ("pipenv", "run"), ("uv", "run"), ("bundle", "exec")}
_PYTHON = re.compile(r"python[\d.]*")
_SHELL_ONLY = re.compile(r"[$&|;<>`]")
_APPLICATION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*(?:\(\))?")
_APP_DIR = "--app-dir"
_ELSEWHERE = re.compile(r"--(?:app-dir|chdir|pythonpath)\b|\bcd\s")

# What starts as root only: its folders for pid files, caches and logs are root's.
_FOR_ROOT = r"(nginx|httpd|openresty|supervisord|apachectl|apache2ctl)"
_BASE_FOR_ROOT = re.compile(rf"(?:^|/){_FOR_ROOT}(?:[:@].*)?$")
_CALL_FOR_ROOT = re.compile(rf"""(?:^|[\s/"'])({_FOR_ROOT}|httpd-foreground)(?=[\s"';&|]|$)""")
_UNPRIVILEGED = "nginx-unprivileged"


def command_words(dockerfile: Dockerfile) -> tuple[str, ...]:
    """The words of the CMD, of a shell form without a leading ``exec``; empty where unknown."""
    words = words_of(dockerfile.command)
    return words[1:] if words[:1] == ("exec",) else words


def run_prefix(dockerfile: Dockerfile) -> str:
    """What the CMD puts before a program: ``poetry run``, with its flags; empty for nothing."""
    words = command_words(dockerfile)
    if words[:2] not in RUNNERS:
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


def application(dockerfile: Dockerfile) -> str:
    """The ``module:name`` that the CMD's server is given; empty where there is none."""
    words = command_words(dockerfile)
    return next((word for word in words if _APPLICATION.fullmatch(word)), "")


def is_elsewhere(dockerfile: Dockerfile) -> bool:
    """Whether the CMD's server looks for the application outside of the working directory."""
    return bool(_ELSEWHERE.search(dockerfile.command))


def app_dir(dockerfile: Dockerfile) -> str:
    """The folder in which the CMD lets uvicorn look for the application; empty for none."""
    words = command_words(dockerfile)
    told = [word.partition("=")[2] for word in words if word.startswith(f"{_APP_DIR}=")]
    told += [folder for option, folder in pairwise(words) if option == _APP_DIR]
    return next(iter(told), "")


def server_for_root(dockerfile: Dockerfile) -> str:
    """The image or program that cannot start as the folder's owner; empty for none."""
    base = dockerfile.base or ""
    if _BASE_FOR_ROOT.search(base):
        return base
    if _UNPRIVILEGED in base:
        return ""
    match = _CALL_FOR_ROOT.search(f"{dockerfile.entrypoint} {dockerfile.command}")
    return match[1] if match else ""


def words_of(text: str) -> tuple[str, ...]:
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
