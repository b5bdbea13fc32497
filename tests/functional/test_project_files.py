"""The files that devkit keeps in a project's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.compose.document import render_compose
from devkit.config.load import load_project
from devkit.engine.projectfiles import Refreshed, find_compose_file
from devkit.errors import ExitCode, RefusedError
from tests.files import build_file_tree, file_tree
from tests.shop import change_config, edit_compose, made, mode, shop

if TYPE_CHECKING:
    from pathlib import Path

HAND_WRITTEN = "services:\n  web:\n    build: .\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return shop(tmp_path)


def test_the_first_time_everything_is_made(root: Path) -> None:
    refreshed = made(root)
    assert refreshed == Refreshed(
        compose_file=root / "docker-compose.yml",
        adopted=False,
        written=(".env-local", ".dockerignore", "data/", "docker-compose.yml"),
        warnings=(),
    )
    assert (root / "docker-compose.yml").read_text("utf-8") == render_compose(load_project(root))
    assert (root / ".devkit" / ".gitignore").read_text("utf-8") == "*\n"
    assert (root / "data").is_dir()


def test_the_second_time_nothing_is(root: Path) -> None:
    made(root)
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    assert made(root).written == ()
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


def test_no_folder_for_files_where_there_is_no_storage(root: Path) -> None:
    (root / "devkit.yaml").write_text("name: shop\n", encoding="utf-8")
    assert made(root).written == (".env-local", ".dockerignore", "docker-compose.yml")
    assert not (root / "data").exists()


# docker-compose.yml over time


def test_it_is_written_anew_when_its_inputs_change(root: Path) -> None:
    made(root)
    (root / "docker-compose.yml").chmod(0o640)
    project = change_config(root)
    assert made(root).written == ("docker-compose.yml",)
    assert (root / "docker-compose.yml").read_text("utf-8") == render_compose(project)
    assert mode(root / "docker-compose.yml") == 0o640


def test_a_checkout_with_windows_line_ends_is_no_edit(root: Path) -> None:
    made(root)
    path = root / "docker-compose.yml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert made(root) == Refreshed(compose_file=path, adopted=False)


def test_an_edited_file_is_used_as_it_is_while_its_inputs_stay(root: Path) -> None:
    made(root)
    text = edit_compose(root)
    refreshed = made(root)
    assert refreshed.written == ()
    assert refreshed.warnings == (
        (
            "docker-compose.yml has been edited and is used as it is; devkit will refuse to go on"
            " once devkit.yaml changes. Additions are safe in docker-compose.override.yml."
        ),
    )
    assert (root / "docker-compose.yml").read_text("utf-8") == text


def test_an_edited_file_is_not_overwritten_when_its_inputs_change(root: Path) -> None:
    made(root)
    text = edit_compose(root)
    change_config(root)
    with pytest.raises(RefusedError) as caught:
        made(root)
    error = caught.value
    assert error.code is ExitCode.REFUSED
    assert error.message == (
        "docker-compose.yml has been edited, and what it is made from has changed since:"
        " devkit would lose one or the other."
    )
    assert error.hint == (
        "Move the edit to docker-compose.override.yml and run devkit init --overwrite-compose;"
        " or delete the checksum line to keep the file as your own."
    )
    assert "-      context: ./src" in error.details
    assert '+      - "127.0.0.1:9000:80"' in error.details
    assert (root / "docker-compose.yml").read_text("utf-8") == text


def test_a_refusal_makes_nothing_else_either(root: Path) -> None:
    made(root)
    edit_compose(root)
    change_config(root)
    (root / ".env-local").unlink()
    with pytest.raises(RefusedError):
        made(root)
    assert not (root / ".env-local").exists()


@pytest.mark.parametrize("with_new_inputs", [False, True])
def test_it_is_overwritten_when_asked_to_and_a_copy_is_kept(
    root: Path, *, with_new_inputs: bool
) -> None:
    made(root)
    text = edit_compose(root)
    if with_new_inputs:
        change_config(root)
    refreshed = made(root, overwrite_compose=True)
    assert refreshed.written == ("docker-compose.yml",)
    assert refreshed.warnings == (
        "The edited docker-compose.yml is kept as .devkit/docker-compose.edited.yml.",
    )
    expected = render_compose(load_project(root))
    assert (root / "docker-compose.yml").read_text("utf-8") == expected
    assert (root / ".devkit" / "docker-compose.edited.yml").read_text("utf-8") == text


def test_a_file_without_the_checksum_line_is_a_person_s_own(root: Path) -> None:
    made(root)
    path = root / "docker-compose.yml"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(x for x in lines if "checksum: " not in x), encoding="utf-8")
    change_config(root)
    assert made(root).adopted


# A compose file written by hand


@pytest.mark.parametrize(
    "name", ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]
)
def test_a_file_written_by_hand_is_adopted(root: Path, name: str) -> None:
    build_file_tree(root, {name: HAND_WRITTEN})
    refreshed = made(root)
    assert refreshed == Refreshed(compose_file=root / name, adopted=True)
    assert (root / name).read_text("utf-8") == HAND_WRITTEN
    assert file_tree(root) == {"Dockerfile", "devkit.yaml", name, ".devkit/.gitignore"}


def test_an_adopted_file_gets_what_it_speaks_of(root: Path) -> None:
    text = HAND_WRITTEN + "    env_file: .env-local\n    volumes: [./data:/data]\n"
    build_file_tree(root, {"compose.yaml": text})
    assert made(root).written == (".env-local", ".dockerignore", "data/")


def test_a_file_written_by_hand_is_not_overwritten_even_when_asked_to(root: Path) -> None:
    build_file_tree(root, {"compose.yml": HAND_WRITTEN})
    with pytest.raises(RefusedError) as caught:
        made(root, overwrite_compose=True)
    assert caught.value.message == (
        f"compose.yml in {root} was written by hand, and devkit does not replace it."
    )
    assert caught.value.hint == "Move it away first: mv compose.yml compose.yml.old"


def test_the_order_is_compose_s_own(root: Path) -> None:
    made(root)
    assert find_compose_file(root) == root / "docker-compose.yml"
    for name in ("compose.yml", "compose.yaml"):
        build_file_tree(root, {name: HAND_WRITTEN})
        assert find_compose_file(root) == root / name
    assert made(root).warnings == (
        "compose.yml is not used, because Compose reads compose.yaml first.",
        "docker-compose.yml is not used, because Compose reads compose.yaml first.",
    )


def test_a_generated_file_under_another_name_is_kept_up_to_date_there(root: Path) -> None:
    made(root)
    (root / "docker-compose.yml").rename(root / "compose.yaml")
    project = change_config(root)
    assert made(root).written == ("compose.yaml",)
    assert (root / "compose.yaml").read_text("utf-8") == render_compose(project)
