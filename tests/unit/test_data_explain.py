"""What PostgreSQL's tools say, from real output."""

from __future__ import annotations

import pytest

from devkit.data.explain import explain


@pytest.mark.parametrize(
    ("output", "why", "hint"),
    [
        (
            "pg_restore: error: unsupported version (1.16) in file header",
            "newer pg_dump (format 1.16)",
            "newer PostgreSQL",
        ),
        ("pg_restore: error: could not read from input file: end of file", "ends before", "anew"),
        (
            'ERROR:  extension "postgis" is not available\nDETAIL:  Could not open extension',
            "extension postgis",
            "image",
        ),
        (
            'ERROR:  could not open extension control file "/usr/share/x/vector.control": No such',
            "extension vector",
            "image",
        ),
        ('ERROR:  role "bob" does not exist', "role bob", 'CREATE ROLE "bob"'),
        (
            'ERROR:  could not extend file "base/16384/2613": No space left on device',
            "disk is full",
            "devkit db list",
        ),
        (
            'ERROR:  unrecognized configuration parameter "transaction_timeout"',
            "transaction_timeout",
            "newer",
        ),
        ("ERROR:  out of shared memory", "max_locks_per_transaction", "ALTER SYSTEM SET"),
        ("ERROR:  out of memory\nDETAIL:  Failed on request of size 8", "no memory left", "more"),
        (
            'ERROR:  could not resize shared memory segment "/P.1": No space left on device',
            "/dev/shm",
            "shm_size",
        ),
        ("cp: error writing '/x': No space left on device", "disk is full", "Make room"),
        ('ERROR:  syntax error at or near "name" at character 1', "syntax error at", ""),
        ("something odd", "something odd", ""),
        ("", "it wrote nothing", ""),
    ],
)
def test_a_message_is_explained(output: str, why: str, hint: str) -> None:
    found = explain(output)
    assert why in found.why
    assert hint in found.hint


@pytest.mark.parametrize(
    ("output", "of_the_dump"),
    [
        ('psql:<stdin>:2: ERROR:  column "nothing" does not exist', True),
        ("pg_restore: error: could not read from input file: end of file", True),
        ("ERROR:  could not extend file: No space left on device", False),
        ("FATAL:  terminating connection due to administrator command", False),
        ("ERROR:  x\nserver closed the connection unexpectedly", False),
        ("ERROR:  out of shared memory", False),
        ("ERROR:  out of memory", False),
        ('ERROR:  could not resize shared memory segment "/x": No space left on device', False),
        ("killed", False),
    ],
)
def test_it_is_told_whether_the_dump_itself_is_wrong(output: str, *, of_the_dump: bool) -> None:
    assert explain(output).of_the_dump is of_the_dump
