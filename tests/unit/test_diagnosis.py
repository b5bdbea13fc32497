from __future__ import annotations

import pytest

from devkit.deployment.diagnosis import Evidence, Listener, explain, explain_log, parse_listeners
from devkit.ports import Container

RUNNING = Container(id="1", name="web-1", host="172.18.0.2")

# A real one, of a container on a Compose network: Docker's resolver, a server on 127.0.0.1:80.
PROC_NET_TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0B00007F:A1C3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 26541
   1: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 26552
   2: 020012AC:0050 010012AC:D0C2 06 00000000:00000000 00:00000000 00000000     0        0 0
"""
PROC_NET_TCP6 = """\
  sl  local_address                         remote_address                        st
   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A
   1: 0000000000000000FFFF00000100007F:1F91 00000000000000000000000000000000:0000 0A
   2: 00000000000000000000000000000000:1F92 00000000000000000000000000000000:0000 0A
"""


def test_listening_sockets_are_read_and_others_are_not() -> None:
    assert parse_listeners(PROC_NET_TCP) == (
        Listener("127.0.0.11", 41411),
        Listener("127.0.0.1", 80),
    )
    assert parse_listeners(PROC_NET_TCP6) == (
        Listener("::1", 8080),
        Listener("127.0.0.1", 8081),
        Listener("::", 8082),
    )
    assert parse_listeners("") == ()


def evidence(*listeners: Listener, log: tuple[str, ...] = ()) -> Evidence:
    return Evidence.of(RUNNING, port=80, log=log, listeners=listeners)


def test_a_server_on_loopback_only() -> None:
    told = explain(evidence(Listener("127.0.0.1", 80), Listener("127.0.0.11", 41411)))
    assert "listens on 127.0.0.1 only" in told
    assert "0.0.0.0:80" in told


def test_a_server_on_every_address_is_not_blamed_for_loopback() -> None:
    both = evidence(Listener("127.0.0.1", 80), Listener("0.0.0.0", 80))
    assert explain(both) == ""


def test_a_server_on_another_port() -> None:
    told = explain(evidence(Listener("0.0.0.0", 8000), Listener("127.0.0.11", 41411)))
    assert "listens on port 8000, but the gate asks port 80" in told


def test_nobody_listens_and_nothing_is_known() -> None:
    assert explain(evidence(Listener("127.0.0.11", 41411))) == ""


def test_a_container_out_of_memory() -> None:
    dead = Container(id="1", name="web-1", running=False, exit_code=137, oom_killed=True)
    assert "more memory" in explain(Evidence.of(dead, port=80))


def test_a_container_that_ended_without_a_word() -> None:
    dead = Container(id="1", name="web-1", running=False)
    assert "in the foreground" in explain(Evidence.of(dead, port=80))


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("django.core.exceptions.DisallowedHost: Invalid HTTP_HOST header: 'x'", "ALLOWED_HOSTS"),
        ("ModuleNotFoundError: No module named 'PIL'", "module PIL is not in the image"),
        ("KeyError: 'STRIPE_KEY'", "variable STRIPE_KEY is not set"),
        ('psycopg.errors.UndefinedTable: relation "notes_note" does not exist', "table is missing"),
        ("OSError: [Errno 98] Address already in use", "want the same port"),
        ('connection to server at "127.0.0.1", port 5432 failed: refused', "DATABASE_URL"),
        ('exec: "serve": executable file not found in $PATH', "command serve is not in the image"),
        ("PermissionError: [Errno 13] Permission denied: '/data'", "USER in the Dockerfile"),
        ("KeyError: 'lower_case'", ""),
        ("all is well", ""),
    ],
)
def test_a_log_that_names_its_cause(line: str, cause: str) -> None:
    told = explain_log(("Traceback (most recent call last):", line, "last words"))
    assert cause in told
    assert bool(told) == bool(cause)


def test_the_last_cause_in_the_log_counts() -> None:
    lines = ("ModuleNotFoundError: No module named 'a'", "ModuleNotFoundError: No module named 'b'")
    assert "module b" in explain_log(lines)
