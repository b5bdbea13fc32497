"""What differs between the databases that devkit knows: the one place that tells them apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from devkit.data import mysql, postgres
from devkit.data.explain import explain
from devkit.data.kinds import HINTS, MYSQL_HINTS, Kind
from devkit.data.mysql_explain import explain_mysql
from devkit.data.names import form_of, sql_form
from devkit.data.plainmysql import DefinerFree
from devkit.project import Software

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from devkit.data.database import Call, Database
    from devkit.data.explain import Explanation
    from devkit.data.names import DumpForm


class Fitting(Protocol):
    """What a dump goes through while it streams."""

    def feed(self, data: bytes) -> bytes:
        """Take some more, and give what is ready."""
        ...

    def end(self) -> bytes:
        """Give the rest."""
        ...


class AsItIs:
    """Changes nothing."""

    def feed(self, data: bytes) -> bytes:
        """Give it as it is."""
        return data

    def end(self) -> bytes:
        """Nothing is left."""
        return b""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """What one kind of databases understands.

    Attributes:
        noun: Its name in sentences.
        password_variable: By which its programs are told the password.
        folder: Where its files are, as its container's variables tell.
        account: The user, the password and the name that a container's variables tell.
        loadable: What it can load.
        hints: The way out of what it cannot.
        ending: Of a dump that nobody named.
        form: What a dump is to be, by its name and by what is wanted.
        dump: What dumps it to stdout.
        fitting: What its dump goes through.
        shell: Its client.
        asking: The words of its client for statements, in its own container.
        ready: The words that tell whether it answers, in its own container.
        version: Of docker, which tell the version.
        read_version: Reads what they tell.
        explain: What its programs' messages mean.
        keeps_replaced: Whether what a load replaces stays in the server, under another name.
    """

    noun: str
    password_variable: str
    folder: Callable[[Mapping[str, str]], str]
    account: Callable[[Mapping[str, str]], tuple[str, str, str]]
    loadable: frozenset[Kind]
    hints: Mapping[Kind, str]
    ending: str
    form: Callable[[str, str], DumpForm]
    dump: Callable[[Database, DumpForm], Call]
    fitting: Callable[[], Fitting]
    shell: Callable[[Database], Call]
    asking: Callable[[Database, Mapping[str, str]], list[str]]
    ready: Callable[[Database], list[str]]
    version: Callable[[Database], list[str]]
    read_version: Callable[[str], str]
    explain: Callable[[str], Explanation]
    keeps_replaced: bool


_POSTGRES = Dialect(
    noun="PostgreSQL",
    password_variable="PGPASSWORD",  # noqa: S106 - its name
    folder=postgres.folder,
    account=postgres.account,
    loadable=frozenset({Kind.SQL, Kind.POSTGRES, Kind.CUSTOM}),
    hints=HINTS,
    ending=".dump",  # of the custom format, which is loaded quickest
    form=form_of,
    dump=postgres.dump,
    fitting=AsItIs,
    shell=postgres.shell,
    asking=postgres.asking,
    ready=postgres.ready,
    version=postgres.version,
    read_version=str.strip,
    explain=explain,
    keeps_replaced=True,
)


def _mysql(noun: str) -> Dialect:
    return Dialect(
        noun=noun,
        password_variable="MYSQL_PWD",  # noqa: S106 - its name
        folder=mysql.folder,
        account=mysql.account,
        loadable=frozenset({Kind.SQL, Kind.MYSQL}),
        hints={**HINTS, **MYSQL_HINTS},
        ending=".sql",
        form=sql_form,
        dump=mysql.dump,
        fitting=DefinerFree,
        shell=mysql.shell,
        asking=mysql.asking,
        ready=mysql.ready,
        version=mysql.version,
        read_version=mysql.read_version,
        explain=explain_mysql,
        keeps_replaced=False,
    )


_DIALECTS = {
    Software.POSTGRES: _POSTGRES,
    Software.MARIADB: _mysql("MariaDB"),
    Software.MYSQL: _mysql("MySQL"),
}
KNOWN = frozenset(_DIALECTS)
"""The software that devkit db knows."""
NOUNS = "PostgreSQL, MariaDB or MySQL"


def dialect_of(database: Database) -> Dialect:
    """What a database understands."""
    return dialect_for(database.software)


def dialect_for(software: Software) -> Dialect:
    """What databases of a software understand, which is one of ``KNOWN``."""
    return _DIALECTS[software]
