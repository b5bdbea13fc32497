"""Whom containers run as: what an engine at a socket says of itself decides."""

from __future__ import annotations

import http.server
import json
import os
import socketserver
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from devkit.config.load import load_project
from devkit.engine.container_user import container_user, owner_of, ownership_note, roots_files
from tests.functional.programs import scripted_docker
from tests.shop import shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from devkit.project import Project

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can give files away"
)
PLAIN = {"ServerVersion": "26.1.5", "SecurityOptions": ["name=seccomp,profile=builtin"],
         "OperatingSystem": "Debian GNU/Linux 12"}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = shop(tmp_path)
    os.chown(root, 1234, 2345)
    return load_project(root)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Callable[[dict[str, Any]], dict[str, str]]]:
    """An engine that says this of itself; the environment in which docker finds it."""
    servers: list[socketserver.UnixStreamServer] = []

    def serve(info: dict[str, Any]) -> dict[str, str]:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + json.dumps(info).encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        path = tmp_path / "engine.sock"
        servers.append(socketserver.UnixStreamServer(str(path), Handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return {"PATH": scripted_docker(tmp_path / "bin", f"echo unix://{path}\n")}

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_owner_of_the_folder_on_a_rootful_engine(
    project: Project, engine: Callable[[dict[str, Any]], dict[str, str]]
) -> None:
    assert container_user(project, engine(PLAIN)) == "1234:2345"


@pytest.mark.parametrize(
    "change",
    [
        {"SecurityOptions": ["name=seccomp,profile=builtin", "name=rootless"]},
        {"SecurityOptions": ["name=userns"]},
        {"OperatingSystem": "Docker Desktop"},
        {"ServerVersion": "19.03.15"},
        {"ServerVersion": "5.4.0"},
        {"ServerVersion": "unknown"},
    ],
)
def test_an_engine_that_needs_not_be_told(
    change: dict[str, Any],
    project: Project,
    engine: Callable[[dict[str, Any]], dict[str, str]],
) -> None:
    assert container_user(project, engine(PLAIN | change)) == ""


@pytest.mark.parametrize("endpoint", ["tcp://192.0.2.1:2376", "ssh://ada@server", "unix:///none"])
def test_an_engine_elsewhere_or_none(endpoint: str, project: Project, tmp_path: Path) -> None:
    path = scripted_docker(tmp_path / "bin", f"echo {endpoint}\n")
    assert container_user(project, {"PATH": path}) == ""


def test_where_it_is_no_matter(project: Project) -> None:
    assert owner_of(project) == "1234:2345"
    assert owner_of(replace(project, web=replace(project.web, user="image"))) == ""
    nothing_mounted = replace(project, web=replace(project.web, mount=None), services=())
    assert owner_of(nothing_mounted) == ""
    os.chown(project.root, 0, 0)
    assert owner_of(project) == ""


def test_a_compose_file_of_one_s_own_is_noted(
    project: Project, engine: Callable[[dict[str, Any]], dict[str, str]]
) -> None:
    root, found = project.root, engine(PLAIN)
    service = {"volumes": [{"type": "bind", "source": str(root)}]}
    (told,) = ownership_note(root, service, found)
    assert '`user: "1234:2345"`' in told
    assert ownership_note(root, {**service, "user": "app"}, found) == ()
    assert ownership_note(root, {"volumes": [{"type": "volume", "source": "x"}]}, found) == ()
    assert ownership_note(root, {}, found) == ()


def test_files_of_root_are_told_with_the_command_that_gives_them(project: Project) -> None:
    root = project.root
    for folder, folders, names in os.walk(root):
        for name in (*folders, *names):
            os.chown(f"{folder}/{name}", 1234, 2345)
    (root / "node_modules").mkdir()
    (root / "node_modules" / "roots").touch()
    os.chown(root / "node_modules", 1234, 2345)
    assert roots_files(root, "1234:2345") == ()

    (root / "app").mkdir()
    os.chown(root / "app", 1234, 2345)
    (root / "app" / "0001.py").touch()
    (told,) = roots_files(root, "1234:2345")
    assert told.startswith("app/0001.py belongs to root")
    assert told.endswith(f": sudo chown -R --from=root 1234:2345 {root}")
