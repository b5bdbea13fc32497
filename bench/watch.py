"""``devkit watch`` beside ``docker compose watch`` on the same application, in one run.

Usage: .venv/bin/python bench/watch.py [RUNS [init] [plain] [copied] [restarted]]

Fair, because both follow the same files of the same Dockerfile on the same engine, and take turns
whose order changes. What each is given is what it asks for: devkit the Dockerfile and its own
generated compose file; Compose that very file with a ``develop`` section and, since it copies what
devkit mounts, without the mount. From save to new answer is measured from outside: the clock
starts when the file is written and stops when the published port answers with the new content.

A server that is process 1 of its container and does not handle SIGTERM, as Python's and Node's own
do not, is given ten seconds by Compose each time. devkit's compose file has ``init: true``, which
such servers end at once with. So there are two tables: one with that line for both, which leaves
Compose its half second of debounce and its start of everything that web depends on; and one
without it for Compose, as most compose files are written.

With ``init`` for both, most of a restart is the engine's own `docker restart`, which both wait for:
there devkit is ahead by the debounce alone.

What is in the rebuild: devkit starts the new image beside the old container first and replaces
that one only when the new answers. Compose stops the old one first.
"""

from __future__ import annotations

import contextlib
import http.client
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))

from timing import report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOCKERFILE = """\
FROM python:3.11-slim-bookworm
WORKDIR /app
COPY deps.txt .
RUN cp deps.txt /installed
COPY . /app
EXPOSE 80
CMD ["python", "server.py"]
"""
SERVER = """\
import http.server, socket
code = "code 0"

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = f"{code}; {open('/installed').read()}; {open('/app/page.txt').read()}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

server = http.server.ThreadingHTTPServer(("0.0.0.0", 80), Handler)
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", ("192.0.2.1", 9))
server.serve_forever()
"""
"""It sends a packet when it starts, as every application does that opens its database: who asks
for the page while the container is away would else wait for a second until the system looks for
the container's address once more, whichever tool restarted it.
"""
COMPOSE = """\
name: {name}
services:
  web:
    build: {{context: .}}
{init}    ports: ["127.0.0.1:{port}:80"]
    develop:
      watch:
        - {{action: rebuild, path: deps.txt}}
        - {{action: sync, path: page.txt, target: /app/page.txt}}
        - {{action: sync+restart, path: server.py, target: /app/server.py}}
"""
CONFIG = "name: {name}\nweb: {{publish: {port}, mount: {mount}}}\nwatch: {{sync: [page.txt]}}\n"
PATIENCE = 60.0
STEP = 0.005
ASKING = 0.1
"""Seconds for one answer: docker-proxy takes connections before its container listens."""
GOAL = 1.5


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


class Application:
    """One copy of the application, followed by one tool."""

    def __init__(self, folder: Path, name: str, port: int) -> None:
        self.folder, self.name, self.port = folder, name, port
        self.count = 0
        folder.mkdir()
        files = {"Dockerfile": DOCKERFILE, "server.py": SERVER, "deps.txt": "deps 0",
                 "page.txt": "page 0", ".dockerignore": ".env-local\n.devkit\n.git\n"}  # fmt: skip
        for each, text in files.items():
            (folder / each).write_text(text)
        self.log = (folder.parent / f"{name}.log").open("w")

    def follow(self, *words: str) -> contextlib.AbstractContextManager[None]:
        """Run the tool, from when it says that it watches."""
        return _following(self, words)

    def page(self) -> str:
        try:
            address = f"http://127.0.0.1:{self.port}/"
            with urllib.request.urlopen(address, timeout=ASKING) as answer:
                return str(answer.read().decode())
        except (OSError, http.client.HTTPException):
            return ""

    def shows(self, text: str) -> float:
        """Seconds until the page shows a text."""
        began = time.perf_counter()
        while time.perf_counter() - began < PATIENCE:
            if text in self.page():
                return time.perf_counter() - began
            time.sleep(STEP)  # noqa: TID251 - the bench's own clock
        raise SystemExit(f"{self.name} never showed {text}: {Path(self.log.name).read_text()}")

    def save(self, kind: str) -> float:
        """Change what asks for an action, and return the seconds until the new answer."""
        self.count += 1
        text = f"{kind} n{self.count}."
        if kind == "code":
            server = SERVER.replace("code 0", text)
            (self.folder / "server.py").write_text(server)
        else:
            (self.folder / f"{kind}.txt").write_text(text)
        return self.shows(text)


