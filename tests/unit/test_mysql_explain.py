"""What MySQL's and MariaDB's tools say."""

from __future__ import annotations

import pytest

from devkit.data.mysql_explain import explain_mysql


@pytest.mark.parametrize(
    ("output", "why", "of_the_dump"),
    [
        (
            "ERROR 1064 (42000) at line 3: You have an error in your SQL syntax; check x",
            "You have an error in your SQL syntax; check x (line 3)",
            True,
        ),
        ("ERROR 1273 (HY000) at line 25: Unknown collation: 'utf8mb4_0900_ai_ci'", "_0900_", True),
        ("ERROR 1114 (HY000) at line 2: The table 'a' is full", "disk is full", False),
        ('ERROR 3 (HY000) at line 2: Error writing file (Errcode: 28 "No sp")', "full", False),
        ("cp: error writing '/x': No space left on device", "disk is full", False),
        (
            "ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: YES)",
            "refuses its user root",
            False,
        ),
        ("ERROR 2013 (HY000) at line 9: Lost connection to server during query", "ended", False),
        ("ERROR 2002 (HY000): Can't connect to server on '127.0.0.1' (115)", "answer", False),
        (
            "ERROR 1153 (08S01) at line 4: Got a packet bigger than 'max_allowed_packet' bytes",
            "row that is larger",
            True,
        ),
        ("ERROR 1205 (HY000): Lock wait timeout exceeded; try restarting", "application", False),
        (
            "mariadb-dump: Got error: 1049: \"Unknown database 'x'\" when selecting the database",
            "Unknown database",
            False,
        ),
        ("something odd", "something odd", False),
        ("", "it wrote nothing", False),
    ],
)
def test_a_message_is_explained(output: str, why: str, *, of_the_dump: bool) -> None:
    found = explain_mysql(output)
    assert why in found.why
    assert found.of_the_dump is of_the_dump
