"""Quoting, and where templates are found."""

from __future__ import annotations

import tomllib
from pathlib import Path

import jinja2
import pytest
import yaml

from devkit.templating import compose_scalar, render, template_folder, yaml_scalar
from tests.files import build_file_tree

NASTY = [
    "",
    " ",
    " leading",
    "trailing ",
    "a: b",
    "a:",
    ":a",
    "a #b",
    "#a",
    'say "hi"',
    "it's",
    "back\\slash",
    "yes",
    "No",
    "ON",
    "y",
    "true",
    "Null",
    "~",
    "0123",
    "0o17",
    "0x1F",
    "1_000",
    "12:30",
    "1e3",
    ".5",
    ".inf",
    "NaN",
    "-1",
    "+1",
    "2024-01-31",
    "=",
    "<<",
    "- a",
    "-",
    "? a",
    "[a]",
    "{a}",
    "a, b",
    "*a",
    "&a",
    "!a",
    "|",
    ">",
    "%a",
    "@a",
    "`a`",
    "---",
    "...",
    "line\nline",
    "line\n",
    "\ttab",
    "a\tb",
    "a\rb",
    "nul\0",
    "bell\x07",
    "del\x7f",
    "next\x85line",
    "sep\u2028arator",
    "\ufeffbom",
    "Zürich",
    "日本",
    "🐘",
    "$HOME",
    "${X:-y}",
    "$$",
    "{{ name }}",
    "{% raw %}",
    "{# no #}",
    "x" * 300 + " " + "y" * 300,
    "# " + "long " * 300,
]
PLAIN = [
    "sample-app",
    "postgres:15-bookworm",
    "docker.io/library/postgres:15@sha256:00",
    "python manage.py runserver 0.0.0.0:80",
    "/app",
    "postgres://postgres:postgres@database_default:5432/db",
    "local",
]


@pytest.mark.parametrize("text", [*NASTY, *PLAIN])
def test_a_text_reads_back_equal(text: str) -> None:
    rendered = yaml_scalar(text)
    assert "\n" not in rendered
    assert yaml.safe_load(f"key: {rendered} # why\nother: 1\n") == {"key": text, "other": 1}
    assert yaml.safe_load(f"- {rendered}\n- 1\n") == [text, 1]


@pytest.mark.parametrize("text", [*NASTY, *PLAIN])
def test_a_dollar_is_doubled_for_compose(text: str) -> None:
    read = yaml.safe_load(f"key: {compose_scalar(text)}\n")["key"]
    assert read == text.replace("$", "$$")


@pytest.mark.parametrize("text", PLAIN)
def test_what_needs_no_quotes_has_none(text: str) -> None:
    assert yaml_scalar(text) == text


@pytest.mark.parametrize("value", [1, 0, -3, 0.25, True, False, None])
def test_numbers_and_booleans(value: object) -> None:
    assert yaml.safe_load(yaml_scalar(value)) == value


def test_lists_are_lists_of_text() -> None:
    assert yaml.safe_load(yaml_scalar(["a", "0.0.0.0:80", "b, c", "yes"])) == [
        "a",
        "0.0.0.0:80",
        "b, c",
        "yes",
    ]
    assert yaml.safe_load(compose_scalar(["$HOME"])) == ["$$HOME"]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    build_file_tree(tmp_path, {"devkit/x.py": "", "templates/t.j2": "{{ a | yaml }}\n"})
    return tmp_path / "devkit"


def test_a_value_is_never_a_template(package: Path) -> None:
    rendered = render("t.j2", {"a": "{{ 1 + 1 }}"}, folder=template_folder(package))
    assert yaml.safe_load(rendered) == "{{ 1 + 1 }}"


def test_a_missing_value_is_an_error(package: Path) -> None:
    with pytest.raises(jinja2.UndefinedError, match="'a' is undefined"):
        render("t.j2", {}, folder=template_folder(package))


def test_an_editable_install_finds_the_templates_beside_the_package(package: Path) -> None:
    assert template_folder(package) == package.parent / "templates"


def test_a_wheel_has_the_templates_inside_the_package(package: Path) -> None:
    (package / "_templates").mkdir()
    assert template_folder(package) == package / "_templates"
    pyproject = tomllib.loads(
        (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    )
    wheel = pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["force-include"] == {"templates": "devkit/_templates"}


def test_the_templates_are_there() -> None:
    names = {path.name for path in template_folder().iterdir()}
    assert {"docker-compose.yml.j2", "devkit.yaml.j2"} <= names
