"""What an application wrote into its own image, from a real ``docker diff``."""

from __future__ import annotations

from devkit.deployment.image_writes import kept_writes, writes_warning
from devkit.ports import Changes

# Of a Django application with gunicorn, whose /app/uploads got a file.
REAL = frozenset(
    {
        "/app", "/app/uploads", "/app/uploads/a.txt", "/app/__pycache__",
        "/app/__pycache__/server.cpython-311.pyc", "/app/gunicorn.pid", "/tmp", "/tmp/wgunicorn-x",
        "/run", "/run/secrets", "/data", "/root", "/root/.gunicorn", "/root/.gunicorn/gunicorn.ctl",
        "/root/.cache", "/root/.cache/x", "/var", "/var/lib", "/var/lib/kept", "/usr", "/usr/old",
    }
)  # fmt: skip


def test_only_what_is_worth_a_warning_is_left() -> None:
    changes = Changes(
        written=REAL, removed=frozenset({"/usr/old/gone"}), mounts=("/data", "/var/lib/kept")
    )

    assert kept_writes(changes) == ("/app/uploads/a.txt",)


def test_a_folder_named_alike_is_no_folder_of_the_kind() -> None:
    changes = Changes(written=frozenset({"/database/x", "/tmpfiles", "/app/data/x"}))

    assert kept_writes(changes) == ("/app/data/x", "/database/x", "/tmpfiles")


def test_an_empty_folder_counts_and_one_that_was_emptied_does_not() -> None:
    changes = Changes(written=frozenset({"/new", "/old"}), removed=frozenset({"/old/file"}))

    assert kept_writes(changes) == ("/new",)


def test_the_warning_names_three_of_them() -> None:
    paths = [f"/app/{number}" for number in range(5)]

    told = writes_warning(paths)

    assert "/app/0, /app/1, /app/2 (and 2 more)" in told
    assert "/data" in told
    assert "more" not in writes_warning(paths[:3])
