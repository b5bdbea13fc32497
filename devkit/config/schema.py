"""The JSON Schema of devkit.yaml, for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from devkit.config.model import Configuration

SHIPPED = Path(__file__).with_name("devkit.schema.json")
"""The copy that comes with devkit; a test compares it with ``schema_text()``.

To write it anew: ``devkit config schema > devkit/config/devkit.schema.json``.
"""


def schema_text() -> str:
    """The schema as JSON text (draft 2020-12)."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_tidy(Configuration.model_json_schema()),
        "title": "devkit.yaml",
    }
    return json.dumps(schema, indent=2) + "\n"


def _tidy(part: Any) -> Any:  # noqa: ANN401 - any piece of JSON
    """Leave out titles that repeat a key, and close mappings whose names follow a pattern."""
    if isinstance(part, list):
        return [_tidy(item) for item in part]
    if not isinstance(part, dict):
        return part
    tidy = {key: _tidy(value) for key, value in part.items() if not _is_noise(key, value)}
    if "patternProperties" in tidy:
        tidy["additionalProperties"] = False
    return tidy


def _is_noise(key: str, value: object) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and value is None)
