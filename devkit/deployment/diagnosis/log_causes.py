"""The causes that a log names itself, in the words of what people deploy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devkit.deployment.diagnosis.causes import Cause, Certainty, Match
from devkit.deployment.events import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from devkit.deployment.diagnosis.causes import Predicate
    from devkit.deployment.diagnosis.evidence import Evidence

LONGEST_LINE = 2000
LONGEST_NAME = 80

VARIABLE = r"(?P<name>[A-Z][A-Z0-9_]+)"
MISSING_VARIABLE = (
    rf"KeyError: '(?!HTTP_){VARIABLE}'",
    rf"Set the {VARIABLE} environment variable",
    rf"{VARIABLE} not found\. Declare it as envvar",
    rf"key not found: \"{VARIABLE}\" \(KeyError\)",
    rf"Undefined (?:array key|index:) \"?{VARIABLE}\b",
    rf"Environment variable not found: \"{VARIABLE}\"",
    rf"(?i:missing|required)[^:]*(?i:environment variables?):? ['\"`]?{VARIABLE}\b",
    r"(?P<name>[A-Za-z_]\w*): (?:unbound variable|parameter not set|parameter null or not set)",
)
MISSING_MODULE = (
    r"ModuleNotFoundError: No module named '(?P<name>[^']+)'",
    r"Cannot find module '(?P<name>[^'./][^']*)'",
    r"Cannot find package '(?P<name>[^']+)' imported from",
    r"cannot load such file -- (?P<name>[^/\s]\S*)",
    r"Could not find gem '(?P<name>[^']+)'",
    r"Could not find (?P<name>\S+) in (?:any of the sources|locally installed gems)",
    r"Class \"(?P<name>[^\"]+)\" not found",
    r"Failed opening required '(?P<name>[^']*/autoload\.php)'",
)
MISSING_FILE = (
    r"can't open file '(?P<name>[^']+)': \[Errno 2\]",
    r"Cannot find module '(?P<name>[./][^']*)'",
)
NO_DATABASE = (
    r"could not translate host name \"(?P<name>[^\"]+)\"",
    r"failed to resolve host '(?P<name>[^']+)'",
    r"connection to server (?:at|on socket) (?P<name>.+) failed: (?!FATAL)",
    r"connect ECONNREFUSED (?P<name>\S+:(?:5432|3306))\b",
    r"Can't connect to MySQL server on '(?P<name>[^']+)'",
    r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (?P<name>\S*(?:database|postgres|db)\S*)",
)
NO_TABLE = (
    r"relation \"(?P<name>[^\"]+)\" does not exist",
    r"no such table: (?P<name>\S+)",
    r"(?P<name>Migrations are pending)",
    r"The table `(?P<name>[^`]+)` does not exist in the current database",
)
SERVER_STARTS = (
    r"\[INFO\] Listening at: (?P<name>\S+)",
    r"Starting development server at (?P<name>\S+)",
    r"Uvicorn running on (?P<name>\S+)",
    r"\* Running on (?P<name>http\S+)",
    r"\* Listening on (?P<name>(?:http|tcp)\S+)",
    r"PHP \S+ Development Server \((?P<name>\S+)\) started",
)


def find(patterns: Sequence[str], log: Sequence[str]) -> Match | None:
    """The last line of a log that one of the patterns is found in."""
    compiled = [re.compile(pattern) for pattern in patterns]
    for number in range(len(log) - 1, -1, -1):
        for pattern in compiled:
            if found := pattern.search(log[number][:LONGEST_LINE]):
                words = {key: _shown(word) for key, word in found.groupdict().items()}
                return Match(words=words, line=number)
    return None


def _shown(word: str | None) -> str:
    printable = "".join(letter for letter in word or "" if letter.isprintable())
    return printable if len(printable) <= LONGEST_NAME else f"{printable[:LONGEST_NAME]}..."


def in_log(*patterns: str, where: Callable[[Evidence], bool] = lambda _: True) -> Predicate:
    """A cause that fits where the log has one of these."""
    return lambda evidence: find(patterns, evidence.log) if where(evidence) else None


def names_a_server(log: Iterable[str]) -> bool:
    """Whether a server's first words are in a log."""
    return find(SERVER_STARTS, tuple(log)) is not None


def _in_build(evidence: Evidence) -> bool:
    return evidence.step is Step.BUILD


def _after_build(evidence: Evidence) -> bool:
    return evidence.step is not Step.BUILD


def _variable_only_local(evidence: Evidence) -> Match | None:
    found = find(MISSING_VARIABLE, evidence.log)
    known = evidence.background
    if not _after_build(evidence) or found is None:
        return None
    has_it = {".env-local": known.only_local, "compose file": known.only_compose}
    where = next((each for each, names in has_it.items() if found.words["name"] in names), None)
    if where is None:
        return None
    words = {**found.words, "environment": known.environment, "where": where}
    return Match(words=words, line=found.line)


