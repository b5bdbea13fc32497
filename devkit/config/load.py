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
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from devkit.project import Project

    Assume = Callable[[str | None], Mapping[str, str]]


def load_project(root: Path, *, assume: Assume | None = None) -> Project:
    """Read a project from its folder.

    Args:
        root: The folder with the Dockerfile; one with a compose file of its own may have none.
        assume: As ``project_from_text`` takes it; None where there is no such compose file.

    Raises:
        ConfigurationError: A file is missing or says something that devkit cannot follow.
    """
    root = root.resolve()
    dockerfile_text = read_dockerfile(root, needed=assume is None)
    text = read_config(root)
    facts = read_facts(root) if text is None else {}
    return project_from_text(
        text, root=root, dockerfile_text=dockerfile_text, facts=facts, assume=assume
    )


def project_from_text(
    text: str | None,
    *,
    root: Path,
    dockerfile_text: str,
    facts: Mapping[str, str],
    assume: Assume | None = None,
) -> Project:
    """Make a project from texts alone, such as those of a commit.

    Args:
        text: devkit.yaml's; None where there is no such file.
        root: The project's folder: its name is the default of ``name``, and it is not read.
        dockerfile_text: The Dockerfile's.
        facts: Path to text of the files that ``devkit.config.detect.is_fact`` wants; used where
            there is no devkit.yaml.
        assume: Takes ``compose.web`` of devkit.yaml and gives the services of a compose file that
            a person wrote; used where devkit.yaml says nothing of services.

    Raises:
        ConfigurationError: devkit.yaml says something that devkit cannot follow.
    """
    dockerfile = parse(dockerfile_text)
    if text is None:
        found = detect(facts, dockerfile=dockerfile, dockerfile_text=dockerfile_text)
        configuration = Configuration.model_validate(found.as_mapping())
    else:
        configuration = read_configuration(text)
    if assume is not None and (text is None or configuration.services is None):
        assumed = assume(configuration.compose.web if configuration.compose else None)
        services = {**(configuration.services or {}), **assumed}
        # Whoever wrote the compose file has their workers there, too.
        workers = None if text is None else configuration.workers
        configuration = configuration.model_copy(update={"services": services, "workers": workers})
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
