"""One stage of a Dockerfile, as it is read: what each instruction adds to it."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from devkit.dockerfile.builds import Builds
from devkit.dockerfile.copies import carried, copied
from devkit.dockerfile.instructions import split_words
from devkit.dockerfile.intake import Intake, bound, copy_of
from devkit.dockerfile.paths import absolute
from devkit.dockerfile.words import assignments, expand

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from devkit.dockerfile.copies import Copies
    from devkit.dockerfile.instructions import Instruction

_EXPOSED = re.compile(
    r"(?:[^ ]*:)?(?P<first>\d{1,9})(?:-(?P<last>\d{1,9}))?(?:/(?P<protocol>\w+))?"
)
_FOR_AN_INSTALLER = re.compile(r"\.(?:txt|lock|toml|whl)$|(?:^|/)(?:wheels?/?|package[^/]*\.json)$")
_LAST_PORT = 65535
_MOST_PORTS = 100
_MOST_COPIES = 500


@dataclass(kw_only=True)
class Stage:
    """A stage, as far as it is read."""

    arguments: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    ports: dict[int, None] = field(default_factory=dict)
    workdir: str | None = "/"
    command: str = ""
    own_command: bool = False
    entrypoint: str = ""
    user: str = ""
    base: str | None = None
    copies: Copies = ()
    root_copy: str | None = None
    intake: Intake = field(default_factory=Intake)
    builds: Builds = field(default_factory=Builds)

    @property
    def variables(self) -> dict[str, str]:
        """What a RUN finds in its environment, as far as the text tells it."""
        return {**self.arguments, **self.environment}

    def resolve(self, path: str | None) -> str | None:
        """An absolute path in the image; None where it cannot be told."""
        return absolute(path, self.workdir)

    def copy(self) -> Stage:
        """A stage that begins as this one is."""
        return replace(
            self,
            arguments=self.arguments.copy(),
            environment=self.environment.copy(),
            ports=self.ports.copy(),
            intake=self.intake.copy(),
            builds=self.builds.copy(),
        )


def _arg(stage: Stage, instruction: Instruction, global_arguments: Mapping[str, str]) -> None:
    words = split_words(instruction.arguments)
    stage.arguments |= assignments(words, stage.variables, global_arguments)


def _env(stage: Stage, instruction: Instruction, _: Mapping[str, str]) -> None:
    words = split_words(instruction.arguments)
    if words and "=" not in words[0]:  # the old form, ENV NAME the whole rest
        name, *rest = instruction.arguments.split(maxsplit=1)
        words = (f"{name}={rest[0] if rest else ''}",)
    stage.environment |= assignments(words, stage.variables, {})


def _expose(stage: Stage, instruction: Instruction, _: Mapping[str, str]) -> None:
    for word in split_words(instruction.arguments):
        if len(stage.ports) >= _MOST_PORTS:
            return
        for port in (expand(word, stage.variables) or "").split():
            match = _EXPOSED.fullmatch(port)
            if match and (match["protocol"] or "tcp").lower() == "tcp":
                first, last = int(match["first"]), int(match["last"] or match["first"])
                ports = range(max(first, 1), min(last, _LAST_PORT) + 1)
                stage.ports |= dict.fromkeys(ports[:_MOST_PORTS])


def _workdir(stage: Stage, instruction: Instruction, _: Mapping[str, str]) -> None:
    stage.workdir = stage.resolve(expand(instruction.arguments, stage.variables))


def _user(stage: Stage, instruction: Instruction, _: Mapping[str, str]) -> None:
    stage.user = expand(instruction.arguments, stage.variables) or instruction.arguments


def _command(stage: Stage, instruction: Instruction, _: Mapping[str, str]) -> None:
    stage.command = "" if _json_words(instruction.arguments) == () else instruction.arguments
    stage.own_command = True


def _entrypoint(stage: Stage, instruction: Instruction, _: Mapping[str, str]) -> None:
    is_empty = _json_words(instruction.arguments) == ()
    stage.entrypoint = "" if is_empty else instruction.arguments
    if not stage.own_command:  # a new entry point takes the inherited arguments away
        stage.command = ""


def _copy(stage: Stage, instruction: Instruction, _: Mapping[str, str]) -> None:
    origin, words = _copy_words(stage, instruction)
    if origin:
        stage.intake.need(origin)
    if origin or not words:
        return
    *sources, destination = words
    if any(source is not None and _is_context_root(source) for source in sources):
        stage.root_copy = stage.resolve(destination) or stage.root_copy
    stage.intake.take(
        copy_of(
            instruction,
            sources,
            written=destination or "",
            destination=stage.resolve(destination),
            workdir=stage.workdir,
        )
    )


def note_copies(stage: Stage, instruction: Instruction, stages: Mapping[str, Stage]) -> None:
    """Note where a COPY or an ADD takes what, be it of the context or of another stage.

    Args:
        stage: The stage that it is in.
        instruction: The instruction.
        stages: Those before it, by name and by number.
    """
    origin, words = _copy_words(stage, instruction)
    *sources, destination = words or (None,)
    place = stage.resolve(destination)
    if place is None or len(stage.copies) >= _MOST_COPIES:
        return
    is_folder = len(sources) > 1 or (destination or "").endswith(("/", "."))
    shown = f"{place.rstrip('/')}/" if is_folder else place
    if not origin:
        stage.copies += copied([s for s in sources if s is not None], shown)
        return
    parent = stages.get(origin.lower())
    told = [s for s in map(parent.resolve, sources) if s is not None] if parent else []
    if parent is not None:
        stage.copies += carried(parent.copies, told, shown)
    if all(_FOR_AN_INSTALLER.search(each or "") for each in sources):
        return  # needed while the image is built, and as good from the sources
    builds = parent.builds if parent else None
    stage.builds.bring(told, place, origin=builds, variables=stage.variables)


def _copy_words(stage: Stage, instruction: Instruction) -> tuple[str, tuple[str | None, ...]]:
    """The stage or image that is copied from, empty for the build context; and the paths."""
    arguments, origin = instruction.arguments, ""
    while arguments.startswith("--"):
        flag, *rest = arguments.split(maxsplit=1)
        if flag.startswith("--from="):
            origin = flag.removeprefix("--from=")
        arguments = rest[0] if rest else ""
    words = _json_words(arguments) or split_words(arguments)
    return origin, tuple(expand(word, stage.variables) for word in words)


def _is_context_root(source: str) -> bool:
    return posixpath.normpath(source.lstrip("/")) == "."


def _run(stage: Stage, instruction: Instruction, _: Mapping[str, str]) -> None:
    script = f"{instruction.arguments}\n{instruction.heredoc}"
    bound(stage.intake, instruction, stage.variables)
    stage.intake.ran(script)
    stage.builds.ran(script, workdir=stage.workdir, variables=stage.variables)


def _json_words(arguments: str) -> tuple[str, ...] | None:
    """The words of an exec form; None for a shell form."""
    if not arguments.startswith("["):
        return None
    try:
        return tuple(str(word) for word in json.loads(arguments))
    except (ValueError, RecursionError):
        return None


HANDLERS: dict[str, Callable[[Stage, Instruction, Mapping[str, str]], None]] = {
    "ARG": _arg,
    "ENV": _env,
    "EXPOSE": _expose,
    "WORKDIR": _workdir,
    "USER": _user,
    "CMD": _command,
    "ENTRYPOINT": _entrypoint,
    "COPY": _copy,
    "ADD": _copy,
    "RUN": _run,
}
"""What takes an instruction in: the stage, the instruction, the global arguments."""
