"""What a file is, by its content; names of dumps and snapshots; and what pg_dump's archives say."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from devkit.data.archives import is_readable, needed, read_head
from devkit.data.kinds import HINTS, MYSQL_HINTS, Compression, Kind, compression_of, kind_of
from devkit.data.names import (
    Format,
    checked_snapshot,
    default_dump,
    form_of,
    free_name,
    sql_form,
)
from devkit.data.snapshots import (
    BEFORE_LOAD,
    MOST_AUTOMATIC,
    Snapshot,
    age_of,
    measured,
    parse_volumes,
    pick,
    too_many,
)
from devkit.errors import UsageError

NOW = datetime(2026, 11, 23, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"PGDMP\x01\x0e\x00", Kind.CUSTOM),
        (b"--\n-- PostgreSQL database dump\n--\n", Kind.POSTGRES),
        ("-- Grüße\nSELECT 1;".encode("latin-1"), Kind.SQL),
        (b"--\n-- PostgreSQL database cluster dump\n--\n", Kind.CLUSTER),
        (b"-- MySQL dump 10.13  Distrib 8.0.36\n", Kind.MYSQL),
        (b"-- MySQL dump 10.13\nINSERT INTO `a` VALUES (_binary '\x01')", Kind.MYSQL),
        (b"/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19", Kind.MYSQL),
        (b"\x89PNG\r\n\x1a\n", Kind.IMAGE),
        (b"\xff\xd8\xff\xe0JFIF", Kind.IMAGE),
        (b"SQLite format 3\x00", Kind.SQLITE),
        (b"<!DOCTYPE html>\n<html>", Kind.PAGE),
        (b"", Kind.EMPTY),
        (b"\n\n", Kind.EMPTY),
        (b"media/".ljust(257, b"\0") + b"ustar\x0000", Kind.TAR),
        (b"PK\x03\x04", Kind.ZIP),
        (b"\x7fELF\x02\x01\x01\x00", Kind.BINARY),
    ],
)
def test_a_file_is_told_by_how_it_begins(head: bytes, kind: Kind) -> None:
    assert kind_of(head) is kind


def test_compression_is_told_by_how_a_file_begins() -> None:
    assert compression_of(b"\x28\xb5\x2f\xfd\x04") is Compression.ZSTD
    assert compression_of(b"\x1f\x8b\x08") is Compression.GZIP
    assert compression_of(b"PGDMP") is Compression.NONE


def test_what_cannot_be_loaded_has_a_way_out() -> None:
    assert all(HINTS[kind] for kind in (Kind.MYSQL, Kind.CLUSTER, Kind.EMPTY, Kind.TAR))
    assert all(MYSQL_HINTS[kind] for kind in (Kind.POSTGRES, Kind.CUSTOM))


def archive(version: tuple[int, int], tool: str) -> bytes:
    def number(value: int) -> bytes:
        return bytes([value < 0]) + struct.pack("<i", abs(value))

    def text(value: str) -> bytes:
        return number(len(value)) + value.encode()

    compression = b"\x01" if version >= (1, 15) else number(-1)
    times = b"".join(map(number, (10, 30, 20, 23, 10, 126, 0)))
    said = text("shop") + text("15.4") + text(tool)
    return b"PGDMP" + bytes([*version, 0, 4, 8, 1]) + compression + times + said


@pytest.mark.parametrize(("version", "tool"), [((1, 14), "15.4 (Debian)"), ((1, 16), "17.2")])
def test_an_archive_says_who_made_it(version: tuple[int, int], tool: str) -> None:
    head = read_head(archive(version, tool))
    assert head is not None
    assert (head.version, head.database, head.server, head.tool) == (version, "shop", "15.4", tool)
    assert read_head(archive(version, tool)[:40]) is None


def test_a_newer_archive_is_not_readable() -> None:
    assert is_readable((1, 14), major=15)
    assert not is_readable((1, 16), major=15)
    assert is_readable((1, 16), major=17)
    assert needed((1, 16)) == 17


@pytest.mark.parametrize(
    ("name", "wanted", "form", "compression"),
    [
        ("a.sql", "", Format.PLAIN, Compression.NONE),
        ("a.SQL.zst", "", Format.PLAIN, Compression.ZSTD),
        ("a.sql.gz", "custom", Format.CUSTOM, Compression.GZIP),
        ("a.dump", "", Format.CUSTOM, Compression.NONE),
        ("a", "", Format.CUSTOM, Compression.NONE),
        ("-", "", Format.PLAIN, Compression.NONE),
        ("-", "custom", Format.CUSTOM, Compression.NONE),
    ],
)
def test_a_dump_is_what_its_name_says(
    name: str, wanted: str, form: Format, compression: Compression
) -> None:
    found = form_of(name, wanted)
    assert (found.format, found.compression) == (form, compression)


def test_mysql_is_dumped_as_sql_whatever_the_name() -> None:
    for name in ("a.dump", "a", "-", "a.sql"):
        assert sql_form(name).format is Format.PLAIN
    assert sql_form("a.sql.zst", "plain").compression is Compression.ZSTD
    with pytest.raises(UsageError, match="PostgreSQL's own"):
        sql_form("a.sql", "custom")
    with pytest.raises(UsageError, match="tarball"):
        sql_form("a.sql", "tarball")


def test_a_second_command_of_the_same_second_finds_a_free_name() -> None:
    assert free_name("before-load-1", []) == "before-load-1"
    assert free_name("before-load-1", {"before-load-1", "before-load-1-2"}) == "before-load-1-3"


def test_names() -> None:
    assert default_dump("shop", NOW, ".sql") == "shop-20261123T201000.sql"
    assert checked_snapshot("before-load-20261123T201000")
    for wrong in ("", "../x", "a b", "-x", "a" * 64, "a:ro"):
        with pytest.raises(UsageError):
            checked_snapshot(wrong)
    with pytest.raises(UsageError, match="tarball"):
        form_of("a.sql", "tarball")


def made(
    count: int, *, why: str = BEFORE_LOAD, service: str = "database_default"
) -> list[Snapshot]:
    return [
        Snapshot(name=f"{service}-{n}", project="shop", service=service, why=why,
                 made=NOW + timedelta(minutes=n), volume=f"v{n}")
        for n in range(count)
    ]  # fmt: skip


def test_the_oldest_automatic_ones_go_per_database() -> None:
    ours, theirs = made(MOST_AUTOMATIC + 2), made(MOST_AUTOMATIC, service="database_other")
    asked = made(20, why="asked for", service="database_asked")
    going = too_many([*ours, *theirs, *asked], keep=ours[0].name)
    assert [each.name for each in going] == [ours[1].name]


def test_labels_tell_all_of_a_snapshot() -> None:
    [first, second] = made(2)
    told = json.dumps(
        [
            {"Name": "v1", "Labels": second.labels},
            {"Name": "v0", "Labels": first.labels},
            {"Name": "other", "Labels": None},
            {"Name": "odd", "Labels": {"io.devkit.snapshot": "x", "io.devkit.snapshot.made": "?"}},
        ]
    )
    found = parse_volumes(told)
    assert found == (first, second)
    sized = measured(found, f"{first.name}\t4096\n")
    assert [(each.size, each.whole) for each in sized] == [(4096, True), (None, False)]


def test_the_latest_of_a_database_is_picked() -> None:
    found = [*made(2), *made(3, service="database_other")]
    assert pick(found, "").name == "database_other-2"
    assert pick(found, "", service="database_default").name == "database_default-1"
    assert pick(found, "database_default-0").name == "database_default-0"
    with pytest.raises(UsageError, match="no snapshot 'x'"):
        pick(found, "x")


def test_what_wrote_a_snapshot_is_said() -> None:
    [snapshot] = made(1)
    versions = {"15": "PostgreSQL 15", "MariaDB 10.11": "MariaDB 10.11"}
    for version, words in {**versions, "": "PostgreSQL of another version"}.items():
        assert replace(snapshot, version=version).written_by == words


def test_ages() -> None:
    ages = [age_of(NOW - timedelta(seconds=s), NOW) for s in (5, 61, 7200, 90_000)]
    assert ages == ["5 s", "1 minute", "2 hours", "1 day"]


def test_the_order_within_a_second_is_kept() -> None:
    first, second = (
        replace(each, name=name, made=NOW + timedelta(microseconds=after))
        for each, name, after in zip(made(2), ("restore", "load"), (1, 2), strict=True)
    )
    volumes = [{"Name": each.volume, "Labels": each.labels} for each in (second, first)]
    assert parse_volumes(json.dumps(volumes)) == (first, second)
