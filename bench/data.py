"""``devkit db load`` beside ``pg_restore -j2`` in the database's container by hand, in one run.

By hand means: the dump copied into the container, a new database made, and ``pg_restore -j2``. It
keeps nothing of what was there, and whoever is connected to the old database stays there.

Usage: .venv/bin/python bench/data.py [MEGABYTES] [RUNS]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from timing import alternate, report
from up import free_port

NAME = "devkit-bench-data"
CONTAINER = f"{NAME}-database_default-1"
DOCKERFILE = """\
FROM python:3.11-slim-bookworm
EXPOSE 80
CMD ["python", "-m", "http.server", "80"]
"""
CONFIG = """\
name: {name}
web: {{publish: {port}}}
services: {{database: 'postgres:15-bookworm'}}
"""
MEGABYTES, RUNS = 200, 3
ROW = 250
"""Bytes of one row in the database, about, with its indexes."""
TABLES = 4
BY_HAND = f"""\
docker cp bench.dump {CONTAINER}:/tmp/bench.dump
docker exec {CONTAINER} dropdb --username postgres --if-exists byhand
docker exec {CONTAINER} createdb --username postgres byhand
docker exec {CONTAINER} pg_restore --jobs=2 --username postgres --dbname byhand /tmp/bench.dump
docker exec {CONTAINER} rm /tmp/bench.dump
"""


def psql(statement: str) -> str:
    words = ["docker", "exec", CONTAINER, "psql", "-XAtqU", "postgres", "-d", "db", "-c", statement]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def fill(megabytes: int) -> None:
    rows = megabytes * 1_000_000 // ROW // TABLES
    for table in range(TABLES):
        psql(
            f"CREATE TABLE t{table} AS SELECT n AS id, md5(n::text) AS word, now() AS made,"
            f" repeat(md5((n * 7)::text), 3) AS text FROM generate_series(1, {rows}) n"
        )
        psql(f"ALTER TABLE t{table} ADD PRIMARY KEY (id)")
        psql(f"CREATE INDEX ON t{table} (word)")


def settle() -> None:
    """What the one before has left to be written is not the next one's."""
    psql("CHECKPOINT")
    os.sync()


def main() -> None:
    given = [int(word) for word in sys.argv[1:]]
    megabytes, runs = [*given, *(MEGABYTES, RUNS)[len(given) :]]
    devkit = [sys.executable, "-m", "devkit"]
    with tempfile.TemporaryDirectory() as folder:
        app = Path(folder) / "bench"
        app.mkdir()
        (app / "Dockerfile").write_text(DOCKERFILE)
        (app / "devkit.yaml").write_text(CONFIG.format(name=NAME, port=free_port()))
        try:
            subprocess.run([*devkit, "up"], cwd=app, check=True)
            # Else each load is slowed by the server's looking through what the one before has left.
            psql("ALTER SYSTEM SET autovacuum = off")
            psql("SELECT pg_reload_conf()")
            fill(megabytes)
            size = int(psql("SELECT pg_database_size('db')"))
            subprocess.run([*devkit, "db", "dump", "bench.dump"], cwd=app, check=True)
            dumped = (app / "bench.dump").stat().st_size
            print(f"\na database of {size / 1e6:.0f} MB, a dump of {dumped / 1e6:.0f} MB")
            commands = {
                "pg_restore -j2 by hand": ["sh", "-ec", BY_HAND],
                "devkit db load --no-snapshot": [
                    *devkit,
                    "db",
                    "load",
                    "--no-snapshot",
                    "bench.dump",
                ],
                "devkit db load": [*devkit, "db", "load", "bench.dump"],
            }
            timings = alternate(commands, runs=runs, cwd=app, warm_up=0, before_each=settle)
            report(timings, against="pg_restore -j2 by hand")
        finally:
            names = ["docker", "volume", "ls", "--quiet", "--filter", f"name={NAME}-snapshot"]
            listed = subprocess.run(names, check=False, capture_output=True, text=True).stdout
            subprocess.run([*devkit, "down", "--volumes", "--yes"], cwd=app, check=False)
            if listed:
                subprocess.run(["docker", "volume", "rm", "--force", *listed.split()], check=False)
            subprocess.run(["docker", "image", "rm", "--force", f"{NAME}-web"], check=False)


if __name__ == "__main__":
    main()