@contextlib.contextmanager
def _following(app: Application, words: tuple[str, ...]) -> Iterator[None]:
    process = subprocess.Popen(words, cwd=app.folder, stdout=app.log, stderr=subprocess.STDOUT)
    try:
        app.shows("code")
        log = Path(app.log.name)
        until = time.monotonic() + PATIENCE
        while "atching" not in log.read_text() and time.monotonic() < until:
            time.sleep(0.1)  # noqa: TID251 - the same
        time.sleep(1.0)  # noqa: TID251 - it may say so a little early
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def compare(folder: Path, devkit: str, runs: int, *, init: bool) -> None:
    """Restart, rebuild and sync, in turn."""
    kind = "init" if init else "plain"
    ours = Application(folder / f"ours-{kind}", f"devkit-bench-ours-{kind}", free_port())
    theirs = Application(folder / f"theirs-{kind}", f"devkit-bench-theirs-{kind}", free_port())
    (ours.folder / "devkit.yaml").write_text(
        CONFIG.format(name=ours.name, port=ours.port, mount="/app")
    )
    compose = COMPOSE.format(
        name=theirs.name, port=theirs.port, init="    init: true\n" if init else ""
    )
    (theirs.folder / "compose.yaml").write_text(compose)
    print(f"\nfrom save to new answer, {'init: true for both' if init else 'Compose without init'}")
    try:
        subprocess.run(["docker", "compose", "up", "--detach", "--build"], cwd=theirs.folder,
                       check=True, capture_output=True)  # fmt: skip
        watch = theirs.follow("docker", "compose", "watch")
        with watch, ours.follow(devkit, "watch"):
            for what, name in (("code", "restart"), ("deps", "rebuild")):
                _alternate({"docker compose watch": theirs, "devkit watch": ours}, what, name, runs)
    finally:
        _remove(ours, theirs)


def _alternate(apps: dict[str, Application], what: str, name: str, runs: int) -> None:
    timings: dict[str, list[float]] = {each: [] for each in apps}
    for turn in range(runs + 1):
        for tool in list(apps)[:: -1 if turn % 2 else 1]:
            seconds = apps[tool].save(what)
            print(f"{turn}: {name}: {tool} {seconds:.3f} s", file=sys.stderr)
            if turn:
                timings[tool].append(seconds)
            time.sleep(1.0)  # noqa: TID251 - what the tool still does is not the other one's
    print(f"\n{name}")
    report(timings, against="docker compose watch")


def copied(folder: Path, devkit: str, runs: int) -> None:
    """Files that are copied in, a constant writer, and a branch switch."""
    app = Application(folder / "copied", "devkit-bench-copied", free_port())
    other = Application(folder / "their-copied", "devkit-bench-their-copied", free_port())
    text = CONFIG.format(name=app.name, port=app.port, mount="false")
    (app.folder / "devkit.yaml").write_text(text)
    (other.folder / "compose.yaml").write_text(
        COMPOSE.format(name=other.name, port=other.port, init="    init: true\n")
    )
    try:
        subprocess.run(["docker", "compose", "up", "--detach", "--build"], cwd=other.folder,
                       check=True, capture_output=True)  # fmt: skip
        watch = other.follow("docker", "compose", "watch")
        with watch, app.follow(devkit, "watch"):
            _alternate({"docker compose watch": other, "devkit watch": app}, "page", "sync", runs)
            _writer(app, "page")
    finally:
        _remove(app, other)


def restarted(folder: Path, devkit: str) -> None:
    """A constant writer of code that needs a restart, and a branch switch of 5,000 files."""
    app = Application(folder / "restarted", "devkit-bench-restarted", free_port())
    text = CONFIG.format(name=app.name, port=app.port, mount="/app")
    (app.folder / "devkit.yaml").write_text(text)
    try:
        with app.follow(devkit, "watch"):
            _writer(app, "code")
            time.sleep(3.0)  # noqa: TID251 - until it is at rest
            _switch(app)
    finally:
        _remove(app)


