"""Renders devkit's templates; values are data and never templates themselves."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment

_PACKAGE = Path(__file__).parent
# Words of these, with single spaces between them, mean themselves to any YAML reader; the first
# character keeps numbers, dates and YAML's own signs out.
_PLAIN = re.compile(r"[A-Za-z_/][\w./@=+%,:-]*(?<!:)(?: [\w./@=+-][\w./@=+%,:-]*(?<!:))*", re.ASCII)
_NOT_TEXT = {
    *("true", "false", "yes", "no", "on", "off", "y", "n", "null"),
    *("nan", "inf", "infinity"),
}


def template_folder(package: Path = _PACKAGE) -> Path:
    """Where the templates are: in the package of a wheel, beside it in a checkout."""
    inside = package / "_templates"
    return inside if inside.is_dir() else package.parent / "templates"


def template_text(name: str) -> str:
    """A template as it is written."""
    return (template_folder() / name).read_text(encoding="utf-8")


def render(name: str, values: Mapping[str, object], *, folder: Path | None = None) -> str:
    """Fill in a template.

    Args:
        name: Its file name.
        values: Its variables; one that is missing is an error.
        folder: Where it lies; None for devkit's own templates.
    """
    return _environment(folder or template_folder()).get_template(name).render(values)


def yaml_scalar(value: object) -> str:
    """Write a text, a number, a boolean or a list of these as YAML that reads back equal."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(_quoted(str(item)) for item in value)}]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT
    return text if is_plain else _quoted(text)


def compose_scalar(value: object) -> str:
    """The same for a Compose file, where ``$$`` means a ``$``."""
    return yaml_scalar(value).replace("$", "$$")


def _quoted(text: str) -> str:
    """In double quotes, on one line, with escapes for whatever YAML does not take as it is."""
    import yaml  # noqa: PLC0415 - most values need no quotes

    quoted: str = yaml.dump(text, default_style='"', allow_unicode=True, width=float("inf"))
    return quoted.rstrip("\n")


@cache
def _environment(folder: Path) -> Environment:
    from jinja2 import (  # noqa: PLC0415 - slow to import, and most commands render nothing
        Environment,
        FileSystemLoader,
        StrictUndefined,
    )

    environment = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - YAML, quoted by the filters; there is no HTML here
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["yaml"] = yaml_scalar
    environment.filters["compose"] = compose_scalar
    return environment
