"""``devkit watch`` on a real engine: what is saved is what answers."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.machine import Workspace, docker, environment, free_port, make_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NAME = f"watched-{os.getpid()}"
SERVER = """\
import http.server
code = "code 0"

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = f"{code}, {open('/installed').read()}, {open('/srv/page.txt').read()}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

http.server.ThreadingHTTPServer(("0.0.0.0", 80), Handler).serve_forever()
"""
FILES = {
    "Dockerfile": """\
FROM python:3.11-slim-bookworm
WORKDIR /app
COPY deps.txt .
RUN cp deps.txt /installed && if grep -q wrong deps.txt; then exit 3; fi
COPY pages /srv
COPY . /app
EXPOSE 80
CMD ["python", "server.py"]
""",
    ".dockerignore": ".env-local\n.devkit\n.git\ntests\n",
    ".gitignore": ".env-local\n.devkit\n*.tmp\n",
    "deps.txt": "deps 0\n",
    "pages/page.txt": "page 0\n",
    "server.py": SERVER,
    "notes/migrations/0001_first.py": "",
    "worker.py": "import time\ntime.sleep(1000)\n",
    "release.py": "print('the release ran')\n",
}
PATIENCE = 90.0


def config(port: int, **more: str) -> str:
    lines = [f"{name}: {value}" for name, value in more.items()]
    return "\n".join(
        [f"name: {NAME}", f"web: {{publish: {port}}}", "release: [python release.py]",
         "workers: {queue: python worker.py}", 'watch: {sync: ["pages/"]}', *lines, ""]
    )  # fmt: skip


class Watched:
    """A project that is watched, as a program follows it."""

    def __init__(self, workspace: Workspace, port: int, *words: str) -> None:
        self.workspace = workspace
        self.port = port
        self._process = subprocess.Popen(
            [sys.executable, "-m", "devkit", "--json", "watch", *words],
            cwd=workspace.path, env=environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        self.told: list[str] = []
        self._readers = [threading.Thread(target=each) for each in (self._read, self._read_errors)]
        for reader in self._readers:
            reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._events.put(json.loads(line))

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        self.told.extend(self._process.stderr)

    def next(self, kind: str, **fields: object) -> dict[str, Any]:
        """The next event of a kind with some fields; those before it are passed over."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                event = self._events.get(timeout=1)
            except queue.Empty:
                continue
            if event["event"] == kind and fields.items() <= event.items():
                return event
        raise AssertionError(f"no {kind} {fields}: {''.join(self.told)}")

    def silent(self, seconds: float) -> list[dict[str, Any]]:
        """What is told within some seconds."""
        time.sleep(seconds)  # noqa: TID251 - real time passes
        found = []
        while not self._events.empty():
            found.append(self._events.get())
        return found

    def page(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as answer:
            return str(answer.read().decode())

    def shows(self, text: str) -> bool:
        """Whether the page comes to show a text."""
        return wait_until(lambda: text in self.page())

    def end(self, number: int = signal.SIGINT) -> int:
        self._process.send_signal(number)
        return self._process.wait(30)

    def close(self) -> None:
        """End it, if it is not over, and all that reads of it."""
        self._process.kill()
        self._process.wait(30)
        for each in self._readers:
            each.join(5)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


def wait_until(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if holds():
                return True
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(0.05)  # noqa: TID251 - real time passes
    return False


def web_id() -> str:
    return docker("ps", "--quiet", "--filter", f"label=com.docker.compose.project={NAME}",
                  "--filter", "label=com.docker.compose.service=web",
                  "--filter", "label=com.docker.compose.oneoff=False")  # fmt: skip


def of_the_worker(what: str) -> str:
    return docker("inspect", "--format", what, f"{NAME}-worker_queue-1")


def candidates() -> str:
    return docker("ps", "--all", "--quiet", "--filter", f"name={NAME}-watch-")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, int]]:
    port = free_port()
    folder = tmp_path_factory.mktemp("watched") / "shop"
    workspace = make_workspace(folder, {**FILES, "devkit.yaml": config(port)})
    yield workspace, port
    workspace.devkit("down", "--volumes", "--yes")
    docker("image", "rm", "--force", f"{NAME}-web")


