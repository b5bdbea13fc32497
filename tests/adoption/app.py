"""The application of the shapes: it answers, and its release command finds its databases."""

from __future__ import annotations

DOCKERFILE = """\
FROM python:3.11-slim-bookworm
WORKDIR /app
COPY . /app
EXPOSE 80
CMD ["python", "server.py"]
"""

SERVER = """\
import http.server, os, signal, sys

signal.signal(signal.SIGTERM, lambda *_: os._exit(0))

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\\n")

    def log_message(self, *words):
        pass

port = int(sys.argv[1]) if len(sys.argv) > 1 else 80
http.server.ThreadingHTTPServer(("0.0.0.0", port), Handler).serve_forever()
"""

RELEASE = """\
import os, socket, time
from urllib.parse import urlsplit

PORTS = {"postgres": 5432, "mysql": 3306, "redis": 6379}
ENDS = ("DATABASE_URL", "DATABASE_DSN", "CACHE_URL", "REDIS_URL")
HOSTS = {"POSTGRES_HOST": "postgres", "DB_HOST": "mysql"}

found = {name: value for name, value in os.environ.items() if name.endswith(ENDS)}
for name, scheme in HOSTS.items():
    if name in os.environ:
        found[name] = scheme + "://" + os.environ[name]
for name, value in sorted(found.items()):
    address = urlsplit(value)
    port = address.port or PORTS[address.scheme]
    for _ in range(60):
        try:
            socket.create_connection((address.hostname, port), 2).close()
            break
        except OSError:
            time.sleep(0.5)
    else:
        raise SystemExit(name + " leads nowhere")
    print("migrated " + name, flush=True)
"""

APP = {"Dockerfile": DOCKERFILE, "server.py": SERVER, "release.py": RELEASE}
