"""The commands of the day, as a person's shell and terminal see them."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.apps import DOCKERFILE, NAME, server, tiny
from tests.e2e.machine import Workspace, docker, environment, free_port, make_workspace
from tests.e2e.terminals import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAIN = """\
services:
  plain:
    build:
      context: .
      dockerfile_inline: |
        FROM python:3.11-slim-bookworm
        RUN rm -f /bin/bash /usr/bin/bash
    image: {name}-plain
    command: ["python", "-u", "-c", "print('plain begins'); import time; time.sleep(600)"]
    init: true
"""
ODD = ["", "a b", "--", "--help", "--json", "-x", "it's", '"', "$HOME", "*", "é\n", "-"]
TELLS_ARGUMENTS = "import json, sys; print(json.dumps(sys.argv[1:]))"
HEEDS = """\
import signal, sys, time
def heed(number, frame):
    print("got", number, flush=True)
    sys.exit(40 + number)
for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(each, heed)
print("ready", flush=True)
time.sleep(300)
"""
TELLS_SIZE = """\
import os, signal, time
print("terminal", os.isatty(0), os.isatty(1), flush=True)
def tell(*_):
    print("size", *os.get_terminal_size(0), flush=True)
signal.signal(signal.SIGWINCH, tell)
end = time.monotonic() + 30
try:
    while os.get_terminal_size(0)[0] == 0 and time.monotonic() < end:
        time.sleep(0.05)
    tell()
    time.sleep(300)
