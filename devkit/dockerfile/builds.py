"""What one stage has inside its folders that is in no source: packages, and what is built."""

from __future__ import annotations

import posixpath
import re
from collections import ChainMap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.dockerfile.calls import commands
from devkit.dockerfile.paths import absolute, is_inside
from devkit.dockerfile.programs import configured, made_by
from devkit.dockerfile.words import expand

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

PACKAGES = frozenset({"node_modules", "vendor", ".venv", "venv"})
"""How folders are called that hold installed packages and nothing else."""
_ENVIRONMENTS = ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT")
_MOST = 500
_LONGEST = 4096
"""Characters of a variable's value."""
_CHANGES_FOLDER = re.compile(r"(?:^|[\s(\"'{])(?:cd|pushd)[ \t]+(?P<folder>[^\s)]+)")
_IN_FOLDER = re.compile(
    r"\s(?:--(?:prefix|cwd|dir|directory|working-dir|project)(?:=|[ \t]+)|-C[ \t]*"
    r"|(?<=composer )-d[ \t]+)(?P<folder>[^\s)]+)"
)
_ASSIGNED = re.compile(r"(?:^|(?<=[\s(\"']))(?P<name>[A-Z_][A-Z0-9_]*)=(?P<value>\S*)")


@dataclass(kw_only=True)
class Builds:
    """What a stage is seen to make or to bring, as it is read.

    Attributes:
        packages: Folders that hold installed packages, in order.
        built: Places of all else.
        settings: What installers were configured with, as variables.
    """

    packages: dict[str, None] = field(default_factory=dict)
    built: dict[str, None] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Builds:
        """One that begins as this one is."""
        return Builds(
            packages=self.packages.copy(), built=self.built.copy(), settings=self.settings.copy()
        )

    def ran(self, script: str, *, workdir: str | None, variables: Mapping[str, str]) -> None:
        """Note a RUN.

        Args:
            script: The script.
            workdir: Where it begins; None where that cannot be told.
            variables: The environment, as far as the Dockerfile tells it.
        """
        folder, assigned = workdir, dict(variables)
        known = ChainMap(assigned, self.settings)
        for command in commands(script):
            for match in _ASSIGNED.finditer(command):
                assigned[match["name"]] = (expand(match["value"], assigned) or "")[:_LONGEST]
            self.settings.update(configured(command))
            folder = _folder(_CHANGES_FOLDER, command, folder, assigned)
            here = _folder(_IN_FOLDER, command, folder, assigned)
            for made in made_by(command, known):
                place = absolute(made.folder, here)
                self._note(place or workdir, packages=made.packages and place is not None)
            if command.rstrip().endswith(")") and "$(" not in command:  # a subshell ends
                folder = workdir

    def bring(
        self,
        sources: Collection[str],
        place: str,
        *,
        origin: Builds | None,
        variables: Mapping[str, str],
    ) -> None:
        """Note a COPY out of another stage or image.

        Args:
            sources: Absolute paths in there, as far as they can be told.
            place: Where they go.
            origin: What the stage has; None for an image.
            variables: The environment, as far as the Dockerfile tells it.
        """
        known = {variables.get(name) for name in _ENVIRONMENTS}
        known |= {place} if origin and set(sources) & set(origin.packages) else set()
        self._note(place, packages=posixpath.basename(place) in PACKAGES or place in known)
        if origin is not None:
            self._carry(sources, place, origin)

    def _carry(self, sources: Collection[str], place: str, origin: Builds) -> None:
        """What lies below a copied folder lies below its copy."""
        for source in sources:
            for folder in (*origin.packages, *origin.built):
                if len(self.packages) + len(self.built) >= _MOST:
                    return
                if folder != source and is_inside(folder, source):
                    below = folder[len(source.rstrip("/")) + 1 :]
                    self._note(posixpath.join(place, below), packages=folder in origin.packages)

    def _note(self, place: str | None, *, packages: bool) -> None:
        noted = self.packages if packages else self.built
        if place is not None and len(noted) < _MOST:
            noted[place] = None


def _folder(
    pattern: re.Pattern[str], command: str, folder: str | None, variables: Mapping[str, str]
) -> str | None:
    match = pattern.search(command)
    if match is None:
        return folder
    named = match["folder"].strip("\"'")
    if named == "-" or "$(" in named or "`" in named:  # a shell would know
        return None
    return absolute(expand(named, variables), folder)
