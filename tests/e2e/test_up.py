"""The local loop on the sample application: up, migrate, the page, down and up again."""

from __future__ import annotations

import http.cookiejar
import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from typing import TYPE_CHECKING

from tests.e2e.apps import CONFIG, NAME, server, tiny
from tests.e2e.machine import (
    Workspace,
    checked,
    command,
    docker,
    environment,
    free_port,
    make_workspace,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

import pytest

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)


class Browser:
    """What a browser does with the notes page: cookies, the form, an upload."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self._jar)
        )

    def get(self, path: str = "") -> bytes:
        """The body of a page, which has to answer 200."""
        with self._opener.open(self._address + path.lstrip("/"), timeout=20) as answer:
            body: bytes = answer.read()
        return body

    def add_note(self, text: str, picture: bytes) -> bytes:
        """Send the form with a picture; the page that it leads to."""
        self.get()
        token = next(c.value or "" for c in self._jar if c.name == "csrftoken")
        boundary = uuid.uuid4().hex
        parts = [
            _field("csrfmiddlewaretoken", token.encode()),
            _field("text", text.encode()),
            b'Content-Disposition: form-data; name="picture"; filename="dot.png"\r\n'
            b"Content-Type: image/png\r\n\r\n" + picture,
        ]
        fence = f"--{boundary}".encode()
        body = b"".join(fence + b"\r\n" + part + b"\r\n" for part in parts) + fence + b"--\r\n"
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        request = urllib.request.Request(self._address, data=body, headers=headers)
        with self._opener.open(request, timeout=20) as answer:
            page: bytes = answer.read()
        return page


def _field(name: str, value: bytes) -> bytes:
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value


def address_of(workspace: Workspace) -> str:
    """Where the running project says that it answers."""
    told = json.loads(workspace.devkit("--json", "status").out)
    return str(next(s["address"] for s in told["services"] if s["service"] == "web"))


def picture_path(page: bytes) -> str:
    """The path of the first picture on the page."""
    return page.decode().split('src="/media/')[1].split('"')[0]


def test_a_note_with_its_picture_outlives_down_and_up(sample: Workspace) -> None:
    first = sample.devkit("up")
    assert first.code == 0, first.err
    assert "answers 500" in first.err
    assert "devkit migrate" in first.err

    migrated = sample.devkit("migrate")
    assert migrated.code == 0, migrated.err
    assert "notes.0002_note_picture... OK" in migrated.out

    browser = Browser(address_of(sample))
    page = browser.add_note("Kept for good", PNG)
    path = f"media/{picture_path(page)}"
    assert b"Kept for good" in page
    assert browser.get(path) == PNG

    assert sample.devkit("down").code == 0
    assert sample.devkit("up").code == 0

    again = Browser(address_of(sample))
    assert b"Kept for good" in again.get()
    assert again.get(path) == PNG


def test_the_generated_file_works_without_devkit(sample: Workspace) -> None:
    assert sample.devkit("init").code == 0
    name = sample.path.joinpath("docker-compose.yml").read_text().split("name: ")[1].split("\n")[0]
    sample.write({"docker-compose.override.yml": "services: {web: {ports: !override ['80']}}\n"})
    try:
        checked("docker", "compose", "config", "--quiet", cwd=sample.path)
        checked("docker", "compose", "up", "--detach", "--wait", cwd=sample.path)
        done = command(
            "docker", "compose", "run", "--rm", "web", "start", "migrate", cwd=sample.path
        )
        assert done.code == 0, done.err
        port = checked("docker", "compose", "port", "web", "80", cwd=sample.path).split(":")[-1]
        assert b"<form" in Browser(f"http://127.0.0.1:{port}/").get()
    finally:
        checked("docker", "compose", "down", "--volumes", cwd=sample.path)
    assert name.strip('"') in docker("image", "ls")


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Workspace]:
    """A small application without services, taken down afterwards."""
    made = make_workspace(tmp_path / "local", tiny())
    yield made
    made.devkit("down", "--volumes", "--yes")


def test_a_taken_port_is_named_and_another_one_remembered(local: Workspace) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        local.write({"devkit.yaml": CONFIG + f"web: {{publish: {port}}}\n"})

        first = local.devkit("up")

        assert first.code == 0, first.err
        assert f"Port {port} is taken by the process" in first.err
        address = address_of(local)
        assert f":{port}/" not in address
    assert local.devkit("up").code == 0
    assert address_of(local) == address


def test_a_server_that_ends_is_explained(local: Workspace) -> None:
    local.write({"server.py": "import nothere"})

    result = local.devkit("up")

    assert result.code == 14
    assert "exited with code 1" in result.err
    assert "The module nothere is not in the image" in result.err


def test_an_image_that_does_not_build_is_told(local: Workspace) -> None:
    local.write({"Dockerfile": "FROM python:3.11-slim-bookworm\nRUN exit 7\n"})

    result = local.devkit("up", "--build")

    assert result.code == 12
    assert "exit code: 7" in result.err


def test_run_hands_everything_on_and_keeps_the_exit_code(local: Workspace) -> None:
    script = "import sys; print(sys.argv[1:]); sys.exit(7)"

    result = local.devkit("run", "python", "-c", script, "--json", "-x", "a b")

    assert result.code == 7
    assert result.out.strip() == "['--json', '-x', 'a b']"


def test_migrate_stops_at_the_first_failure(local: Workspace) -> None:
    commands = "release: ['python release.py', 'python -c \"raise SystemExit(3)\"', 'echo later']\n"
    local.write({"devkit.yaml": f"name: {NAME}\n" + commands})

    result = local.devkit("migrate")

    assert result.code == 13
    assert "exited with code 3" in result.err
    assert "released" in result.out
    assert "later" not in result.out


def test_ctrl_c_in_up_removes_what_it_started(tmp_path: Path) -> None:
    files = tiny(server__py=server(port=8080), devkit__yaml=f"name: {NAME}\n")
    workspace = make_workspace(tmp_path / "interrupted", files)
    assert workspace.devkit("build").code == 0
    process = subprocess.Popen(
        [sys.executable, "-m", "devkit", "up"], cwd=workspace.path, env=environment(),
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    project = f"label=com.docker.compose.project={NAME}"
    deadline = time.monotonic() + 30
    while not docker("ps", "--quiet", "--filter", project) and time.monotonic() < deadline:
        pass
    process.send_signal(2)
    _, told = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Traceback" not in told
    assert docker("ps", "--all", "--quiet", "--filter", project) == ""
    workspace.devkit("down")


def test_down_asks_before_it_deletes_the_database(local: Workspace) -> None:
    assert local.devkit("up").code == 0

    refused = local.devkit("down", "--volumes")

    assert refused.code == 5
    assert "--yes" in refused.err


def test_another_checkout_of_the_project_is_left_alone(local: Workspace, tmp_path: Path) -> None:
    assert local.devkit("up").code == 0
    other = Workspace(tmp_path / "checkout")
    shutil.copytree(local.path, other.path, ignore=shutil.ignore_patterns(".devkit", ".env-local"))

    down = other.devkit("down", "--volumes", "--yes")

    assert down.code == 0
    assert "is down" in down.err
    assert address_of(local)
    assert "is down" in other.devkit("status").err
    assert local.devkit("down").code == 0
    assert "is down" in other.devkit("down", "--volumes", "--yes").err
