"""Step 2 for real: a commit in a clean clone of its own, as a machine without habits makes it."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.deployment.findings import judge
from devkit.deployment.tree_rules import TOO_LARGE
from devkit.engine.git import ISOLATED, run_git
from devkit.engine.git_evidence import Sources, gather, reachable_bytes, stored_bytes
from devkit.engine.git_inspection import make_sure
from devkit.engine.git_trouble import explain, lacks_room
from devkit.engine.process import run
from devkit.engine.reading import read_bounded
from devkit.engine.shielding import to_the_end
from devkit.errors import CheckoutError, CouldNotFindOutError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.engine.git import Repository
    from devkit.ports import Finding
    from devkit.project import Commit

# For git commands in the clone later on; the ones here run without the person's configuration.
CLONE_CONFIGURATION = f"""\
[core]
\thooksPath = {os.devnull}
\tattributesFile = {os.devnull}
\texcludesFile = {os.devnull}
\tfsmonitor = false
[advice]
\tdetachedHead = false
"""

# A person's umask of 077 would make files that the image's own user cannot read.
_USUAL_UMASK = ("sh", "-c", 'umask 022; exec "$0" "$@"')
_SHA256_DIGITS = 64
_GIT_IGNORED = frozenset({".git", "**/.git", "*", ".*", ".git/**", ".git*"})


@dataclass(frozen=True, kw_only=True)
class CommitCheckout:
    """The port ``Checkout`` for one commit of a repository.

    Attributes:
        repository: Where the commit is.
        commit: The commit.
        subfolder: The project's folder in it; only the top level's build context has ``.git``.
    """

    repository: Repository
    commit: Commit
    subfolder: Path = Path()

    async def check_out(self, destination: Path) -> None:
        """See ``check_out`` and ``own_history``."""
        await check_out(self.repository, self.commit, destination)
        await asyncio.to_thread(_refuse_link, destination, self.subfolder)
        is_copied = await asyncio.to_thread(is_history_copied, destination)
        if self.subfolder == Path() and is_copied and not await self._is_too_large():
            await own_history(self.repository, destination)

    async def _is_too_large(self) -> bool:
        """Whether the history will be refused: then it is not worth the minutes of copying it."""
        stored = await asyncio.to_thread(stored_bytes, self.repository)
        if stored <= TOO_LARGE:
            return False
        return (await reachable_bytes(self.repository, self.commit, stored) or 0) > TOO_LARGE

    async def findings(self, clone: Path) -> tuple[Finding, ...]:
        """See ``devkit.deployment.findings``."""
        environment = clone_environment(self.repository.environment)
        sources = Sources(
            repository=self.repository, commit=self.commit, clone=clone, environment=environment
        )
        return judge(await gather(sources, self.subfolder))


async def check_out(repository: Repository, commit: Commit, destination: Path) -> None:
    """Make a clean clone, detached at the commit, and make sure that it is one.

    What ``git clone --shared`` does, step by step: the clone borrows the repository's objects.
    clone itself would not borrow from a shallow repository, knows only commits that a ref leads
    to, and distrusts a repository that the person has already declared safe. The repository is
    read, never written. No hook, filter or configuration of the person takes part.

    Args:
        repository: Where the commit is.
        commit: The commit.
        destination: A folder that does not exist yet, or an empty one. On failure or
            cancellation what is there is left to the caller; no process is.

    Raises:
        CheckoutError: The commit cannot be checked out anywhere.
        CouldNotFindOutError: The disk is full, an object is missing, git cannot be run.
        RefusedError: There is something in ``destination``.
    """
    destination = await asyncio.to_thread(_empty_place, destination)
    name_length = "sha256" if len(commit.sha) == _SHA256_DIGITS else "sha1"
    options = ("--quiet", "--template=", f"--object-format={name_length}")
    settings = ("-c", "init.defaultBranch=none", "-c", "init.defaultRefFormat=files")
    init = (*settings, "init", *options, str(destination))
    await _git(repository, destination, *init)
    _borrow_objects(repository, destination)
    # "--force": there is nothing to lose, and without it a bad name is no error of its own.
    where = (f"--git-dir={destination / '.git'}", f"--work-tree={destination}")
    checkout = (*where, "checkout", "--quiet", "--force", "--detach", commit.sha, "--")
    await _git(repository, destination, *checkout)
    # Its thread has git processes.
    environment = clone_environment(repository.environment)
    await to_the_end(asyncio.to_thread(make_sure, destination, commit, environment))


def is_history_copied(clone: Path) -> bool:
    """Whether ``.git`` is part of the build context, so that the build may ask git something."""
    if not (clone / "Dockerfile").is_file():
        return False
    try:
        text = read_bounded(clone / ".dockerignore", root=clone).decode(errors="replace")
    except OSError:
        text = ""
    return not any(line.strip().strip("/") in _GIT_IGNORED for line in text.splitlines())


def _refuse_link(clone: Path, subfolder: Path) -> None:
    """Refuse a commit in which the project's folder leads out of it: all there would be built.

    Raises:
        CheckoutError: It does.
    """
    if not (clone / subfolder).resolve().is_relative_to(clone.resolve()):
        raise CheckoutError(
            f"In the commit {subfolder.as_posix()!r} is a link that leads out of the repository.",
            hint="Commit a folder in its place.",
        )


async def own_history(repository: Repository, clone: Path) -> None:
    """Give a clone tags, and objects of its own: those that it borrows are not inside an image.

    Where git cannot, as in a partial clone, the clone goes on borrowing.

    Raises:
        CouldNotFindOutError: The disk is full.
    """
    git_dir = clone / ".git"
    await asyncio.to_thread(_copy_tags, repository, git_dir)
    # No search for better deltas: those of the repository are taken over, and the image is local.
    words = (f"--git-dir={git_dir}", "repack", "-a", "-d", "-q", "--window=0")
    try:
        await _git(repository, clone, *words)
    except (CheckoutError, CouldNotFindOutError) as failed:
        if lacks_room("\n".join(failed.details)):
            raise
    else:
        (git_dir / "objects" / "info" / "alternates").unlink()


def _copy_tags(repository: Repository, git_dir: Path) -> None:
    """What asks for a version asks for the tags, which a clone in the cloud has."""
    tags = run_git(repository, "for-each-ref", "--format=%(objectname) %(refname)", "refs/tags")
    try:
        with (git_dir / "packed-refs").open("wb") as packed:
            os.fchmod(packed.fileno(), 0o644)
            packed.write(tags.stdout)
    except OSError as error:
        raise _unwritable(git_dir.parent, error) from error


def _empty_place(destination: Path) -> Path:
    absolute = destination.absolute()
    if absolute.exists() and (not absolute.is_dir() or any(absolute.iterdir())):
        raise RefusedError(f"{absolute} is not empty, and a check-out begins with nothing.")
    return absolute


async def _git(repository: Repository, destination: Path, *arguments: str) -> None:
    environment = clone_environment(repository.environment)
    try:
        ended = await run(
            (*_USUAL_UMASK, "git", *arguments), cwd=repository.common_dir, env=environment
        )
    except OSError as error:
        raise CouldNotFindOutError(f"git could not be run: {error.strerror}.") from error
    if not ended.ok:
        raise explain(ended.output, destination)


def clone_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without git's variables, and with no configuration but the clone's.

    ``GIT_EXEC_PATH`` stays: it says where git's own programs are.
    """
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith("GIT_") or name == "GIT_EXEC_PATH"
    }
    return {**kept, **ISOLATED}


def _borrow_objects(repository: Repository, clone: Path) -> None:
    """Write what ``git clone --shared`` writes; a shallow repository's clone ends where it ends."""
    git_dir = clone / ".git"
    shallow = repository.common_dir / "shallow"
    try:
        with (git_dir / "config").open("a") as configuration:
            configuration.write(CLONE_CONFIGURATION)
        alternates = git_dir / "objects" / "info" / "alternates"
        alternates.parent.mkdir(exist_ok=True)
        alternates.write_bytes(os.fsencode(_quoted(f"{repository.common_dir}/objects")) + b"\n")
        if shallow.exists():
            shutil.copyfile(shallow, git_dir / "shallow")
    except OSError as error:
        raise _unwritable(clone, error) from error


def _unwritable(clone: Path, error: OSError) -> CouldNotFindOutError:
    return CouldNotFindOutError(f"devkit could not write to {clone}: {error.strerror}.")


def _quoted(path: str) -> str:
    """A line of git's alternates file; one with a line end in it is quoted as C does."""
    if "\n" not in path:
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
