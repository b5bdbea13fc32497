"""The commands that are typed all day, read without Typer: it takes longer than they do.

Only what is read here beyond doubt; the rest, ``--help`` and every mistake, is Typer's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.cli.hookcall import project_of
from devkit.cli.session import open_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from devkit.cli.session import Session


@dataclass(frozen=True, kw_only=True)
class Grammar:
    """What may follow a command's name.

    Attributes:
        flags: The option of each spelling, without a value.
        values: The same for those with a value.
        lists: Those of ``values`` that may be given again.
        rest_is_theirs: Whether the first word that is no option begins another program's.
        most_words: How many words may follow that are no options; None for any.
        below: The names of which one has to follow at once, as a command of its own; none for a
            command that has none below it.
    """

    flags: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()
    rest_is_theirs: bool = False
    most_words: int | None = None
    below: frozenset[str] = frozenset()

    def fits(self, words: Sequence[str]) -> bool:
        """Whether that many words may follow."""
        if self.rest_is_theirs and not words:
            return False
        return self.most_words is None or len(words) <= self.most_words


@dataclass(kw_only=True)
class Said:
    """What was read: the name of the command below, the words, and the options by their names."""

    below: str = ""
    words: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)


_EXEC = Grammar(
    flags={"--no-tty": "no_tty", "-T": "no_tty"},
    values={
        "--service": "service", "-s": "service", "--user": "user", "-u": "user",
        "--workdir": "workdir", "-w": "workdir", "--env": "env", "-e": "env",
    },
    lists=frozenset({"env"}),
    rest_is_theirs=True,
)  # fmt: skip
_LOGS = Grammar(
    flags={
        "--follow": "follow", "-f": "follow", "--timestamps": "timestamps", "-t": "timestamps",
        "--no-color": "no_color", "--no-log-prefix": "no_log_prefix",
    },
    values={"--since": "since", "--until": "until", "--tail": "tail", "-n": "tail"},
)  # fmt: skip
_UP = Grammar(
    flags={"--build": "build", "--no-cache": "no_cache", "--watch": "watch", "--attach": "attach"},
    most_words=0,
)
_DOWN = Grammar(flags={"--volumes": "volumes", "--yes": "yes"}, most_words=0)
_VERIFY = Grammar(
    flags={
        "--no-from": "alone", "--cached": "cached", "--again": "again", "--keep": "keep",
        "--allow-incompatible": "allow_incompatible",
    },
    values={"--from": "old"},
    most_words=1,
)  # fmt: skip
_DEPLOY = Grammar(flags={"--rebuild": "rebuild"}, most_words=1, below=frozenset({"test", "live"}))


def quick_call(common: Sequence[str], rest: Sequence[str]) -> Callable[[], int] | None:
    """What a command line asks for; None where Typer is to read it.

    Args:
        common: The common options, as ``split`` found them.
        rest: The command's name, and what follows it.
    """
    known = _COMMANDS.get(rest[0]) if rest else None
    project = project_of(common)
    if known is None or project is None:
        return None
    grammar, do = known
    said = read(grammar, rest[1:])
    if said is None or not grammar.fits(said.words):
        return None
    session_of = {each: f"--{each}" in common for each in ("json", "quiet", "verbose")}
    return lambda: do(open_session(project, **session_of), said)


def read(grammar: Grammar, words: Sequence[str]) -> Said | None:
    """Tell options from words; None where something is not as plain as it has to be."""
    left = iter(words)
    said = Said(below=next(left, "") if grammar.below else "")
    if grammar.below and said.below not in grammar.below:
        return None
    for word in left:
        if word == "--":
            said.words += left
        elif not word.startswith("-"):
            said.words.append(word)
            if grammar.rest_is_theirs:
                said.words += left
        elif not _take(grammar, said, word, left):
            return None
    return said


def _take(grammar: Grammar, said: Said, word: str, left: Iterator[str]) -> bool:
    name, equals, value = word.partition("=")
    if word in grammar.flags:
        said.options[grammar.flags[word]] = True
        return True
    option = grammar.values.get(name)
    if option is None or (equals and not name.startswith("--")):
        return False
    given = value if equals else next(left, None)
    if given is None:
        return False
    if option in grammar.lists:
        said.options[option] = (*said.options.get(option, ()), given)
    else:
        said.options[option] = given
    return True


def _exec(session: Session, said: Said) -> int:
    from devkit.cli.inside import ExecOptions, exec_code  # noqa: PLC0415 - this one alone

    return exec_code(session, said.words, ExecOptions(**said.options))


def _logs(session: Session, said: Said) -> int:
    from devkit.cli.showlogs import LogOptions, logs_code  # noqa: PLC0415 - this one alone

    return logs_code(session, said.words, LogOptions(**said.options))


def _run(session: Session, said: Said) -> int:
    from devkit.cli.local import one_off, settled_stack  # noqa: PLC0415 - this one alone

    return one_off(session, settled_stack(session), said.words).code


def _migrate(session: Session, _: Said) -> int:
    from devkit.cli.releasing import run_release_commands  # noqa: PLC0415 - this one alone

    run_release_commands(session)
    return 0


def _status(session: Session, _: Said) -> int:
    from devkit.cli.showstatus import show_status  # noqa: PLC0415 - this one alone

    show_status(session)
    return 0


def _up(session: Session, said: Said) -> int:
    from devkit.cli.starting import start  # noqa: PLC0415 - this one alone

    start(session, **said.options)
    return 0


def _down(session: Session, said: Said) -> int:
    from devkit.cli.stopping import stop  # noqa: PLC0415 - this one alone

    stop(session, **said.options)
    return 0


def _verify(session: Session, said: Said) -> int:
    from devkit.cli.verifying import verify_code  # noqa: PLC0415 - this one alone

    revision = said.words[0] if said.words else "HEAD"
    return verify_code(session, revision=revision, **said.options)


def _deploy(session: Session, said: Said) -> int:
    from devkit.cli.deploying import deploy_code  # noqa: PLC0415 - this one alone

    revision = said.words[0] if said.words else None
    return deploy_code(session, said.below, revision, **said.options)


_COMMANDS: dict[str, tuple[Grammar, Callable[[Session, Said], int]]] = {
    "deploy": (_DEPLOY, _deploy),
    "down": (_DOWN, _down),
    "exec": (_EXEC, _exec),
    "logs": (_LOGS, _logs),
    "migrate": (Grammar(most_words=0), _migrate),
    "run": (Grammar(rest_is_theirs=True), _run),
    "status": (Grammar(most_words=0), _status),
    "up": (_UP, _up),
    "verify": (_VERIFY, _verify),
}
