"""Whether a command is a server that takes changed code up by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_RAILS = "rails server"
_PHP = "PHP"
_FILES = "a server of files"
_RELOADERS = (
    ("Django's runserver", re.compile(r"\brunserver(?:_plus)?\b(?!.*--noreload)")),
    ("flask --debug", re.compile(r"\bflask\b(?=.*(?<!\S)--(?:debug|reload)\b)(?!.*--no-reload)")),
    ("fastapi dev", re.compile(r"\bfastapi\s+dev\b(?!.*--no-reload)")),
    (
        "uvicorn --reload",
        re.compile(r"\b(?:uvicorn|hypercorn|granian|litestar|sanic)\b(?=.*--reload\b)"),
    ),
    ("gunicorn --reload", re.compile(r"\bgunicorn\b(?=.*--reload\b)")),
    ("watchmedo auto-restart", re.compile(r"\bwatchmedo\s+auto-restart\b")),
    ("watchfiles", re.compile(r"(?:^|\s)(?:-m\s+)?watchfiles\s")),
    ("nodemon", re.compile(r"\b(?:nodemon|ts-node-dev|tsnd)\b|\btsx\s+watch\b")),
    (
        "node --watch",
        re.compile(r"\b(?:node|bun)\b(?=[^&|;]*(?<!\S)--(?:watch|hot)\b)|\bdeno\b(?=.*--watch\b)"),
    ),
    ("nest start --watch", re.compile(r"\bnest\s+start\b(?=.*(?<!\S)(?:--watch|-w)\b)")),
    ("vite", re.compile(r"(?:^|[\s/])vite(?:\s+(?:dev|serve)\b|\s+-|\s*$)")),
    (
        "next dev",
        re.compile(
            r"\bnext\s+dev\b|\bnuxt\s+dev\b|\bng\s+serve\b|\bwebpack(?:-dev-server|\s+serve)\b"
            r"|\breact-scripts\s+start\b|\bvue-cli-service\s+serve\b"
        ),
    ),
    (_RAILS, re.compile(r"\brails\s+(?:server|s)\b|\bbin/dev\b")),
    ("rerun", re.compile(r"\b(?:rerun|guard|shotgun)\s")),
    (
        "PHP's built-in server",
        re.compile(r"\bphp\s+-S\b|\bartisan\s+serve\b|\bsymfony\s+(?:server:start|serve)\b"),
    ),
    ("air", re.compile(r"(?:^|[\s/])air(?:\s|$)|\bcargo[- ]watch\b|\bdotnet\s+watch\b")),
)
_READS_EACH_TIME = (
    (_PHP, re.compile(r"^(?:\S+/)?php:\S*(?:apache|fpm)|/php\S*apache")),
    (_FILES, re.compile(r"^(?:\S+/)?(?:nginx|httpd|caddy)(?::|@|$)")),
)  # fmt: skip
_PHP_COMMAND = re.compile(
    r"(?:docker-php-entrypoint\s+)?(?:\S*/)?"
    r"(?:apache2-foreground|php-fpm(?:\s+(?:-[FRO]|--nodaemonize|--allow-to-run-as-root))*)"
)
"""What an image of PHP runs by itself; a script before it may have made caches of the code."""
_KEEPS_COMPILED = re.compile(
    r"validate_timestamps(?!\W{1,9}(?:1|on|true|yes)\b)|revalidate_freq(?!\W{1,9}[0-2]\b)"
    r"|opcache\.preload\s*=\s*[^\s;]",
    re.IGNORECASE,
)
"""Settings of PHP's opcache that have it look for changes never, or rarely; by default it does
every two seconds."""
_SETTINGS = re.compile(r"/etc/|\.(?:conf|ini)$|/Caddyfile$")
_SEVERAL = re.compile(r"\b(?:concurrently|npm-run-all2?|run-p)\b")
_WATCHES = re.compile(r"\s(?:--watch|-w)(?=[\s=]|$)|:watch\b|\btailwind\s+start\b")
_COMMENT = re.compile(r"(?m)^\s*[;#].*$")
_SIDE_BY_SIDE = re.compile(r"(?<![&>|])&(?=\s|$)")


@dataclass(frozen=True, kw_only=True)
class Start:
    """How a container starts.

    Attributes:
        command: All that it runs, as one text; empty where nothing of the project says it.
        base: What its image starts from: without a command of its own it runs that one's.
        environment: Its variables.
        settings: The texts that set PHP up, as one.
    """

    command: str
    base: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    settings: str = ""


def reloads(start: Start) -> str:
    """What takes changed code up by itself, in words; empty where nothing is known to."""
    if _SEVERAL.search(start.command):
        return ""
    beside = [each for each in _SIDE_BY_SIDE.split(start.command) if each.strip()]
    # What only watches the styles takes up itself what it is there for.
    named = ((_reloader(each, start), each) for each in beside)
    names = [name for name, each in named if name or not _WATCHES.search(each)]
    names = names or [_reads_each_time("", start)]
    return names[0] if all(names) else ""


def takes_up(reloader: str, place: str) -> bool:
    """Whether what reloads takes up one file: a server reads its own settings once.

    Args:
        reloader: As ``reloads`` has it.
        place: Where the container sees the file.
    """
    return bool(reloader) and not (reloader in {_PHP, _FILES} and _SETTINGS.search(place))


def _reloader(command: str, start: Start) -> str:
    for name, pattern in _RELOADERS:
        if pattern.search(command) and (name != _RAILS or _is_developed(command, start)):
            return name
    return _reads_each_time(command.strip(), start)


def _is_developed(command: str, start: Start) -> bool:
    """Whether Rails loads code anew, as it does in one environment; it asks in this order."""
    variables = start.environment
    named = variables.get("RAILS_ENV") or variables.get("RACK_ENV") or "development"
    return named == "development" and "production" not in command


def _reads_each_time(command: str, start: Start) -> str:
    for name, pattern in _READS_EACH_TIME:
        if pattern.search(start.base):
            is_its_own = not command or (name == _PHP and _PHP_COMMAND.fullmatch(command))
            is_kept = name == _PHP and _KEEPS_COMPILED.search(_COMMENT.sub("", start.settings))
            return name if is_its_own and not is_kept else ""
    return ""