@pytest.fixture(scope="module")
def watched(project: tuple[Workspace, int]) -> Iterator[Watched]:
    made = Watched(*project)
    made.next("watching", way="events")
    yield made
    made.close()


def test_a_restart_a_copy_and_nothing(watched: Watched) -> None:
    before, worked = web_id(), of_the_worker("{{.State.StartedAt}}")
    assert watched.shows("code 0, deps 0\n, page 0")
    watched.workspace.write({"server.py": SERVER.replace("code 0", "code 1")})
    done = watched.next("done")
    assert (done["action"], done["verdict"], done["cause"]) == ("restart", "passed", "server.py")
    assert "code 1" in watched.page()
    assert of_the_worker("{{.State.StartedAt}}") > worked
    watched.workspace.write({"pages/page.txt": "page 1\n"})
    assert watched.next("done")["action"] == "sync"
    assert "page 1" in watched.page()
    assert web_id() == before
    (watched.workspace.path / "server.py").touch()
    watched.workspace.write({"tests/test_a.py": "", "x.tmp": "", ".devkit/x": ""})
    assert watched.silent(1.5) == []


def test_a_rebuild_keeps_the_old_one_until_the_new_one_answers(watched: Watched) -> None:
    before = web_id()
    watched.workspace.write({"deps.txt": "wrong\n"})
    failed = watched.next("done", action="rebuild")
    assert failed["verdict"] == "failed"
    assert "does not build" in failed["message"]
    assert web_id() == before
    assert "deps 0" in watched.page()
    # Any save tries again, and one that mends it succeeds.
    watched.workspace.write({"server.py": SERVER.replace("code 0", "code 2")})
    assert watched.next("done", action="rebuild")["verdict"] == "failed"
    watched.workspace.write({"deps.txt": "deps 1\n"})
    done = watched.next("done", action="rebuild")
    assert (done["verdict"], done["cause"]) == ("passed", "deps.txt and 1 more file")
    assert "deps 1" in watched.page()
    assert web_id() not in {"", before}
    assert of_the_worker("{{.Image}}") == docker("inspect", "--format", "{{.Image}}", web_id())


def test_a_new_image_that_does_not_answer_does_not_replace_the_old_one(watched: Watched) -> None:
    before = web_id()
    dockerfile = FILES["Dockerfile"]
    broken = dockerfile.replace('"server.py"]', '"-c", "raise SystemExit(7)"]')
    watched.workspace.write({"Dockerfile": broken})
    failed = watched.next("done", action="rebuild")
    assert failed["verdict"] == "failed"
    assert failed["message"].startswith("The new container exited with code 7")
    assert failed["message"].endswith("; the old one serves on.")
    assert (web_id(), candidates()) == (before, "")
    assert "deps 1" in watched.page()
    watched.workspace.write({"Dockerfile": dockerfile})
    assert watched.next("done", action="rebuild")["verdict"] == "passed"
    assert candidates() == ""


def test_a_worker_that_was_stopped_is_not_started_by_a_save(watched: Watched) -> None:
    stopped = watched.workspace.devkit("stop", "queue")
    assert stopped.code == 0, stopped.err
    watched.workspace.write({"server.py": SERVER.replace("code 0", "code 3")})
    assert watched.next("done", action="restart")["verdict"] == "passed"
    watched.workspace.write({"deps.txt": "deps 3\n"})
    assert watched.next("done", action="rebuild")["verdict"] == "passed"
    assert "code 3, deps 3" in watched.page()
    assert of_the_worker("{{.State.Status}}") == "exited"
    watched.workspace.devkit("up")
    assert of_the_worker("{{.State.Status}}") == "running"
    assert watched.silent(1) == []


