from __future__ import annotations

from devkit.cli.showstatus import parse_processes, rows
from devkit.compose.progress import UpProgress, service_of

LINES = """\
 Network shop_default  Creating
 Container shop-database_default-1  Creating
 Container shop-database_default-1  Created
 Container shop-web-1  Creating
#7 [web 3/7] RUN pip install
 Container shop-database_default-1  Healthy
 Container shop-web-1  Started
""".splitlines()


def test_the_time_of_each_service_is_taken_from_its_lines() -> None:
    progress = UpProgress(project="shop")
    for now, line in enumerate(LINES):
        progress.read(line, now=float(now))
    assert progress.seconds("database_default") == 4
    assert progress.seconds("web") == 3
    assert progress.seconds("nobody") == 0


def test_a_container_with_a_name_of_its_own_keeps_it() -> None:
    assert service_of("shop-web-1", project="shop") == "web"
    assert service_of("my-db", project="shop") == "my-db"
    assert service_of("shop-special", project="shop") == "shop-special"


def test_compose_lists_processes_as_lines_or_as_an_array() -> None:
    assert parse_processes('{"a": 1}\n{"a": 2}\n') == [{"a": 1}, {"a": 2}]
    assert parse_processes('[{"a": 1}]') == [{"a": 1}]
    assert parse_processes("") == []


def test_services_stand_in_columns() -> None:
    assert rows(
        [{"service": "web", "state": "running"}, {"service": "database", "state": "up"}]
    ) == [
        "service   state",
        "web       running",
        "database  up",
    ]
