from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.engine.service_names import service_names
from tests.functional.programs import devkit

if TYPE_CHECKING:
    from pathlib import Path

FILE = "services: {web: {ports: !override ['80'], env_file: !reset null}, db: {image: x}}\n"


def test_the_services_of_the_file_and_of_its_override(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(FILE)
    (tmp_path / "compose.override.yaml").write_text("services: {mail: {image: y}, web: {}}\n")
    assert service_names(tmp_path) == ("web", "db", "mail")


@pytest.mark.parametrize("text", ["", "[1]", "services: [a]", "services: {1: {}}", "a: ]", "\0"])
def test_what_cannot_be_read_names_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(text)
    assert service_names(tmp_path) == ()


def test_a_shell_completes_them(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(FILE)
    asked = {
        "_DEVKIT_COMPLETE": "complete_zsh",
        "_TYPER_COMPLETE_ARGS": f"devkit --project {tmp_path} logs d",
    }
    told = devkit(cwd=tmp_path.parent, **asked)
    assert '"db"' in told.stdout
    assert "web" not in told.stdout
