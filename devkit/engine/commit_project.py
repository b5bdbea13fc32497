"""The project as a commit configures it: devkit.yaml and the Dockerfile come from the commit."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from devkit.config.sources import CONFIG_FILE, DOCKERFILE, MAX_BYTES, read_config
from devkit.engine.git import run_git
from devkit.engine.git_commits import read_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from devkit.adoption.document import Read
    from devkit.engine.adopted import Adoption
    from devkit.engine.git import Repository
    from devkit.project import Commit, Project

MOST_FACTS = 100
"""Files of a commit that detection looks at; each takes a git process."""

NOT_IN_COMMIT = f"{CONFIG_FILE} is not in the commit, so the working tree's is used: commit it."


def uncommitted(paths: Sequence[str]) -> str:
    """What a person is told of files that differ from the commit."""
    from devkit.deployment.naming import listed  # noqa: PLC0415 - a push does not need it

    return f"Uncommitted, and so not part of this: {listed(paths)}."


@dataclass(frozen=True, kw_only=True)
class CommitFolder:
    """The project's folder in one commit.

    Attributes:
        subfolder: Its path from the repository's top level, ``.`` for the top level itself.
        root: The same folder in the working tree.
    """

    repository: Repository
    commit: Commit
    subfolder: Path
    root: Path

    def read(self, name: str) -> bytes | None:
        """A file of the folder, or None."""
        return read_file(self.repository, self.commit, (self.subfolder / name).as_posix())

    def names(self) -> tuple[str, ...]:
        """The paths of all files in the folder, from the folder."""
        where = self.subfolder.as_posix()
        answer = run_git(
            self.repository, "ls-tree", "-r", "-z", "--name-only", "--full-tree",
            self.commit.sha, *([] if where == "." else ["--", f"{where}/"]),
        )  # fmt: skip
        paths = os.fsdecode(answer.stdout).split("\0")
        return tuple(p if where == "." else p.removeprefix(f"{where}/") for p in paths if p)


@dataclass(frozen=True, kw_only=True)
class CommitConfig:
    """The devkit.yaml that counts for a commit.

    Attributes:
        content: Its bytes; None where there is none, and what is detected holds.
        in_commit: Whether it is the commit's own, or there is none at all.
    """

    content: bytes | None
    in_commit: bool = True

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of it; with the commit's tree it decides the whole configuration."""
        return hashlib.sha256(self.content or b"").hexdigest()


def read_commit_config(folder: CommitFolder) -> CommitConfig:
    """Read the commit's devkit.yaml, or, where the commit has none, the working tree's.

    Raises:
        ConfigurationError: The working tree's counts, and cannot be read as text.
    """
    inside = folder.read(CONFIG_FILE)
    outside = read_config(folder.root) if inside is None else None
    if outside is None:
        return CommitConfig(content=inside)
    return CommitConfig(content=outside.encode(), in_commit=False)


def deploys_nothing(folder: CommitFolder) -> bool:
    """Whether the commit has neither Dockerfile nor devkit.yaml there: it is another matter."""
    return folder.read(DOCKERFILE) is None and folder.read(CONFIG_FILE) is None


def object_kind(repository: Repository, name: str) -> str:
    """What an object is, or leads to where it is a tag: ``commit``, ``tree`` or ``blob``."""
    answer = run_git(repository, "cat-file", "-t", f"{name}^{{}}")
    return os.fsdecode(answer.stdout).strip()


def project_at(folder: CommitFolder, config: CommitConfig) -> Project:
    """The project that the commit describes; one without a Dockerfile fails at the build.

    Raises:
        ConfigurationError: Its devkit.yaml cannot be followed.
    """
    from devkit.config.sources import decode_config  # noqa: PLC0415 - a push does not need it
    from devkit.engine.adopted import find_foreign  # noqa: PLC0415 - a third of a push's time
    from devkit.engine.project_cache import (  # noqa: PLC0415
        COMMITS_CACHE,
        KEPT_OF_COMMITS,
        Shelf,
        Sources,
        cached_project,
    )

    config_text = None if config.content is None else decode_config(config.content)
    read = reading(folder)
    sources = Sources(
        config=config_text,
        dockerfile=_text(folder.read(DOCKERFILE) or b""),
        facts=_facts(folder) if config_text is None else {},
        is_adopted=find_foreign(read) is not None,
        read=read,
    )
    common_dir = folder.repository.common_dir
    shelf = Shelf(
        path=common_dir / COMMITS_CACHE,
        root=common_dir,
        most=KEPT_OF_COMMITS,
        makes_folder=True,
    )
    return cached_project(folder.root, sources, shelf)


def _text(content: bytes) -> str:
    return content[:MAX_BYTES].decode(errors="replace")


def reading(folder: CommitFolder) -> Read:
    """What reads the texts of the commit, each once; names that it has not take no process."""
    names = frozenset(folder.names())

    @cache
    def read(name: str) -> str | None:
        content = folder.read(name) if name in names else None
        return None if content is None else _text(content)

    return read


def adoption_at(folder: CommitFolder, project: Project, config: CommitConfig) -> Adoption | None:
    """What the commit's own compose file comes to; None where it has none of its own.

    Args:
        folder: The commit.
        project: The project that it describes.
        config: Its devkit.yaml.
    """
    from devkit.engine.adopted import find_adoption  # noqa: PLC0415 - as above

    text = None if config.content is None else config.content.decode(errors="replace")
    return find_adoption(
        reading(folder),
        wanted=project.compose_web,
        config=text,
        set_there=project.environments["live"].env,
    )


def _facts(folder: CommitFolder) -> dict[str, str]:
    from devkit.config.detection.files import choose  # noqa: PLC0415

    return {name: _text(folder.read(name) or b"") for name in choose(folder.names())[:MOST_FACTS]}
