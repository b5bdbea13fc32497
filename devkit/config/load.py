"""Makes the Project: devkit.yaml, or what is detected without one, and the Dockerfile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from devkit.config.detect import detect
from devkit.config.facts import read_facts
from devkit.config.model import Configuration
from devkit.config.problems import configuration_error
from devkit.config.resolve import resolve
from devkit.config.sources import CONFIG_FILE, read_config, read_dockerfile
from devkit.config.yamltext import parse_document
from devkit.dockerfile import parse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devkit.project import Project


def load_project(root: Path) -> Project:
    """Read a project from its folder.

    Args:
        root: The folder with the Dockerfile.

    Raises:
        ConfigurationError: A file is missing or says something that devkit cannot follow.
    """
    root = root.resolve()
    dockerfile_text = read_dockerfile(root)
    text = read_config(root)
    facts = read_facts(root) if text is None else {}
    return project_from_text(text, root=root, dockerfile_text=dockerfile_text, facts=facts)


def project_from_text(
    text: str | None, *, root: Path, dockerfile_text: str, facts: Mapping[str, str]
) -> Project:
    """Make a project from texts alone, such as those of a commit.

    Args:
        text: devkit.yaml's; None where there is no such file.
        root: The project's folder: its name is the default of ``name``, and it is not read.
        dockerfile_text: The Dockerfile's.
        facts: Path to text of the files that ``devkit.config.detect.is_fact`` wants; used where
            there is no devkit.yaml.

    Raises:
        ConfigurationError: devkit.yaml says something that devkit cannot follow.
    """
    dockerfile = parse(dockerfile_text)
    if text is None:
        found = detect(facts, dockerfile=dockerfile, dockerfile_text=dockerfile_text)
        configuration = Configuration.model_validate(found.as_mapping())
    else:
        configuration = read_configuration(text)
    return resolve(configuration, dockerfile=dockerfile, root=root)


def read_configuration(text: str) -> Configuration:
    """Check the text of a devkit.yaml; an empty one is all defaults.

    Raises:
        ConfigurationError: With the first problem's line and key; ``details`` has the others.
    """
    document = parse_document(text, file=CONFIG_FILE)
    try:
        return Configuration.model_validate({} if document.value is None else document.value)
    except ValidationError as error:
        raise configuration_error(error, document, file=CONFIG_FILE) from None
