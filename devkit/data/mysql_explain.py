"""What the messages of MySQL's and MariaDB's tools mean, with the way out.

tests/unit/test_mysql_explain.py holds the samples.
"""

from __future__ import annotations

import re
from dataclasses import replace

from devkit.data.explain import NO_ROOM, Explanation, Table, last_line, look_up

_OF_THE_SERVER: Table = (
    (
        re.compile(
            r"no space left on device|errcode: 28\b|\(errno: 28\b|ERROR 1114", re.IGNORECASE
        ),
        NO_ROOM,
    ),
    (
        re.compile(r"Access denied for user '(?P<name>[^']*)'"),
        Explanation(
            why="the server refuses its user {name} with the password of its container's variables",
            hint="The password has been changed since, or is in a file: set it as the variable"
            " MARIADB_ROOT_PASSWORD or MYSQL_ROOT_PASSWORD of the container.",
        ),
    ),
    (
        re.compile(r"Lock wait timeout exceeded"),
        Explanation(
            why="the application holds what is to be replaced",
            hint="devkit stop, load, and devkit start.",
        ),
    ),
    (
        re.compile(r"(?P<name>Lost connection|server has gone away|Can't connect to)"),
        Explanation(
            why="the server ended the connection, or does not answer",
            hint="`docker logs` of its container says why; a row that is too large for it, too,"
            " ends one: --max-allowed-packet=1G as the container's command allows more.",
        ),
    ),
)
_OF_THE_DUMP: Table = (
    (
        re.compile(r"bigger than 'max_allowed_packet'"),
        Explanation(
            why="it has a row that is larger than the server takes",
            hint="Give the container the command --max-allowed-packet=1G.",
        ),
    ),
    (
        re.compile(r"Unknown (?:collation|character set): '(?P<name>[^']+)'"),
        Explanation(
            why="it has the collation or character set {name}, which this server does not know:"
            " it is from a newer one, or from the other of MySQL and MariaDB",
            hint="Set the server that it is from as the image in devkit.yaml, or replace the name"
            " in the dump, such as by utf8mb4_unicode_ci.",
        ),
    ),
)
_STATEMENT = re.compile(r"ERROR \d+ \(\w{5}\)(?: at (?P<line>line \d+))?[^:]*: (?P<text>.+)")
_ERROR = re.compile(r"(?:ERROR|[Ee]rror)(?: \d+)?(?: \(\w{5}\))?: (?P<text>.+)")


def explain_mysql(output: str) -> Explanation:
    """Why a tool failed, by what it wrote."""
    server = look_up(_OF_THE_SERVER, output)
    if server is not None:
        return replace(server, of_the_dump=False)
    known = look_up(_OF_THE_DUMP, output)
    if known is not None:
        return known
    statement = _STATEMENT.search(output)
    if statement is not None:
        line, why = statement["line"], statement["text"].strip().rstrip(".")
        return Explanation(why=f"{why} ({line})" if line else why, of_the_dump=line is not None)
    error = _ERROR.search(output)
    return Explanation(why=error["text"].strip().rstrip(".")) if error else last_line(output)