def _writer(app: Application, kind: str) -> None:
    """A save each 200 ms for 10 s: how long each takes to be seen, itself or a later one."""
    saved: dict[int, float] = {}
    seen: dict[int, float] = {}
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            number = _number(app.page(), kind)
            for each in [n for n in saved if n <= number and n not in seen]:
                seen[each] = time.perf_counter()
            time.sleep(STEP)  # noqa: TID251 - the same

    looking = threading.Thread(target=look)
    looking.start()
    for number in range(1000, 1050):
        saved[number] = time.perf_counter()
        if kind == "code":
            server = SERVER.replace("code 0", f"code n{number}.")
            (app.folder / "server.py").write_text(server)
        else:
            (app.folder / "page.txt").write_text(f"page n{number}.")
        time.sleep(0.2)  # noqa: TID251 - the writer's own pace
    until = time.perf_counter() + 10
    while len(seen) < len(saved) and time.perf_counter() < until:
        time.sleep(0.05)  # noqa: TID251 - the same
    done.set()
    looking.join()
    took = [seen.get(number, float("inf")) - began for number, began in saved.items()]
    print(f"\na writer that saves {kind} every 200 ms for 10 s: seen after"
          f" {min(took):.3f} / {statistics.median(took):.3f} / {max(took):.3f} s"
          f" (min / median / max), all within {GOAL} s: {max(took) <= GOAL}")  # fmt: skip


def _number(page: str, kind: str) -> int:
    _, _, rest = page.partition(f"{kind} n")
    digits = rest.partition(".")[0]
    return int(digits) if digits.isdigit() else -1


def _switch(app: Application) -> None:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
        subprocess.run(["git", *identity, *words], cwd=app.folder, check=True, capture_output=True)

    (app.folder / ".gitignore").write_text(".devkit\n.env-local\n.build\n")
    git("init", "--quiet", "--initial-branch=old")
    git("add", "--all")
    git("commit", "-qm", "old")
    # The other branch is made in a tree of its own: nothing is seen of that here.
    tree = app.folder.parent / "tree"
    git("worktree", "add", "-q", "-b", "new", str(tree))
    for number in range(5000):
        path = tree / "many" / str(number % 50) / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{number}\n")
    subprocess.run(["git", "add", "--all"], cwd=tree, check=True, capture_output=True)
    subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "new"],
                   cwd=tree, check=True, capture_output=True)  # fmt: skip
    time.sleep(5.0)  # noqa: TID251 - until it is at rest
    log = Path(app.log.name)
    before = log.read_text().count(" in ")
    began = time.perf_counter()
    git("checkout", "-q", "--detach", "new")
    switched = time.perf_counter() - began
    time.sleep(15.0)  # noqa: TID251 - long enough for a second action to show
    actions = [line for line in log.read_text().splitlines() if " in " in line][before:]
    print(f"\na branch switch of 5,000 files (git took {switched:.1f} s): {len(actions)} action(s)")
    print("\n".join(f"  {line}" for line in actions))


def _remove(*apps: Application) -> None:
    for app in apps:
        down = ["docker", "compose", "--project-name", app.name, "down", "--timeout", "0",
                "--volumes", "--remove-orphans"]  # fmt: skip
        subprocess.run(down, cwd=app.folder, check=False, capture_output=True)
        subprocess.run(["docker", "image", "rm", "-f", f"{app.name}-web"], check=False,
                       capture_output=True)  # fmt: skip


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    devkit = str(Path(sys.executable).parent / "devkit")
    parts: dict[str, Callable[[Path], None]] = {
        "init": lambda folder: compare(folder, devkit, runs, init=True),
        "plain": lambda folder: compare(folder, devkit, runs, init=False),
        "copied": lambda folder: copied(folder, devkit, runs),
        "restarted": lambda folder: restarted(folder, devkit),
    }
    folder = Path(tempfile.mkdtemp())
    try:
        for name in sys.argv[2:] or parts:
            parts[name](folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
