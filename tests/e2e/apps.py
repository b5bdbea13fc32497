"""Small applications to deploy, and the broken ones."""

from __future__ import annotations

import os
from textwrap import dedent

NAME = f"tiny-{os.getpid()}"
"""Of this test run alone, so that what others do on the engine does not count."""

DOCKERFILE = """\
FROM python:3.11-slim-bookworm
WORKDIR /app
COPY . /app
EXPOSE 80
CMD ["python", "server.py"]
"""

CONFIG = f"""\
name: {NAME}
release:
  - python release.py
environments:
  live: {{containers: 2}}
"""


def server(*, host: str = "0.0.0.0", port: int = 80, status: int = 200, before: str = "") -> str:
    """A web server that answers every GET with one status."""
    return dedent(f"""\
        import http.server, sys
        {before}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                print("answering {status}", file=sys.stderr, flush=True)
                self.send_response({status})
                self.send_header("Content-Length", "3")
                self.end_headers()
                self.wfile.write(b"ok\\n")

        http.server.ThreadingHTTPServer(("{host}", {port}), Handler).serve_forever()
        """)


def polite_server(*, status: int = 200, text: str = "ok", in_get: str = "") -> str:
    """A server that ends on SIGTERM once it has answered what it was asked.

    Args:
        status: Of every answer; ``in_get`` may set it anew.
        text: The body.
        in_get: Lines before each answer, indented by eight; they may set ``status`` or return.
    """
    return f"""\
import http.server, signal, sys, threading

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, body = {status}, b"{text}\\n"
{in_get}
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass

class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = False

server = Server(("0.0.0.0", 80), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
server.server_close()
"""


def tiny(**changes: str | None) -> dict[str, str]:
    """The files of a small application that passes; changes replace or remove files.

    Args:
        changes: File name, with ``__`` for the dot, to its text; None removes it.
    """
    files: dict[str, str | None] = {
        "Dockerfile": DOCKERFILE,
        "devkit.yaml": CONFIG,
        "server.py": server(),
        "release.py": "print('released')\n",
    }
    files.update({name.replace("__", "."): text for name, text in changes.items()})
    return {name: text for name, text in files.items() if text is not None}