def _missing_variable(evidence: Evidence) -> Match | None:
    found = find(MISSING_VARIABLE, evidence.log)
    if not _after_build(evidence) or found is None:
        return None
    words = {**found.words, "environment": evidence.background.environment}
    return Match(words=words, line=found.line)


def _row(name: str, evidence: str, fits: Predicate, sentence: str, next_step: str) -> Cause:
    return Cause(
        name=name,
        evidence=evidence,
        certainty=Certainty.LOG,
        fits=fits,
        sentence=sentence,
        next_step=next_step,
    )


LOG_CAUSES: tuple[Cause, ...] = (
    _row(
        "disallowed-host",
        "the log",
        in_log(r"Invalid HTTP_HOST header|DisallowedHost"),
        "Django refused the Host header.",
        "The gate sends the container's own `ip:port`: let ALLOWED_HOSTS take it.",
    ),
    _row(
        "build-without-variables",
        "the build's output",
        in_log(*MISSING_VARIABLE, where=_in_build),
        "The build reads the variable {name}, and a build has no environment variables, there as"
        " here.",
        "Give the build step a default, or do that work in a release command or at the start.",
    ),
    _row(
        "build-without-services",
        "the build's output",
        in_log(*NO_DATABASE, where=_in_build),
        "The build asks for its database, and a build has no services, there as here.",
        "Do that work in a release command or at the start.",
    ),
    _row(
        "variable-only-local",
        "the log, the names in .env-local and in a compose file of your own",
        _variable_only_local,
        "The environment variable {name} is not set there: only your {where} has it.",
        "Set it for the environment in the cloud, and here under"
        " `environments.{environment}.env` in devkit.yaml.",
    ),
    _row(
        "missing-variable",
        "the log",
        _missing_variable,
        "The environment variable {name} is not set there.",
        "Set it for the environment in the cloud, and here under"
        " `environments.{environment}.env` in devkit.yaml.",
    ),
    _row(
        "missing-module",
        "the log",
        in_log(*MISSING_MODULE),
        "The module {name} is not in the image.",
        "Add it to what the Dockerfile installs, such as the requirements, and commit that.",
    ),
    _row(
        "missing-file",
        "the log",
        in_log(*MISSING_FILE),
        "The file {name} is not in the image.",
        "See that it is committed, copied by the Dockerfile, and not in .dockerignore.",
    ),
    _row(
        "build-missing-file",
        "the build's output",
        in_log(r"\"(?P<name>/[^\"]*)\": not found", where=_in_build),
        "The build copies {name}, which is not in the commit.",
        "`git status --ignored` shows what is untracked or ignored here; look at .dockerignore,"
        " too.",
    ),
    _row(
        "build-out-of-memory",
        "the build's output",
        in_log(r"did not complete successfully: exit code: 137\b", where=_in_build),
        "A step of the build was killed, which is most often for want of memory.",
        "Make that step need less memory, or give the engine more.",
    ),
    _row(
        "too-many-connections",
        "the log",
        in_log(r"too many clients already|remaining connection slots are reserved"),
        "The database has no connection left: there are 60, as in the cloud.",
        "Let each container open fewer: its workers times the size of their pools.",
    ),
    _row(
        "database-refuses-login",
        "the log",
        in_log(r"password authentication failed for user|FATAL:\s+(?:role|database) \"[^\"]+\" d"),
        "The database does not know that user, password or database name.",
        "Take the whole address from DATABASE_URL, not parts of it from elsewhere.",
    ),
    _row(
        "database-not-reachable",
        "the log",
        in_log(*NO_DATABASE, where=_after_build),
        "The application could not reach its database at {name}.",
        "Take the address from DATABASE_URL, and name the database under `services` in"
        " devkit.yaml.",
    ),
    _row(
        "pending-migration",
        "the log",
        in_log(*NO_TABLE),
        "The database is not migrated ({name}): a table is missing.",
        "Let a release command of devkit.yaml migrate it before anything reads that table.",
    ),
    _row(
        "command-not-found",
        "the engine's words",
        in_log(r"exec: \"(?P<name>[^\"]+)\": executable file not found",
               r"/bin/sh: \d+: (?P<name>[^:\s]+): not found"),
        "The command {name} is not in the image.",
        "Correct the command, or install it in the Dockerfile.",
    ),
    _row(
        "address-in-use",
        "the log",
        in_log(r"(?i)address already in use"),
        "Two servers in the container want the same port.",
        "Start one of them only, or give one of them another port.",
    ),
    _row(
        "out-of-memory-in-log",
        "the log",
        in_log(r"JavaScript heap out of memory", r"Perhaps out of memory\?", r"\bMemoryError\b",
               r"Cannot allocate memory"),
        "The application says that it ran out of memory.",
        "Raise `memory` of the environment, or make the application need less.",
    ),
    _row(
        "permission-denied",
        "the log",
        in_log(r"(?i)permission denied"),
        "The application was denied a file or a port.",
        "Look at USER in the Dockerfile, and at the mode of the file.",
    ),
)  # fmt: skip