def test_the_newest_change_wins(watched: Watched) -> None:
    slow = FILES["Dockerfile"].replace("RUN cp", "RUN sleep 20 && cp")
    watched.workspace.write({"Dockerfile": slow})
    watched.next("changed", action="rebuild")
    watched.silent(2)
    watched.workspace.write({"Dockerfile": FILES["Dockerfile"], "deps.txt": "deps 2\n"})
    assert watched.next("done", verdict="cancelled")["seconds"] < 15
    done = watched.next("done", action="rebuild", verdict="passed")
    assert done["seconds"] < 20
    assert "deps 2" in watched.page()


def test_a_migration_waits_and_a_new_configuration_is_taken_up(watched: Watched) -> None:
    watched.workspace.write({"notes/migrations/0002_second.py": ""})
    assert watched.next("changed")["migrations"] == ["notes/migrations/0002_second.py"]
    watched.next("done", action="restart")
    assert wait_until(lambda: any("`devkit migrate` waits" in line for line in watched.told))
    before = web_id()
    watched.workspace.write({"worker.py": "raise SystemExit(3)\n"})
    watched.next("done", action="restart")
    assert wait_until(lambda: any("worker queue has ended (exited (3)" in t for t in watched.told))
    text = config(watched.port, environments='{local: {env: {GREETING: "hello"}}}')
    watched.workspace.write({"devkit.yaml": text})
    assert watched.next("done", action="regenerate")["verdict"] == "passed"
    assert web_id() != before
    assert "GREETING=hello" in docker("inspect", "--format", "{{.Config.Env}}", web_id())
    watched.workspace.write({"devkit.yaml": "name: [broken\n"})
    assert watched.next("done", action="regenerate")["verdict"] == "failed"
    watched.workspace.write({"devkit.yaml": text})
    assert watched.next("done", action="regenerate")["verdict"] == "passed"
    # The worker, which was started anew, ends anew at a moment of its own.
    assert [each for each in watched.silent(1) if each["event"] != "workers"] == []


def test_ctrl_c_ends_it_at_once_and_leaves_the_project_up(watched: Watched) -> None:
    began = time.monotonic()
    assert watched.end() == 130
    assert time.monotonic() - began < 5
    assert "deps 2" in watched.page()
    assert candidates() == ""


def test_migrations_run_where_asked_for(project: tuple[Workspace, int]) -> None:
    again = Watched(*project, "--migrate")
    try:
        again.next("watching")
        again.workspace.write({"notes/migrations/0003_third.py": ""})
        again.next("done", action="restart")
        assert wait_until(lambda: any("done in" in line for line in again.told))
        assert any("the release ran" in line for line in again.told)
    finally:
        again.close()


def test_a_file_is_explained_and_nothing_started(project: tuple[Workspace, int]) -> None:
    workspace, _ = project
    told = workspace.devkit(
        "--json", "watch", "--explain", "deps.txt", "server.py", "pages/page.txt"
    )
    found = {event["path"]: event["action"] for event in told.events}
    assert found == {"deps.txt": "rebuild", "server.py": "restart", "pages/page.txt": "sync"}
    text = workspace.devkit("watch", "--explain", "deps.txt").out
    assert text.startswith("deps.txt: rebuild, it is copied by line 3 of Dockerfile")
    assert workspace.devkit("watch", "--explain", "/etc/passwd").code == 2
    assert workspace.devkit("watch", "deps.txt").code == 2


