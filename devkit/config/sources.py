"""Reads the files of a project's folder that its configuration is made from."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from devkit.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

CONFIG_FILE = "devkit.yaml"
DOCKERFILE = "Dockerfile"
MAX_BYTES = 1_000_000
_NOT_OFFERED = ("Gemfile", "composer.json", "go.mod", "Cargo.toml", "pom.xml", "build.gradle")
_OFFERED = {
    "Python": ("requirements.txt", "pyproject.toml", "Pipfile", "manage.py"),
    "Node": ("package.json",),
}


def read_dockerfile(root: Path, *, needed: bool = True) -> str:
    """The text of the Dockerfile.

    Args:
        root: The project's folder.
        needed: Whether there has to be one; otherwise its absence is an empty one.

    Raises:
        ConfigurationError: There is none and it is needed, or it cannot be read.
    """
    if not root.is_dir():
        raise ConfigurationError(f"There is no folder {root}.")
    content = _read(root, DOCKERFILE)
    if content is None and needed:
        raise ConfigurationError(
            f"There is no Dockerfile in {root}: devkit and the cloud build the image from it.",
            hint=_way_to_a_dockerfile(root),
        )
    return (content or b"").decode(errors="replace")


def _way_to_a_dockerfile(root: Path) -> str:
    elsewhere = "Go to the project's folder, or name it with --project DIR"
    for language, names in _OFFERED.items():
        if any((root / name).is_file() for name in names):
            return (
                f"`devkit init --dockerfile` writes one for this {language} project. {elsewhere}."
            )
    if any((root / name).is_file() for name in _NOT_OFFERED):
        return "Write one: devkit offers a first Dockerfile to Python and Node projects only."
    return f"{elsewhere}."


def read_config(root: Path) -> str | None:
    """The text of devkit.yaml; None where there is none.

    Raises:
        ConfigurationError: It is there and cannot be read as text.
    """
    content = _read(root, CONFIG_FILE)
    if content is None:
        _refuse_other_spelling(root)
        return None
    return decode_config(content)


def decode_config(content: bytes) -> str:
    """The text of a devkit.yaml.

    Raises:
        ConfigurationError: It is too long, or not UTF-8.
    """
    if len(content) > MAX_BYTES:
        raise ConfigurationError(
            f"{CONFIG_FILE} is larger than {MAX_BYTES:,} bytes, which is all that devkit reads."
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            f"{CONFIG_FILE}:{line}: the file is not UTF-8 text (byte 0x{content[error.start]:02x})."
        ) from None


def _read(root: Path, name: str) -> bytes | None:
    path = root / name
    if not os.path.lexists(path):
        return None
    if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        raise ConfigurationError(f"{name} is a link to {path.resolve()}, outside of the project.")
    if path.is_dir():
        raise ConfigurationError(f"{name} in {root} is a folder and should be a file.")
    if path.exists() and not path.is_file():
        raise ConfigurationError(f"{name} in {root} is not an ordinary file.")
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise ConfigurationError(f"{name} in {root} cannot be read: {problem}.") from None


def _refuse_other_spelling(root: Path) -> None:
    if (root / "devkit.yml").exists():
        raise ConfigurationError(
            f"devkit.yml in {root} is not read: the file's name is {CONFIG_FILE}.",
            hint=f"mv devkit.yml {CONFIG_FILE}",
        )
