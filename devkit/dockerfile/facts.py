"""The facts of a Dockerfile's final stage, as far as its text alone tells them."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from devkit.dockerfile.copies import carried, copied
from devkit.dockerfile.instructions import read_instructions, split_words
from devkit.dockerfile.intake import Intake, all_copies, bound, copy_of
from devkit.dockerfile.words import assignments, expand

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from devkit.dockerfile.copies import Copies
    from devkit.dockerfile.instructions import Instruction
    from devkit.dockerfile.intake import Copy

_EXPOSED = re.compile(
    r"(?:[^ ]*:)?(?P<first>\d{1,9})(?:-(?P<last>\d{1,9}))?(?:/(?P<protocol>\w+))?"
)
_LAST_PORT = 65535
_MOST_PORTS = 100
_MOST_STAGES = 500
_MOST_COPIES = 500
_LONGEST_PATH = 4096
# What leaves files beside the sources that the image cannot do without.
_BUILDS_IN_PLACE = re.compile(
    r"""
      \b(?:npm|pnpm|bun)\s+(?:ci|i|install|run)\b(?!.{0,400}\s(?:-g|--global)\b)
    | \byarn\s+(?:install|build|run|--)
    | (?:^|[;&|\n]|(?<!\S)--\S+)\s*yarn\s*(?:$|[;&|\n])
    | \bcomposer\s+install\b
    | \buv\s+sync\b
    | (?:-m\s+venv|\bvirtualenv)\s+(?!/)
    | \b(?:go|cargo)\s+build\b
    | \bdotnet\s+(?:build|publish)\b
    | \b(?:mvnw?|gradlew?)\s
    """,
    re.VERBOSE,
)

# Of these what is installed, which a volume of its own keeps in place below a mount.
_INSTALLS = (
    (re.compile(r"\b(?:npm|pnpm|bun)\s+(?:ci|i|install)\b[^;&|\n]*"), "node_modules"),
    (re.compile(r"\byarn\s+install\b[^;&|\n]*"), "node_modules"),
    (re.compile(r"\bcomposer\s+install\b[^;&|\n]*"), "vendor"),
    (re.compile(r"\bbundle\s+(?:install|config)\b[^;&|\n]*\bpath[ =]'?vendor\b"), "vendor"),
)


@dataclass(frozen=True, kw_only=True)
class Dockerfile:
    """What the final stage of a Dockerfile says.

    What a base image brings along (its own EXPOSE, WORKDIR, CMD) is not in the text and so not
    in here; only its working directory is taken to be ``/``, as nearly all of them have it.

    Attributes:
        ports: The exposed TCP ports, in the order in which they are first named.
        workdir: The working directory; None where a variable hides it.
        has_command: Whether there is a CMD.
        has_entrypoint: Whether there is an ENTRYPOINT.
        command: The CMD as it is written; empty where there is none.
        entrypoint: The ENTRYPOINT as it is written; empty where there is none.
        environment: What ENV sets, as far as the text tells its value.
        base: The image that the final stage starts from; None where it cannot be told.
        copies: What of the build context lies where; ``devkit.dockerfile.copies.place_of`` asks.
        base_images: The images that the stages start from, without ``scratch``.
        user: The last USER, as it is written; empty where there is none.
        sets_home: Whether an ENV sets HOME.
        root_copy: Where the root of the build context is copied to (``COPY . /app``), if it is.
        builds_in_place: Whether something is built or installed inside ``root_copy``, such as
            ``node_modules``, that a mount of the sources over it would hide.
        intake: What it takes out of the build context, in order, with the stages that it needs.
        dependency_folders: Which folders of ``root_copy`` packages are installed into.
        only_installs: Whether these are all that a mount would hide.
    """

    ports: tuple[int, ...] = ()
    workdir: str | None = "/"
    has_command: bool = False
    has_entrypoint: bool = False
    command: str = ""
    entrypoint: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    base: str | None = None
    copies: Copies = ()
    base_images: tuple[str, ...] = ()
    user: str = ""
    sets_home: bool = False
    root_copy: str | None = None
    builds_in_place: bool = False
    intake: tuple[Copy, ...] = ()
    dependency_folders: tuple[str, ...] = ()
    only_installs: bool = True

    @property
    def mountable(self) -> str | None:
        """Where the sources may be mounted if ``dependency_folders`` are kept from it."""
        return self.source_folder or (
            self.root_copy if self.only_installs and self.root_copy != "/" else None
        )

    @property
    def source_folder(self) -> str | None:
        """Where a mount of the sources does what ``COPY . /app`` did and hides nothing else."""
        if self.root_copy == "/" or self.builds_in_place:
            return None
        return self.root_copy

    @property
    def runs_as_root(self) -> bool:
        """Whether nothing in the text makes another user of it; the base image still may."""
        return self.user.partition(":")[0] in {"", "0", "root"}


@dataclass(kw_only=True)
class _Stage:
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
    build_folders: set[str] = field(default_factory=set)
    intake: Intake = field(default_factory=Intake)
    dependency_folders: dict[str, None] = field(default_factory=dict)
    unkept_folders: set[str] = field(default_factory=set)

    @property
    def variables(self) -> dict[str, str]:
        return {**self.arguments, **self.environment}

    def resolve(self, path: str | None) -> str | None:
        """An absolute path in the image; None where it cannot be told."""
        if path is None or (self.workdir is None and not path.startswith("/")):
            return None
        joined = posixpath.join(self.workdir or "/", path)
        if len(joined) > _LONGEST_PATH or not joined.isprintable():
            return None
        return "/" + posixpath.normpath(joined).lstrip("/")

    def copy(self) -> _Stage:
        """A stage that begins as this one is."""
        return replace(
            self,
            arguments=self.arguments.copy(),
            environment=self.environment.copy(),
            ports=self.ports.copy(),
            build_folders=self.build_folders.copy(),
            intake=self.intake.copy(),
            dependency_folders=self.dependency_folders.copy(),
            unkept_folders=self.unkept_folders.copy(),
        )


def parse(text: str) -> Dockerfile:
    """Read a Dockerfile; a broken one gives the facts that can be told, and no error."""
    global_arguments: dict[str, str] = {}
    stages: dict[str, _Stage] = {}
    images: dict[str, None] = {}
    stage: _Stage | None = None
    numbered: list[_Stage] = []
    for instruction in read_instructions(text):
        if instruction.keyword == "FROM":
            stage = _from(instruction, global_arguments, stages, images)
            numbered = [*numbered, stage][:_MOST_STAGES]
        elif stage is None:
            words = split_words(instruction.arguments)
            global_arguments |= assignments(words, global_arguments, {})
        elif handler := _HANDLERS.get(instruction.keyword):
            handler(stage, instruction, global_arguments)
        if stage is not None and instruction.keyword in {"COPY", "ADD"}:
            _note_copies(stage, instruction, stages)
    by_name = {**{str(i): each for i, each in enumerate(numbered)}, **stages}
    return _facts(stage or _Stage(), tuple(images), by_name)


def _facts(stage: _Stage, images: tuple[str, ...], stages: Mapping[str, _Stage]) -> Dockerfile:
    root = stage.root_copy
    return Dockerfile(
        ports=tuple(stage.ports),
        workdir=stage.workdir,
        has_command=bool(stage.command),
        has_entrypoint=bool(stage.entrypoint),
        command=stage.command,
        entrypoint=stage.entrypoint,
        environment=stage.environment,
        base=stage.base,
        copies=stage.copies,
        base_images=images,
        user=stage.user,
        sets_home="HOME" in stage.environment,
        root_copy=root,
        builds_in_place=root is not None
        and any(_is_inside(folder, root) for folder in stage.build_folders),
        intake=all_copies(stage.intake, {name: each.intake for name, each in stages.items()}),
        dependency_folders=tuple(
            folder for folder in stage.dependency_folders if root and _is_inside(folder, root)
        ),
        only_installs=not any(_is_inside(f, root) for f in stage.unkept_folders if root),
    )


def _is_inside(folder: str, root: str) -> bool:
    return folder == root or folder.startswith(root.rstrip("/") + "/")


def _from(
    instruction: Instruction,
    global_arguments: Mapping[str, str],
    stages: dict[str, _Stage],
    images: dict[str, None],
) -> _Stage:
    """Open a stage: a copy of an earlier one where it names one."""
    words = [w for w in split_words(instruction.arguments) if not w.startswith("--")]
    image = expand(words[0], global_arguments) if words else None
    parent = stages.get((image or "").lower())
    stage = _Stage() if parent is None else parent.copy()
    stage.own_command = False
    if parent is None:
        stage.base = image
    if parent is None and image and image != "scratch":
        images[image] = None
    is_named = len(words) > 2 and words[1].upper() == "AS"  # noqa: PLR2004 - FROM image AS name
    if is_named and len(stages) < _MOST_STAGES:
        stages[words[2].lower()] = stage
    return stage


def _arg(stage: _Stage, instruction: Instruction, global_arguments: Mapping[str, str]) -> None:
    words = split_words(instruction.arguments)
    stage.arguments |= assignments(words, stage.variables, global_arguments)


def _env(stage: _Stage, instruction: Instruction, _: Mapping[str, str]) -> None:
    words = split_words(instruction.arguments)
    if words and "=" not in words[0]:  # the old form, ENV NAME the whole rest
        name, *rest = instruction.arguments.split(maxsplit=1)
        words = (f"{name}={rest[0] if rest else ''}",)
    stage.environment |= assignments(words, stage.variables, {})


def _expose(stage: _Stage, instruction: Instruction, _: Mapping[str, str]) -> None:
    for word in split_words(instruction.arguments):
        if len(stage.ports) >= _MOST_PORTS:
            return
        for port in (expand(word, stage.variables) or "").split():
            match = _EXPOSED.fullmatch(port)
            if match and (match["protocol"] or "tcp").lower() == "tcp":
                first, last = int(match["first"]), int(match["last"] or match["first"])
                ports = range(max(first, 1), min(last, _LAST_PORT) + 1)
                stage.ports |= dict.fromkeys(ports[:_MOST_PORTS])


def _workdir(stage: _Stage, instruction: Instruction, _: Mapping[str, str]) -> None:
    stage.workdir = stage.resolve(expand(instruction.arguments, stage.variables))


def _user(stage: _Stage, instruction: Instruction, _: Mapping[str, str]) -> None:
    stage.user = expand(instruction.arguments, stage.variables) or instruction.arguments


def _command(stage: _Stage, instruction: Instruction, _: Mapping[str, str]) -> None:
    stage.command = "" if _json_words(instruction.arguments) == () else instruction.arguments
    stage.own_command = True


def _entrypoint(stage: _Stage, instruction: Instruction, _: Mapping[str, str]) -> None:
    is_empty = _json_words(instruction.arguments) == ()
    stage.entrypoint = "" if is_empty else instruction.arguments
    if not stage.own_command:  # a new entry point takes the inherited arguments away
        stage.command = ""


def _copy(stage: _Stage, instruction: Instruction, _: Mapping[str, str]) -> None:
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


def _note_copies(stage: _Stage, instruction: Instruction, stages: Mapping[str, _Stage]) -> None:
    origin, words = _copy_words(stage, instruction)
    *sources, destination = words or (None,)
    place = stage.resolve(destination)
    if place is None or len(stage.copies) >= _MOST_COPIES:
        return
    is_folder = len(sources) > 1 or (destination or "").endswith(("/", "."))
    place = f"{place.rstrip('/')}/" if is_folder else place
    if not origin:
        stage.copies += copied([s for s in sources if s is not None], place)
    elif parent := stages.get(origin.lower()):
        found = [parent.resolve(s) for s in sources]
        stage.copies += carried(parent.copies, [s for s in found if s is not None], place)


def _copy_words(stage: _Stage, instruction: Instruction) -> tuple[str, tuple[str | None, ...]]:
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


def _run(stage: _Stage, instruction: Instruction, _: Mapping[str, str]) -> None:
    script = whole = f"{instruction.arguments}\n{instruction.heredoc}"
    if stage.workdir is not None and _BUILDS_IN_PLACE.search(script):
        stage.build_folders.add(stage.workdir)
    bound(stage.intake, instruction, stage.variables)
    stage.intake.ran(script)
    for pattern, name in _INSTALLS:
        script, count = pattern.subn(" ", script)
        if count and stage.workdir is not None and not re.search(r"\s(?:-g|--global)\b", whole):
            stage.dependency_folders[posixpath.join(stage.workdir, name)] = None
    if stage.workdir is not None and _BUILDS_IN_PLACE.search(script):
        stage.unkept_folders.add(stage.workdir)


def _json_words(arguments: str) -> tuple[str, ...] | None:
    """The words of an exec form; None for a shell form."""
    if not arguments.startswith("["):
        return None
    try:
        return tuple(str(word) for word in json.loads(arguments))
    except (ValueError, RecursionError):
        return None


_HANDLERS: dict[str, Callable[[_Stage, Instruction, Mapping[str, str]], None]] = {
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
