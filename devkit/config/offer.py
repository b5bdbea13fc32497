"""A first Dockerfile for a project that has none; written only where a person asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.config.detect import find_framework
from devkit.config.detection.findings import Sources
from devkit.config.detection.node_image import TEMPLATE as NODE_TEMPLATE
from devkit.config.detection.node_image import node_checks, node_values
from devkit.config.detection.python_image import TEMPLATE as PYTHON_TEMPLATE
from devkit.config.detection.python_image import is_python, python_checks, python_values
from devkit.dockerfile import Dockerfile
from devkit.templating import render, template_text

if TYPE_CHECKING:
    from collections.abc import Mapping

IGNORE_TEMPLATE = "dockerignore"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A Dockerfile, and what goes with it.

    Attributes:
        what: What it is for: ``Django``, ``Python``.
        dockerfile: Its text.
        dockerignore: The text of the .dockerignore.
        checks: What a person has to look at, one sentence each.
    """

    what: str
    dockerfile: str
    dockerignore: str
    checks: tuple[str, ...]


def offer(facts: Mapping[str, str]) -> Offer | None:
    """Make a Dockerfile for a Python or Node project; None for any other.

    Args:
        facts: As ``devkit.config.detect.detect`` takes them.
    """
    sources = Sources(facts, Dockerfile(), "")
    framework = find_framework(sources)
    if is_python(facts):
        template, values, checks = PYTHON_TEMPLATE, python_values(sources), python_checks(sources)
    elif "package.json" in facts and not ({"Gemfile", "composer.json"} & set(facts)):
        template, values, checks = NODE_TEMPLATE, node_values(sources), node_checks(sources)
    else:
        return None
    language = "Python" if template == PYTHON_TEMPLATE else "Node"
    return Offer(
        what=framework.name if framework else language,
        dockerfile=render(template, values),
        dockerignore=template_text(IGNORE_TEMPLATE),
        checks=checks,
    )
