"""Whether a command is a server that takes changed code up by itself."""

from __future__ import annotations

import re

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
        re.compile(r"\b(?:node|bun)\b(?=.*(?<!\S)--(?:watch|hot)\b)|\bdeno\b(?=.*--watch\b)"),
    ),
    ("vite", re.compile(r"(?:^|[\s/])vite(?:\s+(?:dev|serve)\b|\s+-|\s*$)")),
    (
        "next dev",
        re.compile(
            r"\bnext\s+dev\b|\bnuxt\s+dev\b|\bng\s+serve\b|\bwebpack(?:-dev-server|\s+serve)\b"
        ),
    ),
    ("rails server", re.compile(r"\b(?:rails\s+(?:server|s)\b|bin/dev\b)(?!.*production)")),
    ("rerun", re.compile(r"\b(?:rerun|guard|shotgun)\s")),
    (
        "PHP's built-in server",
        re.compile(r"\bphp\s+-S\b|\bartisan\s+serve\b|\bsymfony\s+(?:server:start|serve)\b"),
    ),
    ("air", re.compile(r"(?:^|[\s/])air(?:\s|$)|\bcargo[- ]watch\b|\bdotnet\s+watch\b")),
)
_READS_EACH_TIME = (
    ("PHP", re.compile(r"^(?:\S+/)?php:\S*(?:apache|fpm)|/php\S*apache")),
    ("a server of files", re.compile(r"^(?:\S+/)?(?:nginx|httpd|caddy)(?::|@|$)")),
)  # fmt: skip


def reloads(command: str, base_images: tuple[str, ...] = ()) -> str:
    """What takes changed code up by itself, in words; empty where nothing is known to.

    Args:
        command: All that the container runs, as one text; empty where the Dockerfile says nothing.
        base_images: What the image starts from: without a command of its own it runs theirs.
    """
    for name, pattern in _RELOADERS:
        if pattern.search(command):
            return name
    if not command:
        for name, pattern in _READS_EACH_TIME:
            if base_images and pattern.search(base_images[-1]):
                return name
    return ""
