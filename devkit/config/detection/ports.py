"""Where an image listens that has no EXPOSE."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.config.defaults import DEFAULT_PORT
from devkit.config.detection.dependencies import read_json
from devkit.config.detection.entry import file_named
from devkit.config.detection.image import words_of
from devkit.config.detection.servers import PUMA, RAILS, server_in
from devkit.config.detection.versions import table_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devkit.config.detection.findings import Sources
    from devkit.config.detection.servers import Server

_LAST_PORT = 65535
_NUMBER = r"(\d{2,5})(?![\w:.])"
_BOUND = re.compile(
    rf"""(?:^|[\s="']|\s-b)(?:(?:tcp|https?)://)?(?:0\.0\.0\.0|0|\[::\]|[*+])?:{_NUMBER}
    | (?:--|-D)(?:server\.)?port[ =]{_NUMBER}""",
    re.VERBOSE,
)
# What says a port to a server, and something else to other programs.
_TOLD = re.compile(rf"\s-p[ ]?{_NUMBER}|\b(?:runserver|http\.server)\s+{_NUMBER}")
# What only the running container knows, or is no port: a variable, a socket, a file of settings.
_UNKNOWN = re.compile(
    r"""\s(?:-p|-b|--port|--bind|--listen|runserver)[ =]?\S*(?:\$|unix:)
    | \s(?:-c|-C|--config|--uds|--fd)[ =]""",
    re.VERBOSE,
)
_VARIABLE = re.compile(r"\$(?:(?P<plain>\w+)|\{(?P<name>\w+)(?::?-(?P<otherwise>[^}]*))?\})")
_AND_THEN = re.compile(r"&&|\|\||[;|\n]|\s&(?=\s|$)")
_ASSIGNED = re.compile(r"\b([A-Z_]*PORT)=(\d+)\b")
_TELLS = re.compile(r"\s*(?:echo|printf)\b")
_OF_PACKAGE = re.compile(r"\b(?:npm|pnpm|yarn)\s+(?:run\s+|run-script\s+)?([\w:-]+)")
_SOURCE = re.compile(r"\b(?:node|nodemon|tsx|python[\d.]*)\s+(?:-\S+\s+)*([\w./-]+\.\w+)")
_LISTENS = (
    re.compile(r"\.listen\(\s*(\d{2,5})\b"),
    re.compile(r"""process\.env\.PORT\s*(?:\|\||\?\?)\s*["']?(\d{2,5})\b"""),
    re.compile(r"(?i)\b(?:const|let|var)\s+port\s*=\s*(\d{2,5})\b"),
    re.compile(r"""(?:environ\.get|getenv)\(\s*["']PORT["']\s*,\s*["']?(\d{2,5})\b"""),
    re.compile(r"\brun(?:_app)?\([^()]*\bport\s*=\s*(\d{2,5})\b"),
)


@dataclass(frozen=True)
class Port:
    """A port that an image listens on.

    Attributes:
        number: It.
        reason: What speaks for it, to follow a "but".
    """

    number: int
    reason: str


def listening_port(sources: Sources) -> Port | None:
    """The port that an image without EXPOSE listens on; None where nothing tells it."""
    if sources.dockerfile.ports:
        return None
    found = [_at(sources, command, who) for command, who in _commands(sources)]
    found.append(_port(sources.dockerfile.environment.get("PORT", ""), "it sets PORT"))
    return next(filter(None, found), None)


def port_of(sources: Sources) -> int:
    """The port that a local command has to listen on."""
    if len(sources.dockerfile.ports) == 1:
        return sources.dockerfile.ports[0]
    found = listening_port(sources)
    return found.number if found else DEFAULT_PORT


def _port(text: str, reason: str) -> Port | None:
    is_one = text.isdecimal() and 0 < int(text) <= _LAST_PORT
    return Port(int(text), reason) if is_one else None


def _commands(sources: Sources) -> Iterator[tuple[str, str]]:
    """What the container runs, and who says so: the image, and scripts that the image names."""
    entrypoint, command = sources.dockerfile.entrypoint, _plain(sources.dockerfile.command)
    if entrypoint and not entrypoint.startswith("["):
        command = ""  # the shell form takes no arguments
    whole = f"{_plain(entrypoint)} {command}" if entrypoint else ""
    for text, who in ((command, "its CMD"), (whole, "its ENTRYPOINT")):
        yield text, who
        for word in text.split():
            path = file_named(sources, word)
            if path and (path.endswith(".sh") or "." not in posixpath.basename(path)):
                yield sources.texts[path].replace("\\\n", " "), path
        for name in _OF_PACKAGE.findall(text):
            package = read_json(sources.files.get("package.json", ""))
            script = table_at(package, "scripts", name)
            if isinstance(script, str):
                yield script, f"the script `{name}` of package.json"


def _plain(text: str) -> str:
    return " ".join(words_of(text)) if text.startswith("[") else text


def _at(sources: Sources, command: str, who: str) -> Port | None:
    """Where a command listens; None where two of its servers listen at different ports."""
    text = _VARIABLE.sub(lambda match: _value(match, sources), command)
    parts = (part for part in _AND_THEN.split(text) if not _TELLS.match(part))
    calls = [call for call in map(server_in, parts) if call]
    variables = {**sources.dockerfile.environment, **dict(_ASSIGNED.findall(text))}
    found = {_of_server(sources, server, call, who, variables) for server, call in calls}
    if found:
        return found.pop() if len({port and port.number for port in found}) == 1 else None
    # A script names the ports of others, too: of the database that it waits for.
    bound = None if who in sources.texts else _BOUND.search(text)
    return _port(_first(bound), f"{who} listens on it") or _of_source(sources, text)


def _of_server(
    sources: Sources, server: Server, call: str, who: str, variables: Mapping[str, str]
) -> Port | None:
    told = _BOUND.search(call) or _TOLD.search(call)
    if told:
        return _port(_first(told), f"{who} listens on it")
    if server is PUMA and "rails" in sources.dependencies.ruby:
        server = RAILS  # its config/puma.rb says the same
    elif _UNKNOWN.search(call):
        return None
    value = variables.get(server.variable, "")
    if value:
        return _port(value, f"it sets {server.variable}, which {server.name} reads")
    return Port(server.port, f"{server.name} listens on it where nothing else is said")


def _of_source(sources: Sources, text: str) -> Port | None:
    """Where the program listens that node or python runs, as its own text says."""
    named = _SOURCE.search(text)
    path = file_named(sources, named[1]) if named else None
    if path is None:
        return None
    program = sources.texts[path]
    if "PORT" in program and "PORT" in sources.dockerfile.environment:
        return None
    found = (pattern.search(program) for pattern in _LISTENS)
    return _port(_first(next(filter(None, found), None)), f"{path} listens on it")


def _first(match: re.Match[str] | None) -> str:
    return next(filter(None, match.groups()), "") if match else ""


def _value(match: re.Match[str], sources: Sources) -> str:
    """What a variable stands for; itself where the image does not set it."""
    name = match["plain"] or match["name"]
    return sources.dockerfile.environment.get(name) or match["otherwise"] or match[0]
