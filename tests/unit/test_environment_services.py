"""What is told of services that a deployment makes anew."""

from __future__ import annotations

from devkit.compose.rehearsal import RehearsalSettings, rehearsal_document
from devkit.engine.environment_services import definitions_of, note_on_changes
from devkit.project import Service, ServiceKind

NAMES = ("database_default", "cache_default")


def definitions(database: str, cache: str = "redis:7.0") -> dict[str, str]:
    services = (
        Service(kind=ServiceKind.DATABASE, prefix="DEFAULT", image=database),
        Service(kind=ServiceKind.CACHE, prefix="DEFAULT", image=cache),
    )
    settings = RehearsalSettings(
        labels={}, services=services, database_password="secret-word", webs={}, durable=True
    )
    return definitions_of(rehearsal_document(settings), NAMES)


def test_the_same_services_are_not_told_of() -> None:
    assert note_on_changes(definitions("postgres:15"), definitions("postgres:15"), "test") == ()


def test_those_that_changed_are_named() -> None:
    before = definitions("postgres:15.3")
    (note,) = note_on_changes(before, definitions("postgres:15.4"), "live")
    assert note.startswith("database_default of live is made anew")
    (both,) = note_on_changes(before, definitions("postgres:15.4", "redis:7.2"), "live")
    assert both.startswith("database_default, cache_default of live are made anew")


def test_a_new_one_and_one_that_is_not_known_are_none() -> None:
    now = definitions("postgres:15")
    assert note_on_changes({}, now, "test") == ()
    assert note_on_changes({"cache_default": now["cache_default"]}, now, "test") == ()


def test_no_mark_has_a_password() -> None:
    assert "secret-word" not in str(definitions("postgres:15"))
