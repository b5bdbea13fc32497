"""A database is kept from data that another version of it wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from devkit.engine.environment_data import refuse_other_versions
from devkit.engine.environment_state import EnvironmentState, new_state
from devkit.errors import RefusedError


def state(image: str) -> EnvironmentState:
    made = new_state("shop", "test", Path("/shop"))
    return made.model_copy(update={"services": {"database_default": image}})


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("postgres:15-bookworm", "postgres:16-bookworm"),
        ("postgres:15", "postgres:14.2"),
        ("timescale/timescaledb:2.1-pg15", "timescale/timescaledb:2.1-pg16"),
        ("host:5000/postgres:9", "host:5000/postgres:15"),
        ("postgres:9.5", "postgres:9.6"),
        ("mysql:8.0", "mysql:8.4"),
        ("mysql:8.4.3", "mysql:8.0.39"),
        ("mariadb:10.11", "mariadb:10.5"),
        ("mariadb:11", "mariadb:10.11"),
        ("percona:ps-8.0.36", "percona:ps-8.4.2"),
        ("mysql:8", "mariadb:8"),
    ],
)
def test_another_major_version_is_refused_with_the_way_out(before: str, now: str) -> None:
    with pytest.raises(RefusedError) as refused:
        refuse_other_versions(state(before), {"database_default": now}, "test")
    assert before in refused.value.message
    assert now in refused.value.message
    assert "devkit deploy stop test --volumes" in refused.value.hint


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("postgres:15-bookworm", "postgres:15.4-alpine"),
        ("postgres", "postgres:16"),
        ("mysql:8.4", "mysql:8.4.3-oracle"),
        ("mysql:8", "mysql:8.4"),
        ("postgres:alpine3.18", "postgres:alpine3.19"),
        ("mariadb:10.11", "mariadb:lts"),
        ("postgres:15@sha256:" + 64 * "1", "postgres:15@sha256:" + 64 * "2"),
    ],
)
def test_the_same_version_or_one_that_no_tag_tells_is_fine(before: str, now: str) -> None:
    refuse_other_versions(state(before), {"database_default": now}, "test")


def test_a_new_database_has_no_data() -> None:
    refuse_other_versions(state("postgres:15"), {"database_news": "postgres:16"}, "test")
