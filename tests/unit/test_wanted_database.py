"""Which of a project's databases is meant."""

from __future__ import annotations

import pytest

from devkit.engine.databases import wanted_service
from devkit.errors import UsageError

SEVERAL = ("database_default", "database_reporting")


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("", "database_default"),
        ("database_reporting", "database_reporting"),
        ("reporting", "database_reporting"),
        ("REPORTING", "database_reporting"),
        ("database", "database_default"),
        ("default", "database_default"),
    ],
)
def test_a_database_goes_by_each_of_its_names(wanted: str, meant: str) -> None:
    assert wanted_service(SEVERAL, wanted) == meant


@pytest.mark.parametrize("wanted", ["db", "reportin", "database_"])
def test_another_name_is_refused_with_those_that_there_are(wanted: str) -> None:
    with pytest.raises(UsageError, match="There is no database") as refused:
        wanted_service(SEVERAL, wanted)
    assert "database_default, database_reporting" in refused.value.hint


def test_of_several_without_a_default_one_has_to_be_named() -> None:
    with pytest.raises(UsageError, match="none is the default"):
        wanted_service(("db1", "db2"), "")
    assert wanted_service(("db1",), "") == "db1"