OWN = """\
name: {name}
services:
  web: {{build: ., volumes: [".:/app"], ports: ["127.0.0.1:{port}:80"]}}
  migrate: {{build: ., volumes: [".:/app"], command: sh -c "echo it runs"}}
  celery: {{build: ., volumes: [".:/app"], command: python worker.py}}
"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Watched]:
    """A project with a compose file of its own, where more than web is of the image."""
    name, free = f"{NAME}-own", free_port()
    files = {**FILES, "docker-compose.yml": OWN.format(name=name, port=free)}
    workspace = make_workspace(tmp_path / "own", files)
    made = Watched(workspace, free)
    made.next("watching")
    yield made
    made.close()
    workspace.devkit("down", "--volumes", "--yes")
    docker("image", "rm", "--force", *(f"{name}-{each}" for each in ("web", "migrate", "celery")))


def test_a_save_runs_nothing_again_that_had_ended_and_tells_what_ends(own: Watched) -> None:
    began = "{{.State.StartedAt}}"
    name = f"{NAME}-own"
    migrated, worked = (
        docker("inspect", "--format", began, f"{name}-{each}-1") for each in ("migrate", "celery")
    )
    own.workspace.write({"worker.py": "raise SystemExit(3)\n"})
    assert own.next("done", action="restart")["verdict"] == "passed"
    told = own.next("workers", verdict="failed")["message"]
    assert told.startswith("The service celery has ended (exited (3)")
    own.workspace.write({"worker.py": FILES["worker.py"], "deps.txt": "deps 1\n"})
    assert own.next("done", action="rebuild")["verdict"] == "passed"
    own.next("workers", verdict="passed")
    assert docker("inspect", "--format", began, f"{name}-celery-1") > worked
    assert docker("inspect", "--format", began, f"{name}-migrate-1") == migrated


RELOADING = {
    **FILES,
    # It reads its code anew for every request, as a server does that reloads.
    "manage.py": SERVER.replace('page = f"{code}', "page = f\"{open('tasks.py').read()}"),
    "tasks.py": "code = 'tasks 0'\n",
    "worker.py": "import tasks, time\nprint(tasks.code, flush=True)\ntime.sleep(1000)\n",
}


@pytest.fixture
def reloading(tmp_path: Path) -> Iterator[Watched]:
    """A project whose web reloads by itself, and whose worker does not."""
    name, free = f"{NAME}-reloading", free_port()
    text = (
        f"name: {name}\n"
        f"web: {{publish: {free}, mount: /app, command: python manage.py runserver}}\n"
        "workers: {queue: python worker.py}\n"
    )
    workspace = make_workspace(tmp_path / "reloading", {**RELOADING, "devkit.yaml": text})
    made = Watched(workspace, free)
    made.next("watching")
    yield made
    made.close()
    workspace.devkit("down", "--volumes", "--yes")
    docker("image", "rm", "--force", f"{name}-web")


def test_beside_a_server_that_reloads_the_worker_gets_the_new_code(reloading: Watched) -> None:
    began = "{{.State.StartedAt}}"
    web, worker = (f"{NAME}-reloading-{each}-1" for each in ("web", "worker_queue"))
    served, worked = (docker("inspect", "--format", began, each) for each in (web, worker))
    assert wait_until(lambda: "tasks 0" in docker("logs", worker))
    explained = reloading.workspace.devkit("--json", "watch", "--explain", "tasks.py").events[0]
    assert (explained["action"], explained["services"]) == ("restart", ["worker_queue"])
    reloading.workspace.write({"tasks.py": "code = 'tasks 1'\n"})
    done = reloading.next("done", action="restart")
    assert (done["verdict"], done["cause"]) == ("passed", "tasks.py")
    assert wait_until(lambda: "tasks 1" in docker("logs", worker))
    assert "tasks 1" in reloading.page()
    assert docker("inspect", "--format", began, worker) > worked
    assert docker("inspect", "--format", began, web) == served
    stopped = reloading.workspace.devkit("stop", "queue")
    assert stopped.code == 0, stopped.err
    reloading.workspace.write({"tasks.py": "code = 'tasks 2'\n"})
    assert reloading.next("done", action="restart")["verdict"] == "passed"
    assert docker("inspect", "--format", "{{.State.Status}}", worker) == "exited"
    assert "tasks 2" in reloading.page()
