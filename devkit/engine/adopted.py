"""A compose file that a person wrote: found in a folder, and made fit for Compose where need be."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from devkit.adoption.application import WEB
from devkit.compose.generated import is_generated
from devkit.compose.words import ComposeProject
from devkit.engine.compose_inputs import COMPOSE_NAMES, OVERRIDES
from devkit.engine.local_files import FOLDER, make_own_folder
from devkit.engine.reading import read_bounded
from devkit.engine.writing import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from devkit.adoption.assumed import Assumed
    from devkit.adoption.document import ComposeFile, Read
    from devkit.config.scaffold import FromCompose

CONVERTED = ("compose.converted.yml", "compose.converted.override.yml")
TOLD = "adoption.json"


@dataclass(frozen=True, kw_only=True)
class Adoption:
    """What a person's own compose file comes to.

    Attributes:
        file: The file, as far as its text tells.
        assumed: What devkit takes for granted of it.
    """

    file: ComposeFile
    assumed: Assumed

    @property
    def cloud_sentences(self) -> tuple[str, ...]:
        """What matters to a deployment of it."""
        return (*self.assumed.reasons, *self.assumed.gaps)


def read_in(root: Path) -> Read:
    """What reads the texts of a folder; what cannot be read is not there."""

    def read(name: str) -> str | None:
        try:
            return read_bounded(root / name, root=root).decode(errors="replace")
        except (OSError, ValueError, RuntimeError):  # a NUL in its name, a loop of links
            return None

    return read


def find_foreign(read: Read) -> str | None:
    """The name of the compose file that a person wrote; None for none, or one of devkit's."""
    for name in COMPOSE_NAMES:
        text = read(name)
        if text is not None:  # Compose takes the first one
            return None if not text.strip() or is_generated(text) else name
    return None


def find_adoption(
    read: Read,
    *,
    wanted: str | None = None,
    config: str | None = None,
    set_there: Iterable[str] = (),
) -> Adoption | None:
    """What the project's own compose file comes to; None where it has none of its own.

    Args:
        read: Gives the texts of a folder, or of a commit.
        wanted: ``compose.web`` of devkit.yaml; None where it does not say.
        config: The text of devkit.yaml; None where there is none.
        set_there: Names that devkit.yaml sets for the cloud's environments.
    """
    name = find_foreign(read)
    if name is None:
        return None
    # Only those who have such a file wait for PyYAML.
    from devkit.adoption.assumed import assume  # noqa: PLC0415
    from devkit.adoption.document import read_compose, says  # noqa: PLC0415

    file = read_compose(name, read)
    if file is None:
        return None
    assumed = assume(
        file,
        read=read,
        wanted=wanted,
        names_services=says(config or "", "services"),
        set_there=set_there,
    )
    return Adoption(file=file, assumed=assumed)


def assumed_services(read: Read) -> Callable[[str | None], Mapping[str, str]]:
    """What gives the services that the compose file has, as devkit.yaml would say them."""

    def services(wanted: str | None) -> Mapping[str, str]:
        found = find_adoption(read, wanted=wanted)
        return found.assumed.services if found else {}

    return services


def assume_in(root: Path) -> Callable[[str | None], Mapping[str, str]] | None:
    """What ``load_project`` is to be given; None where the folder has no file of its own."""
    read = read_in(root)
    return None if find_foreign(read) is None else assumed_services(read)


def found_in_compose(root: Path) -> FromCompose | None:
    """What a first devkit.yaml is to say of a folder's own compose file; None for no such file."""
    from devkit.config.scaffold import FromCompose  # noqa: PLC0415 - only to write one

    adoption = find_adoption(read_in(root))
    if adoption is None:
        return None
    found = adoption.assumed
    return FromCompose(
        web="" if found.web == WEB else found.web,
        services=found.services,
        port=found.port,
        publish=found.publish,
        reasons=(*adoption.cloud_sentences, *found.local),
    )


def database_names(read: Read, *, wanted: str | None) -> dict[str, str]:
    """What devkit calls the databases of a person's own compose file, by their names there.

    Args:
        read: Gives the texts of the folder.
        wanted: ``compose.web`` of devkit.yaml; None where it does not say.
    """
    found = find_adoption(read, wanted=wanted)
    sources = found.assumed.sources if found else {}
    return {
        service: key if "_" in key else f"{key}_default"
        for key, service in sources.items()
        if key.startswith("database")
    }


def adopted_compose(root: Path) -> ComposeProject:
    """What docker compose is to be told of a person's own file.

    Nothing, so that it finds the file, the override and ``.env`` by itself; but where it does not
    read the file as it is written, a copy in ``.devkit/`` that says the same.

    Raises:
        RefusedError: ``.devkit`` is a link that leads out of the project.
        CouldNotFindOutError: The copy cannot be written.
    """
    from devkit.adoption.converted import converted  # noqa: PLC0415 - see find_adoption

    read = read_in(root)
    name = find_foreign(read)
    override = next((each for each in OVERRIDES if os.path.lexists(root / each)), None)
    names = [each for each in (name, override) if each]
    copies = {each: converted(each, read) for each in names}
    if not any(copies.values()):
        return ComposeProject()
    make_own_folder(root)
    files = []
    for each, place in zip(names, CONVERTED, strict=False):
        text = copies[each]
        path = root / each if text is None else root / FOLDER / place
        if text is not None and read(f"{FOLDER}/{place}") != text:
            replace_file(path, text, root=root, mode=0o600)
        files.append(str(path))
    return ComposeProject(files=tuple(files), directory=str(root))


def is_news(root: Path, where: str, sentences: Iterable[str]) -> bool:
    """Whether a person has not been told just these sentences yet; from now on they have.

    Args:
        root: The project's folder; where it has no ``.devkit`` nothing is remembered.
        where: Which command tells them.
        sentences: What there is to tell.
    """
    sentences = tuple(sentences)
    if not sentences:
        return False
    digest = sha256("\0".join(sentences).encode(errors="surrogateescape")).hexdigest()
    try:
        kept = json.loads(read_bounded(root / FOLDER / TOLD, root=root))
        known = {str(key): str(value) for key, value in kept.items()}
    except (OSError, ValueError, AttributeError, RecursionError):
        known = {}
    if known.get(where) == digest:
        return False
    if (root / FOLDER).is_dir():
        replace_file(root / FOLDER / TOLD, json.dumps({**known, where: digest}), root=root)
    return True
