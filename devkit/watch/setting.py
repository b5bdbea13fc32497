"""What has to be known of a project to tell what a changed file means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.project import WatchRules
from devkit.watch.ignoring import DockerIgnore, GitIgnore

if TYPE_CHECKING:
    from devkit.dockerfile.intake import Copy


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A folder or file of the project that the web container sees as it is.

    Attributes:
        source: From the project's folder; empty for that itself.
        target: Where the container sees it.
    """

    source: str
    target: str


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A project, as far as its files are concerned; every path is from the project's folder.

    Attributes:
        mounts: What the web container sees of the project.
        data: Folders of uploaded files and the like, which are nobody's code.
        context: The build context; empty for the project's folder, None where nothing is built.
        dockerfile: The Dockerfile; empty where nothing is built.
        copies: What that takes out of the context.
        reloader: What of the service that answers takes changed code up by itself, in words;
            empty for nothing.
        others: The services beside it that run the same image and take up nothing by themselves.
        judged_by: Files that these commands were judged by, beside the Dockerfile.
        dockerignore: What the build does not get.
        gitignore: What git ignores.
        tracked: What git tracks although it would ignore it.
        prefix: The project's folder from the repository's root; empty for that itself.
        configuration: Files that decide what runs: devkit.yaml, compose and environment files.
        rules: What devkit.yaml says.
        has_release: Whether there are release commands, which a migration would wait for.
    """

    mounts: tuple[Mount, ...] = ()
    data: tuple[str, ...] = ()
    context: str | None = ""
    dockerfile: str = "Dockerfile"
    copies: tuple[Copy, ...] = ()
    reloader: str = ""
    others: tuple[str, ...] = ()
    judged_by: frozenset[str] = frozenset()
    dockerignore: DockerIgnore = field(default_factory=lambda: DockerIgnore(""))
    gitignore: GitIgnore = field(default_factory=lambda: GitIgnore({}))
    tracked: frozenset[str] = frozenset()
    prefix: str = ""
    configuration: frozenset[str] = frozenset({"devkit.yaml"})
    rules: WatchRules = field(default_factory=WatchRules)
    has_release: bool = False