except KeyboardInterrupt:
    raise SystemExit(9)
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A small application, and a service without bash; both up."""
    config = f"name: {NAME}\nweb: {{publish: {free_port()}}}\n"  # another test's wants 8000
    files = tiny(devkit__yaml=config, server__py=server())
    made = make_workspace(tmp_path_factory.mktemp("commands") / "app", files)
    made.write({"docker-compose.override.yml": PLAIN.format(name=NAME)})
    done = made.devkit("up")
    assert done.code == 0, done.err
    yield made
    made.devkit("down", "--volumes", "--yes")
    docker("image", "rm", "--force", f"{NAME}-plain")


def begin(app: Workspace, *words: str) -> subprocess.Popen[str]:
    """Start devkit with no terminal."""
    return subprocess.Popen(
        [sys.executable, "-m", "devkit", *words], cwd=app.path, env=environment(), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def processes(service: str = "web") -> str:
    return docker("top", f"{NAME}-{service}-1", "-o", "pid,args")


def one_offs() -> str:
    return docker("ps", "--all", "--quiet", "--filter", f"name={NAME}-run-")


@pytest.mark.parametrize("verb", ["exec", "run"])
def test_arguments_input_and_exit_code_are_handed_on(verb: str, app: Workspace) -> None:
    told = app.devkit(verb, "python", "-c", TELLS_ARGUMENTS, *ODD)
    assert told.code == 0, told.err
    assert json.loads(told.out) == ODD

    data = bytes(range(256)) * 300
    piped = subprocess.run(
        [sys.executable, "-m", "devkit", verb, "sh", "-c", "cat; exit 255"], input=data,
        cwd=app.path, env=environment(), capture_output=True, check=False,
    )  # fmt: skip
    assert piped.stdout == data
    assert piped.returncode == 255


def test_where_and_as_whom_exec_runs(app: Workspace) -> None:
    words = ("--service=plain", "-u", "65534", "-w", "/tmp", "-e", "ONE=1 2", "--env", "TWO=")
    done = app.devkit("exec", *words, "sh", "-c", 'id -u; pwd; echo "$ONE,$TWO"')
    assert done.out.splitlines() == ["65534", "/tmp", "1 2,"]

    missing = app.devkit("exec", "--service", "nope", "true")
    assert missing.code == 2
    assert "The services are: plain, web." in missing.err
    assert app.devkit("exec", "--unknown", "true").code == 2
    assert app.devkit("exec", "/etc/passwd").code == 126  # which is there, and no program


@pytest.mark.parametrize("verb", ["exec", "run"])
def test_a_program_that_is_not_in_the_image(verb: str, app: Workspace) -> None:
    done = app.devkit(verb, "no-such-program")
    assert done.code == 127
    assert "`no-such-program`, or a command that it runs, is not in the image" in done.err
    assert one_offs() == ""


@pytest.mark.parametrize("verb", ["exec", "run"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_reach_the_program(verb: str, number: int, app: Workspace) -> None:
    process = begin(app, verb, "python", "-c", HEEDS)
    assert line_of(process) == "ready"

    process.send_signal(number)
    out, err = process.communicate(timeout=30)

    assert out == f"got {number}\n"
    assert process.returncode == 40 + number, err
    assert "signal.signal" not in processes()
    assert one_offs() == ""


def test_what_a_command_has_started_does_not_outlive_it(app: Workspace) -> None:
    process = begin(app, "exec", "-s", "plain", "sh", "-c", "sleep 301 & sleep 302; echo")
    deadline = time.monotonic() + 20
    while "sleep 302" not in processes("plain"):
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 143
    assert "sleep 30" not in processes("plain")


@pytest.mark.parametrize("verb", ["exec", "run"])
def test_a_terminal_has_its_size_and_its_ctrl_c(verb: str, app: Workspace) -> None:
    with Terminal(verb, "python", "-c", TELLS_SIZE, cwd=app.path) as terminal:
        terminal.read_until("terminal True True")
        terminal.read_until("size 77 33")
        threading.Event().wait(1.0)  # until docker, which has told the first size, looks for more
        terminal.resize(20, 60)
        terminal.read_until("size 60 20")
        terminal.type("\x03")
        assert terminal.end() == 9, terminal.shown


def test_a_pipe_is_no_terminal(app: Workspace) -> None:
    script = "import os; print(os.isatty(0), os.isatty(1))"
    master, slave = pty.openpty()
    piped = subprocess.run(
        [sys.executable, "-m", "devkit", "exec", "python", "-c", script], cwd=app.path,
        env=environment(), stdin=slave, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(master)
    os.close(slave)
    assert piped.stdout == "False False\n"


def test_a_shell_on_a_terminal(app: Workspace) -> None:
    with Terminal("shell", cwd=app.path) as terminal:
        terminal.type("echo $0 $((6*7)); stty size; exit 3\n")
        terminal.read_until("bash 42")
        terminal.read_until("33 77")
        assert terminal.end() == 3
    with Terminal("shell", "plain", cwd=app.path) as terminal:
        terminal.read_until("no bash in this image; this is sh")
        terminal.type("sleep 300\n")
        terminal.read_until("sleep 300")
        threading.Event().wait(0.5)  # until it sleeps
        terminal.type("\x03")
        terminal.type("echo $((6*7)); exit 4\n")
        terminal.read_until("42")
        assert terminal.end() == 4


def test_a_shell_that_reads_a_script(app: Workspace) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "devkit", "shell"], input="cat server.py | wc -l; exit 6\n",
        cwd=app.path, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert int(done.stdout) > 5
    assert done.returncode == 6


def test_logs_of_services(app: Workspace) -> None:
    assert app.devkit("exec", "true").code == 0
    both = app.devkit("logs")
    assert "plain begins" in both.out
    assert "answering 200" in both.out
    assert "\x1b[2K" not in both.out
    one = app.devkit("logs", "plain", "--tail", "1", "--timestamps", "--no-log-prefix")
    assert re.fullmatch(r"\S+Z plain begins\n", one.out)
    assert "begins" not in app.devkit("logs", "--since", "0s", "plain").out
    assert app.devkit("logs", "nope").code == 2

    process = begin(app, "logs", "-f", "--tail=1", "web")
    assert "GET / HTTP/1.1" in line_of(process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == "canceled\n"  # as docker compose says it


def test_the_address_is_told(app: Workspace) -> None:
    address = app.devkit("open", "--print").out.strip()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
    assert app.devkit("open", "admin/?q=a b").out == f"{address}admin/?q=a%20b\n"
    assert app.devkit("open", "--json", "/x").verdict["address"] == f"{address}x"


def test_stopped_started_and_restarted(app: Workspace) -> None:
    begun = "{{.State.StartedAt}}"
    first = docker("inspect", "--format", begun, f"{NAME}-web-1")
    again = app.devkit("restart", "web")
    assert "answers 200" in again.err
    assert docker("inspect", "--format", begun, f"{NAME}-web-1") != first

    assert app.devkit("stop", "web").code == 0
    other = app.devkit("start", "plain")  # which web, that has ended, is nothing to
    assert other.code == 0, other.err
    refused = app.devkit("exec", "true")
    assert refused.code == 4
    assert "web of" in refused.err
    assert "is not running: Exited" in refused.err
    assert "answering 200" in app.devkit("logs", "web").out
    assert app.devkit("open").code == 4
    with Terminal("shell", cwd=app.path) as terminal:
        terminal.read_until("in a container of its own")
        terminal.type("echo $((6*7)); exit 5\n")
        terminal.read_until("42")
        assert terminal.end() == 5
    assert one_offs() == ""
    started = app.devkit("start")
    assert "answers 200" in started.err


def test_an_image_that_is_out_of_date_and_a_page_that_fails(app: Workspace) -> None:
    told = json.loads(app.devkit("--json", "status").out)
    assert told["image"]["changed"] == []
    assert told["address"] == told["services"][-1]["address"]
    assert told["head"]["verified"] is None

    failing = server(status=500, before='print("no such table: notes", flush=True)')
    app.write({"Dockerfile": DOCKERFILE + "LABEL a=b\n", "server.py": failing})
    assert "answers 500" in app.devkit("restart", "web").err
    up = app.devkit("up")
    assert up.code == 0
    sentence = "since then Dockerfile, which it is built from, has changed: `devkit up --build`"
    assert sentence in up.err
    assert "    no such table: notes" in up.err, up.err
    assert "devkit.yaml names no release commands" in up.err
    status = app.devkit("status").out
    assert sentence in status
    assert "web " in status
    assert "not verified; `devkit verify`" in status

    assert sentence not in app.devkit("up", "--build").err
    assert "up to date" in app.devkit("status").out
