"""The facts of a Dockerfile's final stage, as far as its text alone tells them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.dockerfile.instructions import read_instructions, split_words
from devkit.dockerfile.intake import all_copies
from devkit.dockerfile.paths import is_inside
from devkit.dockerfile.stage import HANDLERS, Stage, note_copies
from devkit.dockerfile.words import assignments, expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from devkit.dockerfile.copies import Copies
    from devkit.dockerfile.instructions import Instruction
    from devkit.dockerfile.intake import Copy

_MOST_STAGES = 500


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
        builds_in_place: Whether something is built, installed or brought from another stage
            inside ``root_copy``, such as ``node_modules``, that a mount of the sources would hide.
        intake: What it takes out of the build context, in order, with the stages that it needs.
        dependency_folders: Which folders of ``root_copy`` hold installed packages, and these alone.
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


def parse(text: str) -> Dockerfile:
    """Read a Dockerfile; a broken one gives the facts that can be told, and no error."""
    global_arguments: dict[str, str] = {}
    stages: dict[str, Stage] = {}
    images: dict[str, None] = {}
    stage: Stage | None = None
    number = 0
    for instruction in read_instructions(text):
        if instruction.keyword == "FROM":
            stage = _from(instruction, global_arguments, stages, images)
            if number < _MOST_STAGES:
                stages.setdefault(str(number), stage)
            number += 1
        elif stage is None:
            words = split_words(instruction.arguments)
            global_arguments |= assignments(words, global_arguments, {})
        elif handler := HANDLERS.get(instruction.keyword):
            handler(stage, instruction, global_arguments)
        if stage is not None and instruction.keyword in {"COPY", "ADD"}:
            note_copies(stage, instruction, stages)
    return _facts(stage or Stage(), tuple(images), stages)


def _facts(stage: Stage, images: tuple[str, ...], stages: Mapping[str, Stage]) -> Dockerfile:
    root = stage.root_copy
    packages, built = _inside(stage.builds.packages, root), _inside(stage.builds.built, root)
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
        builds_in_place=bool(packages or built),
        intake=all_copies(stage.intake, {name: each.intake for name, each in stages.items()}),
        dependency_folders=tuple(folder for folder in packages if folder != root),
        only_installs=not built and root not in packages,
    )


def _inside(folders: Iterable[str], root: str | None) -> list[str]:
    return [folder for folder in folders if root is not None and is_inside(folder, root)]


def _from(
    instruction: Instruction,
    global_arguments: Mapping[str, str],
    stages: dict[str, Stage],
    images: dict[str, None],
) -> Stage:
    """Open a stage: a copy of an earlier one where it names one."""
    words = [w for w in split_words(instruction.arguments) if not w.startswith("--")]
    image = expand(words[0], global_arguments) if words else None
    parent = stages.get((image or "").lower())
    stage = Stage() if parent is None else parent.copy()
    stage.own_command = False
    if parent is None:
        stage.base = image
    if parent is None and image and image != "scratch":
        images[image] = None
    is_named = len(words) > 2 and words[1].upper() == "AS"  # noqa: PLR2004 - FROM image AS name
    if is_named and len(stages) < 2 * _MOST_STAGES:
        stages[words[2].lower()] = stage
    return stage
