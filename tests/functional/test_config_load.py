"""Loading a project from a real folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from devkit.config.facts import read_facts
from devkit.config.load import load_project
from devkit.errors import ConfigurationError
from devkit.project import Service, ServiceKind
from tests.files import build_file_tree

DOCKERFILE = "FROM python:3.11\nWORKDIR /app\nCOPY . .\nEXPOSE 80\n"

needs_a_person = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")


def refused(root: Path) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        load_project(root)
    return caught.value


def test_with_only_a_dockerfile(tmp_path: Path) -> None:
    root = build_file_tree(tmp_path / "My App", {"Dockerfile": DOCKERFILE})
    project = load_project(root)
    assert (project.name, project.root) == ("my-app", root)
    assert (project.web.port, project.web.mount) == (80, "/app")
    assert project.services == ()
    assert project.release == ()


def test_without_a_devkit_yaml_the_folder_tells(tmp_path: Path) -> None:
    files = {
        "Dockerfile": DOCKERFILE + 'COPY start /usr/local/bin/start\nCMD ["start", "web"]\n',
        "requirements.txt": "django\npsycopg\n",
        "manage.py": "",
        "start": "migrate",
        "config/settings.py": "DEFAULT_STORAGE_DSN",
    }
    project = load_project(build_file_tree(tmp_path, files))
    assert project.services == (
        Service(kind=ServiceKind.DATABASE, image="postgres:15-bookworm"),
        Service(kind=ServiceKind.STORAGE),
    )
    assert project.release == ("start migrate",)
    assert project.web.command == "python manage.py runserver 0.0.0.0:80"


def test_with_a_devkit_yaml_nothing_is_detected(tmp_path: Path) -> None:
    files = {"Dockerfile": DOCKERFILE, "requirements.txt": "psycopg\n", "devkit.yaml": ""}
    assert load_project(build_file_tree(tmp_path, files)).services == ()


def test_a_relative_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_file_tree(tmp_path / "shop", {"Dockerfile": DOCKERFILE})
    monkeypatch.chdir(tmp_path / "shop")
    assert load_project(Path()).name == "shop"


def test_facts_are_read_from_few_places(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "a",
        "config/settings.py": "b",
        "src/config/settings.py": "c",
        "a/b/c/settings.py": "too deep",
        ".venv/lib/settings.py": "not ours",
        "node_modules/x/settings.py": "not ours",
        "README.md": "not wanted",
    }
    root = build_file_tree(tmp_path, files)
    (root / "loop").symlink_to(root)
    assert read_facts(root) == {
        "requirements.txt": "a",
        "config/settings.py": "b",
        "src/config/settings.py": "c",
    }


def test_a_fact_that_cannot_be_read_tells_nothing(tmp_path: Path) -> None:
    root = build_file_tree(tmp_path, {"requirements.txt": b"psycopg \xff\n"})
    (root / "manage.py").symlink_to(root / "nowhere")
    assert list(read_facts(root)) == ["requirements.txt"]


def test_no_dockerfile(tmp_path: Path) -> None:
    error = refused(tmp_path)
    assert error.message == (
        f"There is no Dockerfile in {tmp_path}: devkit and the cloud build the image from it."
    )
    assert error.hint == "Go to the project's folder, or name it with --project DIR."


def test_no_folder(tmp_path: Path) -> None:
    assert refused(tmp_path / "x").message == f"There is no folder {tmp_path / 'x'}."


@pytest.mark.parametrize("name", ["Dockerfile", "devkit.yaml"])
def test_a_folder_in_place_of_a_file(tmp_path: Path, name: str) -> None:
    files = {"Dockerfile": DOCKERFILE, "devkit.yaml": ""}
    del files[name]
    root = build_file_tree(tmp_path, {**files, f"{name}/x": ""})
    assert refused(root).message == f"{name} in {root} is a folder and should be a file."


def test_the_other_spelling(tmp_path: Path) -> None:
    root = build_file_tree(tmp_path, {"Dockerfile": DOCKERFILE, "devkit.yml": ""})
    error = refused(root)
    assert error.message == f"devkit.yml in {root} is not read: the file's name is devkit.yaml."
    assert error.hint == "mv devkit.yml devkit.yaml"


def test_not_utf_8(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "Dockerfile": DOCKERFILE,
        "devkit.yaml": "name: a\n# Zürich\n".encode("latin-1"),
    }
    root = build_file_tree(tmp_path, files)
    assert refused(root).message == "devkit.yaml:2: the file is not UTF-8 text (byte 0xfc)."


def test_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "Dockerfile": DOCKERFILE,
        "devkit.yaml": b"\xef\xbb\xbfname: a\r\nrelease:\r\n- x\r\n",
    }
    project = load_project(build_file_tree(tmp_path, files))
    assert (project.name, project.release) == ("a", ("x",))


def test_larger_than_a_megabyte(tmp_path: Path) -> None:
    files = {"Dockerfile": DOCKERFILE, "devkit.yaml": "#" * 2_000_000}
    root = build_file_tree(tmp_path, files)
    assert refused(root).message == (
        "devkit.yaml is larger than 1,000,000 bytes, which is all that devkit reads."
    )


def test_a_link_out_of_the_project(tmp_path: Path) -> None:
    root = build_file_tree(tmp_path / "app", {"Dockerfile": DOCKERFILE})
    outside = build_file_tree(tmp_path, {"other.yaml": "name: other\n"}) / "other.yaml"
    (root / "devkit.yaml").symlink_to(outside)
    assert refused(root).message == (f"devkit.yaml is a link to {outside}, outside of the project.")


def test_a_link_inside_the_project(tmp_path: Path) -> None:
    files = {"Dockerfile": DOCKERFILE, "ci/devkit.yaml": "name: linked\n"}
    root = build_file_tree(tmp_path, files)
    (root / "devkit.yaml").symlink_to("ci/devkit.yaml")
    assert load_project(root).name == "linked"


def test_a_link_to_nowhere(tmp_path: Path) -> None:
    root = build_file_tree(tmp_path, {"Dockerfile": DOCKERFILE})
    (root / "devkit.yaml").symlink_to("nowhere")
    assert refused(root).message == (
        f"devkit.yaml in {root} cannot be read: no such file or directory."
    )


@needs_a_person
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    root = build_file_tree(tmp_path, {"Dockerfile": DOCKERFILE, "devkit.yaml": ""})
    (root / "devkit.yaml").chmod(0)
    assert refused(root).message == f"devkit.yaml in {root} cannot be read: permission denied."
