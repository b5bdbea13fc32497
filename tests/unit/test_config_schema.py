"""The JSON Schema that comes with devkit."""

from __future__ import annotations

import json
import re
from typing import Any

from devkit.config.model import Configuration
from devkit.config.schema import SHIPPED, schema_text


def test_the_shipped_copy_is_the_models() -> None:
    shipped = SHIPPED.read_text(encoding="utf-8")
    assert shipped == schema_text(), "devkit config schema > devkit/config/devkit.schema.json"


def test_it_names_its_draft_and_every_key() -> None:
    schema = json.loads(schema_text())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert list(schema["properties"]) == list(Configuration.model_fields)


def test_every_key_is_described_and_no_other_is_allowed() -> None:
    schema = json.loads(schema_text())
    objects = [part for part in _parts(schema) if part.get("type") == "object"]
    assert len(objects) >= 6
    for part in objects:
        assert part["additionalProperties"] is False
        for key, value in part.get("properties", {}).items():
            assert value.get("description"), key


def test_service_keys_and_values() -> None:
    schema = json.loads(schema_text())
    (services,) = [p for p in _parts(schema) if "^storage(_[a-z0-9]+)*$" in p]
    patterns = list(services)
    matching = {
        key: [pattern for pattern in patterns if re.search(pattern, key)]
        for key in (
            "database",
            "database_x",
            "storage_x",
            "cache",
            "mail",
            "search",
            "cached",
            "a-x",
        )
    }
    assert [len(found) for found in matching.values()] == [1, 1, 1, 1, 1, 1, 1, 0]


def _parts(value: object) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [part for item in value for part in _parts(item)]
    if isinstance(value, dict):
        return [value, *(part for item in value.values() for part in _parts(item))]
    return []
