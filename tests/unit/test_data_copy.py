from __future__ import annotations

from typing import Any

from devkit.compose.data_copy import Source, dump, facts, restore, settle, with_storage_copy

SOURCE = Source(service="database_default", container="abc", user="ada", password="secret")


def test_a_dump_only_reads_and_can_be_found_again() -> None:
    words = dump(SOURCE, image="postgres:16", name="run-dump", labels={"io.devkit.run": "run"})

    assert words[:2] == ["docker", "run"]
    assert words[words.index("--label") + 1] == "io.devkit.run=run"
    assert words[words.index("--log-driver") + 1] == "none"
    assert words[words.index("--network") + 1] == "container:abc"
    assert "PGOPTIONS=-c default_transaction_read_only=on" in words
    assert "postgres:16" in words
    assert words[words.index("--username") + 1] == "ada"


def test_no_password_is_among_the_words() -> None:
    for words in (dump(SOURCE, image="i", name="n", labels={}), facts("abc", user="ada")):
        assert "PGPASSWORD" in words
        assert "secret" not in " ".join(words)
    assert "secret" not in repr(SOURCE)


def test_a_database_of_another_name_gets_the_rehearsals() -> None:
    assert [words[-1] for words in settle("c", restored="db")] == ["ANALYZE"]
    rename, analyze = settle("c", restored='shop"s')
    assert rename[-3:] == [
        'DROP DATABASE IF EXISTS "db"', "--command", 'ALTER DATABASE "shop""s" RENAME TO "db"',
    ]  # fmt: skip
    assert analyze[-1] == "ANALYZE"


def test_a_name_is_never_taken_for_a_connection_string() -> None:
    words = facts("c", name="host=evil o'clock")
    assert words[words.index("--dbname") + 1] == "dbname='host=evil o\\'clock'"


def test_a_restore_stops_at_the_first_error() -> None:
    assert {"--exit-on-error", "--create", "--clean", "--no-owner", "--no-acl"} <= set(restore("c"))


def test_the_storage_is_mounted_where_the_application_has_it() -> None:
    document: dict[str, Any] = {"services": {"web": {}}, "volumes": {"storage_default": {}}}

    changed = with_storage_copy(
        document, image="empty", volume="storage_default", labels={"a": "b"}
    )

    assert document["services"] == {"web": {}}
    copy = changed["services"]["data-copy"]
    assert copy["volumes"] == ["storage_default:/data"]
    assert (copy["image"], copy["labels"]) == ("empty", {"a": "b"})
