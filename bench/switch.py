"""20 switches under load: ``devkit deploy test`` beside ``docker compose up -d``, in one run.

Usage: .venv/bin/python bench/switch.py [SWITCHES]

Both switch the same small application, which answers what it was asked before it ends on SIGTERM,
from one commit to another and back, under the same load (``devkit.engine.load``: plain and
keep-alive clients, slow senders and slow readers). After each switch the page has to be the new
commit's.

- devkit deploys each commit as it always does: check-out, build, release, gate, switch.
- Compose has the image built already and recreates the container behind its published port, which
  is what ``docker compose up -d`` does when the image's tag has changed.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))

from timing import timed

from devkit.deployment.traffic import Tally
from devkit.engine.load import HttpLoad
from devkit.ports import Address, Phase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devkit.deployment.traffic import Report

NAME = f"devkit-switch-{os.getpid()}"
DEVKIT = str(Path(sys.executable).parent / "devkit")
PAGES = ("blue", "green")
BEFORE_SECONDS = 2.0
COMPOSE_FILE = """\
services:
  web:
    image: "{name}:${{PAGE}}"
    ports: ["127.0.0.1:{port}:80"]
"""
DOCKERFILE = """\
FROM python:3.11-slim-bookworm
WORKDIR /app
COPY . /app
EXPOSE 80
CMD ["python", "server.py"]
"""
SERVER = """\
import http.server, signal, threading

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"PAGE"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass

class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = False  # what was asked is answered before the end

server = Server(("0.0.0.0", 80), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
server.server_close()
"""


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to switch; all of its switches are called with the page to switch to."""

    name: str
    port: int
    switch: Callable[[str], float]


@dataclass(frozen=True, kw_only=True)
class Measured:
    name: str
    report: Report
    seconds: list[float]


def main() -> None:
    switches = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        app = Path(folder) / "app"
        app.mkdir()
        write(app, PAGES[0])
        git(app, "init", "--quiet", "--initial-branch=main")
        commits = {page: commit(app, page) for page in PAGES}
        try:
            ways = [with_devkit(app, commits), with_compose(app, Path(folder))]
            measured = [asyncio.run(measure(way, switches)) for way in ways]
        finally:
            clean_up(app, Path(folder))
    tell(measured, switches)


def with_devkit(app: Path, commits: dict[str, str]) -> Way:
    def switch(page: str) -> float:
        return timed([DEVKIT, "deploy", "test", commits[page]], cwd=app)

    first = run(DEVKIT, "deploy", "test", commits[PAGES[0]], "--json", cwd=app)
    address = json.loads(first.splitlines()[-1])["address"]
    port = int(address.rstrip("/").rpartition(":")[2])
    return Way(name="`devkit deploy test`", port=port, switch=switch)


def with_compose(app: Path, folder: Path) -> Way:
    port = free_port()
    (folder / "compose.yaml").write_text(COMPOSE_FILE.format(name=NAME, port=port))
    for page in PAGES:
        write(app, page)
        run("docker", "build", "--quiet", "--tag", f"{NAME}:{page}", str(app))
    up = ["docker", "compose", "--project-name", NAME, "up", "--detach"]

    def switch(page: str) -> float:
        return timed(["env", f"PAGE={page}", *up], cwd=folder)

    switch(PAGES[0])
    return Way(name="`docker compose up -d`", port=port, switch=switch)


async def measure(way: Way, switches: int) -> Measured:
    tally, seconds = Tally(), list[float]()
    load = HttpLoad(Address(host="127.0.0.1", port=way.port))
    await asyncio.to_thread(wait_for, way.port, PAGES[0])
    async with load.sending(tally.record):
        await asyncio.sleep(BEFORE_SECONDS)
        load.enter(Phase.DURING)
        for page in next_pages(switches):
            seconds.append(await asyncio.to_thread(way.switch, page))
            await asyncio.to_thread(wait_for, way.port, page)
            print(f"{way.name}: {page}, {tally.failed} failed so far", file=sys.stderr)
        load.enter(Phase.AFTER)
        await asyncio.sleep(BEFORE_SECONDS)
    return Measured(name=way.name, report=tally.report(), seconds=seconds)


def next_pages(switches: int) -> Iterator[str]:
    return (PAGES[number % 2] for number in range(1, switches + 1))


def wait_for(port: int, page: str) -> None:
    """Wait until the page is the new commit's; devkit has it when it says so."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                if answer.read().decode() == page:
                    return
        except OSError:
            pass
        time.sleep(0.05)  # noqa: TID251 - the port is asked again and again
    raise SystemExit(f"port {port} never showed {page}")


def tell(measured: list[Measured], switches: int) -> None:
    print(f"| {switches} switches | requests | failed | slowest answer | one switch, median |")
    print("| --- | --- | --- | --- | --- |")
    for each in measured:
        figures = each.report
        slowest = max(phase.slowest for phase in figures.phases.values())
        print(
            f"| {each.name} | {figures.sent} | {figures.failed} | {slowest:.2f} s"
            f" | {statistics.median(each.seconds):.1f} s |"
        )
    for each in measured:
        for example in each.report.examples[:3]:
            print(f"{each.name}: {example}")
    if measured[0].report.failed:
        raise SystemExit("devkit lost a request.")


def clean_up(app: Path, folder: Path) -> None:
    stop = [DEVKIT, "deploy", "stop", "test", "--volumes", "--yes"]
    subprocess.run(stop, cwd=app, check=False, capture_output=True)
    if (folder / "compose.yaml").exists():
        down = ["env", "PAGE=none", "docker", "compose", "--project-name", NAME, "down"]
        subprocess.run(down, cwd=folder, check=False, capture_output=True)
    for repository in (NAME, f"devkit/{NAME}"):
        listed = run("docker", "image", "ls", "--quiet", repository).split()
        for image in dict.fromkeys(listed):
            words = ["docker", "image", "rm", "--force", image]
            subprocess.run(words, check=False, capture_output=True)


def write(app: Path, page: str) -> None:
    (app / "devkit.yaml").write_text(f"name: {NAME}\n")
    (app / "Dockerfile").write_text(DOCKERFILE)
    (app / "server.py").write_text(SERVER.replace("PAGE", page))


def commit(app: Path, page: str) -> str:
    write(app, page)
    git(app, "add", "--all")
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    git(app, *who, "commit", "--quiet", "--no-verify", "--message", page)
    return run("git", "rev-parse", "HEAD", cwd=app).strip()


def git(app: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=app, check=True)


def run(*words: str, cwd: Path | None = None) -> str:
    done = subprocess.run(words, cwd=cwd, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{words} failed: {done.stdout}{done.stderr}")
    return done.stdout


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


if __name__ == "__main__":
    main()
