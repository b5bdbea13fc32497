"""The web servers of several languages: how they are called, and where they listen."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Server:
    """A program that listens where it is told, or else at a port of its own.

    Attributes:
        name: As people know it.
        called: How it is called, as a pattern.
        variable: What it takes the port from where no option says it; empty for nothing.
        port: Its own.
    """

    name: str
    called: str
    variable: str
    port: int

    def call_in(self, text: str) -> str:
        """The text from where it is called; empty where it is not."""
        match = re.search(rf"""(?:^|[\s/"'])(?:{self.called})(?=[\s"']|$)""", text)
        return text[match.start() :] if match else ""


RAILS = Server("rails server", r"rails\s+(?:server|s)", "PORT", 3000)
PUMA = Server("puma", "puma", "PORT", 9292)
_SERVERS = (
    Server("flask run", r"flask\s+(?:\S+\s+)*?run", "FLASK_RUN_PORT", 5000),
    Server("gunicorn", "gunicorn", "PORT", 8000),
    Server("uvicorn", "uvicorn", "UVICORN_PORT", 8000),
    Server("fastapi", r"fastapi\s+(?:run|dev)", "PORT", 8000),
    Server("hypercorn", "hypercorn", "", 8000),
    Server("daphne", "daphne", "", 8000),
    Server("waitress", "waitress-serve", "", 8080),
    Server("runserver", r"(?:manage\.py|django-admin)\s+runserver", "", 8000),
    Server("http.server", r"-m\s+http\.server", "", 8000),
    # Before what it stands in front of.
    Server("thrust", "thrust", "HTTP_PORT", 80),
    RAILS,
    PUMA,
    Server("artisan serve", r"artisan\s+serve", "SERVER_PORT", 8000),
    Server("next", r"next\s+(?:start|dev)", "PORT", 3000),
)


def server_in(text: str) -> tuple[Server, str] | None:
    """The server that one command calls, and the command from there on."""
    calls = ((server, server.call_in(text)) for server in _SERVERS)
    return next(((server, call) for server, call in calls if call), None)
